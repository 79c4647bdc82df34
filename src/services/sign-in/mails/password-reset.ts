// To the owner of an account whose password was forgotten: a link to choose another one.
import { today } from '../../../lib/calendar.js';
import { HOUR_MS } from '../../../lib/durations.js';
import { type InEveryLanguage, localeOf } from '../../../lib/locale.js';
import type { Letter } from '../../../mail/letter.js';
import { defineMail } from '../../../mail/mail.js';
import type { TokenLink } from '../../../mail/portal-link.js';
import { type SignInMailParts } from './parts.js';

export const passwordResetMail = defineMail({
  name: 'password-reset',
  purpose: 'access',
  recipient: 'the account’s owner',
  when: 'Somebody asks for another password. An address without an account gets nothing.',
  legalBasis: 'contract',
  heldBack: () => true,
  async load(
    { passwordResetId: id }: { readonly passwordResetId: string },
    { database, link }: SignInMailParts,
  ) {
    const [row] = await database.query<{ email: string; locale: string | null }[]>(
      `SELECT password_reset.email, account.locale FROM password_reset LEFT JOIN account USING (email)
       WHERE password_reset.id = $1 AND expires_on >= $2`,
      [id, today()],
    );
    if (row === undefined) return null;
    if (row.locale === null) {
      await database.query('DELETE FROM password_reset WHERE id = $1', [id]);
      return null;
    }
    const content = link('password-reset-link', '/reset-password', id, HOUR_MS);
    return { to: row.email, locale: localeOf(row.locale), content };
  },
  render: (locale, link) => passwordReset[locale](link),
});

export const passwordReset: InEveryLanguage<(link: TokenLink) => Letter> = {
  en: (link) => ({
    subject: 'Choose a new password',
    blocks: [
      'Someone, probably you, has requested a new password for your CyberSapceVPN account.',
      { link: { label: 'Choose a new password', ...link } },
      'The link works once and expires after one hour. If this was not you, you can ignore this e-mail: your password has not changed.',
    ],
  }),
  de: (link) => ({
    subject: 'Wählen Sie ein neues Passwort',
    blocks: [
      'Jemand, vermutlich Sie, hat für Ihr Konto bei CyberSapceVPN ein neues Passwort angefordert.',
      { link: { label: 'Neues Passwort wählen', ...link } },
      'Der Link funktioniert einmal und ist eine Stunde gültig. Wenn Sie das nicht waren, können Sie diese E-Mail ignorieren: Ihr Passwort bleibt unverändert.',
    ],
  }),
  es: (link) => ({
    subject: 'Elija una contraseña nueva',
    blocks: [
      'Alguien, probablemente usted, ha solicitado una contraseña nueva para su cuenta de CyberSapceVPN.',
      { link: { label: 'Elegir una contraseña nueva', ...link } },
      'El enlace funciona una sola vez y caduca al cabo de una hora. Si no ha sido usted, puede ignorar este correo: su contraseña no ha cambiado.',
    ],
  }),
};
