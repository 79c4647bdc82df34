// To the address that an account had before: that the account has another one.
import { type InEveryLanguage, localeOf } from '../../../lib/locale.js';
import type { Letter } from '../../../mail/letter.js';
import { defineMail } from '../../../mail/mail.js';
import type { SignInMailParts } from './parts.js';

/** The account has another address when the mail is sent, so the mail itself carries the old one. */
interface EmailChanged {
  readonly accountId: string;
  readonly address: string;
  readonly locale: string;
}

export const emailChangedMail = defineMail({
  name: 'email-changed',
  purpose: 'account',
  recipient: 'the old address',
  when: 'The e-mail address has been changed.',
  legalBasis: 'contract',
  load: async ({ address, locale }: EmailChanged, { contact }: SignInMailParts) => ({
    to: address,
    locale: localeOf(locale),
    content: contact,
  }),
  render: (locale, contact) => emailChanged[locale](contact),
});

/** To the address that the account had before. `contact`: an e-mail address. */
export const emailChanged: InEveryLanguage<(contact: string) => Letter> = {
  en: (contact) => ({
    subject: 'The e-mail address of your account has changed',
    reason: 'You are receiving this e-mail because this address belonged to your account until now.',
    blocks: [
      'Your CyberSapceVPN account now has a different e-mail address. This is the last e-mail about your account that we send to this address.',
      `If this was you, you do not need to do anything. If it was not, write to ${contact} immediately.`,
    ],
  }),
  de: (contact) => ({
    subject: 'Die E-Mail-Adresse Ihres Kontos wurde geändert',
    reason: 'Sie erhalten diese E-Mail, weil diese Adresse bisher zu Ihrem Konto gehörte.',
    blocks: [
      'Ihr Konto bei CyberSapceVPN hat jetzt eine andere E-Mail-Adresse. Dies ist die letzte Nachricht zu Ihrem Konto, die wir an diese Adresse senden.',
      `Wenn Sie das waren, müssen Sie nichts tun. Wenn nicht, schreiben Sie sofort an ${contact}.`,
    ],
  }),
  es: (contact) => ({
    subject: 'La dirección de correo electrónico de su cuenta ha cambiado',
    reason: 'Recibe este correo porque esta dirección pertenecía a su cuenta hasta ahora.',
    blocks: [
      'Su cuenta de CyberSapceVPN tiene ahora otra dirección de correo electrónico. Este es el último mensaje sobre su cuenta que enviamos a esta dirección.',
      `Si ha sido usted, no tiene que hacer nada. Si no ha sido usted, escriba de inmediato a ${contact}.`,
    ],
  }),
};
