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
      'Somebody, probably you, is opening an account at CyberSapceVPN with this e-mail address. Confirm it, and enter the password that you chose.',
      { link: { label: 'Confirm the address', ...link } },
      'The link works once, for 24 hours. If it was not you, do nothing: no account is opened.',
    ],
  }),
  de: (link) => ({
    subject: 'Bestätigen Sie Ihre E-Mail-Adresse',
    blocks: [
      'Jemand, vermutlich Sie, eröffnet mit dieser E-Mail-Adresse ein Konto bei CyberSapceVPN. Bestätigen Sie die Adresse, und geben Sie das Passwort ein, das Sie gewählt haben.',
      { link: { label: 'Adresse bestätigen', ...link } },
      'Der Link gilt einmal und 24 Stunden lang. Wenn Sie es nicht waren, brauchen Sie nichts zu tun: Es wird kein Konto eröffnet.',
    ],
  }),
  es: (link) => ({
    subject: 'Confirme su dirección de correo electrónico',
    blocks: [
      'Alguien, probablemente usted, está abriendo una cuenta en CyberSapceVPN con esta dirección de correo electrónico. Confírmela e introduzca la contraseña que eligió.',
      { link: { label: 'Confirmar la dirección', ...link } },
      'El enlace sirve una sola vez, durante 24 horas. Si no ha sido usted, no haga nada: no se abrirá ninguna cuenta.',
    ],
  }),
};

export const signUpKnown: InEveryLanguage<(portalUrl: string) => Letter> = {
  en: (portalUrl) => ({
    subject: 'You already have an account',
    blocks: [
      'Somebody, probably you, wanted to open an account at CyberSapceVPN with this e-mail address. There is one already.',
      { link: { label: 'Sign in', url: portalUrl, token: null } },
      'If you have forgotten the password, ask there for a new one. If it was not you, do nothing: nobody has been told that you have an account.',
    ],
  }),
  de: (portalUrl) => ({
    subject: 'Sie haben bereits ein Konto',
    blocks: [
      'Jemand, vermutlich Sie, wollte mit dieser E-Mail-Adresse ein Konto bei CyberSapceVPN eröffnen. Es gibt bereits eines.',
      { link: { label: 'Anmelden', url: portalUrl, token: null } },
      'Wenn Sie das Passwort vergessen haben, fordern Sie dort ein neues an. Wenn Sie es nicht waren, brauchen Sie nichts zu tun: Niemand hat erfahren, dass Sie ein Konto haben.',
    ],
  }),
  es: (portalUrl) => ({
    subject: 'Ya tiene una cuenta',
    blocks: [
      'Alguien, probablemente usted, quería abrir una cuenta en CyberSapceVPN con esta dirección de correo electrónico. Ya existe una.',
      { link: { label: 'Iniciar sesión', url: portalUrl, token: null } },
      'Si ha olvidado la contraseña, solicite allí una nueva. Si no ha sido usted, no haga nada: nadie ha sabido que tiene una cuenta.',
    ],
  }),
};
