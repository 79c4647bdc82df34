// Mails to the old and the new address of an account: each confirms the change by its own link.
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
    reason: 'You are receiving this e-mail because the e-mail address of your account is about to change.',
    blocks: [
      'Someone, probably you, wants to change the e-mail address of your CyberSapceVPN account. It changes once both this address and the new one have been confirmed.',
      { link: { label: 'Confirm the change', ...link } },
      'The link works once and expires after 24 hours. If this was not you, do not confirm the change: sign in, cancel it, and choose a new password.',
    ],
  }),
  de: (link) => ({
    subject: 'Bestätigen Sie die Änderung Ihrer E-Mail-Adresse',
    reason: 'Sie erhalten diese E-Mail, weil die E-Mail-Adresse Ihres Kontos geändert werden soll.',
    blocks: [
      'Jemand, vermutlich Sie, möchte die E-Mail-Adresse Ihres Kontos bei CyberSapceVPN ändern. Sie wird geändert, sobald sowohl diese Adresse als auch die neue bestätigt ist.',
      { link: { label: 'Änderung bestätigen', ...link } },
      'Der Link funktioniert einmal und ist 24 Stunden gültig. Wenn Sie das nicht waren, bestätigen Sie die Änderung nicht: Melden Sie sich an, brechen Sie sie ab und wählen Sie ein neues Passwort.',
    ],
  }),
  es: (link) => ({
    subject: 'Confirme el cambio de su dirección de correo electrónico',
    reason: 'Recibe este correo porque se va a cambiar la dirección de correo electrónico de su cuenta.',
    blocks: [
      'Alguien, probablemente usted, quiere cambiar la dirección de correo electrónico de su cuenta de CyberSapceVPN. Cambiará cuando se hayan confirmado tanto esta dirección como la nueva.',
      { link: { label: 'Confirmar el cambio', ...link } },
      'El enlace funciona una sola vez y caduca a las 24 horas. Si no ha sido usted, no confirme el cambio: inicie sesión, cancélelo y elija una contraseña nueva.',
    ],
  }),
};

export const emailChangeNew: InEveryLanguage<(link: TokenLink) => Letter> = {
  en: (link) => ({
    subject: 'Confirm your new e-mail address',
    reason: 'You are receiving this e-mail because someone has entered this e-mail address for an account.',
    blocks: [
      'Someone, probably you, wants to use this e-mail address for a CyberSapceVPN account. The address changes once both the old one and this one have been confirmed.',
      { link: { label: 'Confirm the address', ...link } },
      'The link works once and expires after 24 hours. If this was not you, you can ignore this e-mail: the address will not be used.',
    ],
  }),
  de: (link) => ({
    subject: 'Bestätigen Sie Ihre neue E-Mail-Adresse',
    reason: 'Sie erhalten diese E-Mail, weil jemand diese E-Mail-Adresse für ein Konto eingegeben hat.',
    blocks: [
      'Jemand, vermutlich Sie, möchte diese E-Mail-Adresse für ein Konto bei CyberSapceVPN verwenden. Die Adresse wird geändert, sobald sowohl die alte als auch diese bestätigt ist.',
      { link: { label: 'Adresse bestätigen', ...link } },
      'Der Link funktioniert einmal und ist 24 Stunden gültig. Wenn Sie das nicht waren, können Sie diese E-Mail ignorieren: Die Adresse wird nicht verwendet.',
    ],
  }),
  es: (link) => ({
    subject: 'Confirme su nueva dirección de correo electrónico',
    reason:
      'Recibe este correo porque alguien ha introducido esta dirección de correo electrónico para una cuenta.',
    blocks: [
      'Alguien, probablemente usted, quiere usar esta dirección de correo electrónico para una cuenta de CyberSapceVPN. La dirección cambiará cuando se hayan confirmado tanto la anterior como esta.',
      { link: { label: 'Confirmar la dirección', ...link } },
      'El enlace funciona una sola vez y caduca a las 24 horas. Si no ha sido usted, puede ignorar este correo: la dirección no se utilizará.',
    ],
  }),
};

export const emailChangeKnown: InEveryLanguage<() => Letter> = {
  en: () => ({
    subject: 'This e-mail address already has an account',
    reason: 'You are receiving this e-mail because someone has entered this e-mail address for an account.',
    blocks: [
      'Someone tried to use this e-mail address for a CyberSapceVPN account. It already belongs to another account, so nothing changes.',
      'If this was you, choose another address or close the other account first. If it was not, you can ignore this e-mail: nobody has been told that you have an account.',
    ],
  }),
  de: () => ({
    subject: 'Zu dieser E-Mail-Adresse gibt es bereits ein Konto',
    reason: 'Sie erhalten diese E-Mail, weil jemand diese E-Mail-Adresse für ein Konto eingegeben hat.',
    blocks: [
      'Jemand wollte diese E-Mail-Adresse für ein Konto bei CyberSapceVPN verwenden. Sie gehört bereits zu einem anderen Konto, deshalb ändert sich nichts.',
      'Wenn Sie das waren, wählen Sie eine andere Adresse oder schließen Sie zuerst das andere Konto. Wenn nicht, können Sie diese E-Mail ignorieren: Niemand hat erfahren, dass Sie ein Konto haben.',
    ],
  }),
  es: () => ({
    subject: 'Esta dirección de correo electrónico ya tiene una cuenta',
    reason:
      'Recibe este correo porque alguien ha introducido esta dirección de correo electrónico para una cuenta.',
    blocks: [
      'Alguien intentó usar esta dirección de correo electrónico para una cuenta de CyberSapceVPN. Ya pertenece a otra cuenta, así que nada cambia.',
      'Si ha sido usted, elija otra dirección o cierre antes la otra cuenta. Si no ha sido usted, puede ignorar este correo: nadie ha sabido que tiene una cuenta.',
    ],
  }),
};
