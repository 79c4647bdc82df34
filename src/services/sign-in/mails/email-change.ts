// To both addresses of an account that is to get another one: each confirms it by a link of its own.
import { today } from '../../../lib/calendar.js';
import { HOUR_MS } from '../../../lib/durations.js';
import { type InEveryLanguage, localeOf } from '../../../lib/locale.js';
import type { Letter } from '../../../mail/letter.js';
import { defineMail } from '../../../mail/mail.js';
import type { TokenLink } from '../../../mail/portal-link.js';
import { type SignInMailParts } from './parts.js';

interface EmailChangeRow {
  readonly oldEmail: string;
  readonly newEmail: string;
  readonly locale: string;
  /** Whether the new address has an account. */
  readonly known: boolean;
}

export const emailChangeMail = defineMail({
  name: 'email-change',
  purpose: 'access',
  recipient: 'the old and the new address, each in its own mail',
  when: 'The owner changes the e-mail address. Both addresses confirm it.',
  legalBasis: 'contract',
  async load(
    { emailChangeId: id, side }: { readonly emailChangeId: string; readonly side: 'old' | 'new' },
    { database, link }: SignInMailParts,
  ) {
    const [row] = await database.query<EmailChangeRow[]>(
      `SELECT account.email AS "oldEmail", new_email AS "newEmail", account.locale,
         EXISTS (SELECT FROM account AS other WHERE other.email = new_email) AS known
       FROM email_change JOIN account ON account.id = account_id
       WHERE email_change.id = $1 AND expires_on >= $2`,
      [id, today()],
    );
    if (row === undefined) return null;
    const to = side === 'old' ? row.oldEmail : row.newEmail;
    const known = side === 'new' && row.known;
    return {
      to,
      locale: localeOf(row.locale),
      content: {
        side,
        link: known
          ? null
          : link('email-change-link', '/confirm-email-change', `${id}:${side}`, 24 * HOUR_MS),
      },
    };
  },
  render(locale, { side, link }) {
    if (link === null) return emailChangeKnown[locale]();
    return side === 'old' ? emailChangeOld[locale](link) : emailChangeNew[locale](link);
  },
});

export const emailChangeOld: InEveryLanguage<(link: TokenLink) => Letter> = {
  en: (link) => ({
    subject: 'Confirm the change of your e-mail address',
    reason: 'You get this mail because your account is to get another e-mail address.',
    blocks: [
      'Your account at CyberSapceVPN is to get another e-mail address. It changes when both this address and the new one have been confirmed.',
      { link: { label: 'Confirm the change', ...link } },
      'The link works once, for 24 hours. If it was not you, do not confirm: sign in, cancel the change, and choose a new password.',
    ],
  }),
  de: (link) => ({
    subject: 'Bestätigen Sie die Änderung Ihrer E-Mail-Adresse',
    reason: 'Sie erhalten diese E-Mail, weil Ihr Konto eine andere E-Mail-Adresse erhalten soll.',
    blocks: [
      'Ihr Konto bei CyberSapceVPN soll eine andere E-Mail-Adresse erhalten. Sie ändert sich, sobald sowohl diese Adresse als auch die neue bestätigt ist.',
      { link: { label: 'Änderung bestätigen', ...link } },
      'Der Link gilt einmal und 24 Stunden lang. Wenn Sie es nicht waren, bestätigen Sie nicht: Melden Sie sich an, brechen Sie die Änderung ab, und wählen Sie ein neues Passwort.',
    ],
  }),
  es: (link) => ({
    subject: 'Confirme el cambio de su dirección de correo electrónico',
    reason: 'Recibe este correo porque su cuenta va a recibir otra dirección de correo electrónico.',
    blocks: [
      'Su cuenta de CyberSapceVPN va a recibir otra dirección de correo electrónico. Cambiará cuando se hayan confirmado tanto esta dirección como la nueva.',
      { link: { label: 'Confirmar el cambio', ...link } },
      'El enlace sirve una sola vez, durante 24 horas. Si no ha sido usted, no confirme: inicie sesión, cancele el cambio y elija una contraseña nueva.',
    ],
  }),
};

export const emailChangeNew: InEveryLanguage<(link: TokenLink) => Letter> = {
  en: (link) => ({
    subject: 'Confirm your new e-mail address',
    reason: 'You get this mail because somebody has entered this e-mail address for an account.',
    blocks: [
      'An account at CyberSapceVPN is to get this e-mail address. It changes when both the old address and this one have been confirmed.',
      { link: { label: 'Confirm the address', ...link } },
      'The link works once, for 24 hours. If it was not you, do nothing: the address will not be used.',
    ],
  }),
  de: (link) => ({
    subject: 'Bestätigen Sie Ihre neue E-Mail-Adresse',
    reason: 'Sie erhalten diese E-Mail, weil jemand diese E-Mail-Adresse für ein Konto eingegeben hat.',
    blocks: [
      'Ein Konto bei CyberSapceVPN soll diese E-Mail-Adresse erhalten. Sie ändert sich, sobald sowohl die alte Adresse als auch diese bestätigt ist.',
      { link: { label: 'Adresse bestätigen', ...link } },
      'Der Link gilt einmal und 24 Stunden lang. Wenn Sie es nicht waren, brauchen Sie nichts zu tun: Die Adresse wird nicht verwendet.',
    ],
  }),
  es: (link) => ({
    subject: 'Confirme su nueva dirección de correo electrónico',
    reason:
      'Recibe este correo porque alguien ha introducido esta dirección de correo electrónico para una cuenta.',
    blocks: [
      'Una cuenta de CyberSapceVPN va a recibir esta dirección de correo electrónico. Cambiará cuando se hayan confirmado tanto la dirección anterior como esta.',
      { link: { label: 'Confirmar la dirección', ...link } },
      'El enlace sirve una sola vez, durante 24 horas. Si no ha sido usted, no haga nada: la dirección no se utilizará.',
    ],
  }),
};

export const emailChangeKnown: InEveryLanguage<() => Letter> = {
  en: () => ({
    subject: 'This e-mail address already has an account',
    reason: 'You get this mail because somebody has entered this e-mail address for an account.',
    blocks: [
      'Somebody wanted to give this e-mail address to an account at CyberSapceVPN. It belongs to another account already, so nothing changes.',
      'If it was you, choose another address, or close the other account first. If it was not you, do nothing: nobody has been told that you have an account.',
    ],
  }),
  de: () => ({
    subject: 'Zu dieser E-Mail-Adresse gibt es bereits ein Konto',
    reason: 'Sie erhalten diese E-Mail, weil jemand diese E-Mail-Adresse für ein Konto eingegeben hat.',
    blocks: [
      'Jemand wollte einem Konto bei CyberSapceVPN diese E-Mail-Adresse geben. Sie gehört bereits zu einem anderen Konto, deshalb ändert sich nichts.',
      'Wenn Sie es waren, wählen Sie eine andere Adresse, oder schließen Sie zuerst das andere Konto. Wenn Sie es nicht waren, brauchen Sie nichts zu tun: Niemand hat erfahren, dass Sie ein Konto haben.',
    ],
  }),
  es: () => ({
    subject: 'Esta dirección de correo electrónico ya tiene una cuenta',
    reason:
      'Recibe este correo porque alguien ha introducido esta dirección de correo electrónico para una cuenta.',
    blocks: [
      'Alguien quería asignar esta dirección de correo electrónico a una cuenta de CyberSapceVPN. Ya pertenece a otra cuenta, así que nada cambia.',
      'Si ha sido usted, elija otra dirección o cierre antes la otra cuenta. Si no ha sido usted, no haga nada: nadie ha sabido que tiene una cuenta.',
    ],
  }),
};
