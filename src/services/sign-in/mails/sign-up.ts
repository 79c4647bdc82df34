// To somebody who wants to open an account: a link that confirms the address, or a notice that there is an account already.
import { today } from '../../../lib/calendar.js';
import { HOUR_MS } from '../../../lib/durations.js';
import { type InEveryLanguage, localeOf } from '../../../lib/locale.js';
import type { Letter } from '../../../mail/letter.js';
import { defineMail, type Loaded } from '../../../mail/mail.js';
import type { TokenLink } from '../../../mail/portal-link.js';
import { type SignInMailParts } from './parts.js';

interface SignUpRow {
  readonly email: string;
  readonly locale: string;
  readonly known: boolean;
}

interface SignUpContent {
  /** Null when the address has an account already. */
  readonly link: TokenLink | null;
  readonly portalUrl: string;
}

export const signUpMail = defineMail({
  name: 'sign-up',
  purpose: 'access',
  recipient: 'the address that was entered',
  when: 'Somebody signs up with it. An address that has an account already gets a notice without a link.',
  legalBasis: 'contract',
  async load(
    { signUpId }: { readonly signUpId: string },
    { database, link, portalUrl }: SignInMailParts,
  ): Promise<Loaded<SignUpContent> | null> {
    const [row] = await database.query<SignUpRow[]>(
      `SELECT email, locale, EXISTS (SELECT FROM account WHERE account.email = sign_up.email) AS known
       FROM sign_up WHERE id = $1 AND expires_on >= $2`,
      [signUpId, today()],
    );
    if (row === undefined) return null;
    const recipient = { to: row.email, locale: localeOf(row.locale) };
    if (row.known) {
      const settle = async () => {
        await database.query('DELETE FROM sign_up WHERE id = $1', [signUpId]);
      };
      return { ...recipient, content: { link: null, portalUrl }, settle };
    }
    const confirmation = link('sign-up-link', '/confirm-sign-up', signUpId, 24 * HOUR_MS);
    return { ...recipient, content: { link: confirmation, portalUrl } };
  },
  render: (locale, { link, portalUrl }) =>
    link === null ? signUpKnown[locale](portalUrl) : signUp[locale](link),
});

export const signUp: InEveryLanguage<(link: TokenLink) => Letter> = {
  en: (link) => ({
    subject: 'Confirm your e-mail address',
    blocks: [
      'Someone, probably you, is opening a CyberSapceVPN account with this e-mail address. Confirm the address and enter the password that you chose.',
      { link: { label: 'Confirm the address', ...link } },
      'The link works once and expires after 24 hours. If this was not you, you can ignore this e-mail: no account will be opened.',
    ],
  }),
  de: (link) => ({
    subject: 'Bestätigen Sie Ihre E-Mail-Adresse',
    blocks: [
      'Jemand, vermutlich Sie, eröffnet mit dieser E-Mail-Adresse ein Konto bei CyberSapceVPN. Bestätigen Sie die Adresse und geben Sie das Passwort ein, das Sie gewählt haben.',
      { link: { label: 'Adresse bestätigen', ...link } },
      'Der Link funktioniert einmal und ist 24 Stunden gültig. Wenn Sie das nicht waren, können Sie diese E-Mail ignorieren: Es wird kein Konto eröffnet.',
    ],
  }),
  es: (link) => ({
    subject: 'Confirme su dirección de correo electrónico',
    blocks: [
      'Alguien, probablemente usted, está abriendo una cuenta en CyberSapceVPN con esta dirección de correo electrónico. Confírmela e introduzca la contraseña que eligió.',
      { link: { label: 'Confirmar la dirección', ...link } },
      'El enlace funciona una sola vez y caduca a las 24 horas. Si no ha sido usted, puede ignorar este correo: no se abrirá ninguna cuenta.',
    ],
  }),
};

export const signUpKnown: InEveryLanguage<(portalUrl: string) => Letter> = {
  en: (portalUrl) => ({
    subject: 'You already have an account',
    blocks: [
      'Someone, probably you, tried to open a CyberSapceVPN account with this e-mail address. It already has an account.',
      { link: { label: 'Sign in', url: portalUrl, token: null } },
      'If you have forgotten your password, you can reset it there. If this was not you, you can ignore this e-mail: nobody has been told that you have an account.',
    ],
  }),
  de: (portalUrl) => ({
    subject: 'Sie haben bereits ein Konto',
    blocks: [
      'Jemand, vermutlich Sie, wollte mit dieser E-Mail-Adresse ein Konto bei CyberSapceVPN eröffnen. Zu dieser Adresse gibt es bereits ein Konto.',
      { link: { label: 'Anmelden', url: portalUrl, token: null } },
      'Wenn Sie das Passwort vergessen haben, fordern Sie dort ein neues an. Wenn Sie das nicht waren, können Sie diese E-Mail ignorieren: Niemand hat erfahren, dass Sie ein Konto haben.',
    ],
  }),
  es: (portalUrl) => ({
    subject: 'Ya tiene una cuenta',
    blocks: [
      'Alguien, probablemente usted, intentó abrir una cuenta en CyberSapceVPN con esta dirección de correo electrónico. Esa dirección ya tiene una cuenta.',
      { link: { label: 'Iniciar sesión', url: portalUrl, token: null } },
      'Si ha olvidado la contraseña, puede restablecerla allí. Si no ha sido usted, puede ignorar este correo: nadie ha sabido que tiene una cuenta.',
    ],
  }),
};
