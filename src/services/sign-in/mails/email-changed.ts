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
    subject: 'Your account has another e-mail address',
    reason: 'You get this mail because this was the e-mail address of your account until now.',
    blocks: [
      'Your account at CyberSapceVPN has another e-mail address from now on. This is the last mail about it to this one.',
      `If it was you, there is nothing to do. If it was not you, write to ${contact} at once.`,
    ],
  }),
  de: (contact) => ({
    subject: 'Ihr Konto hat eine andere E-Mail-Adresse',
    reason: 'Sie erhalten diese E-Mail, weil dies bis jetzt die E-Mail-Adresse Ihres Kontos war.',
    blocks: [
      'Ihr Konto bei CyberSapceVPN hat ab jetzt eine andere E-Mail-Adresse. Dies ist die letzte Nachricht dazu an diese Adresse.',
      `Wenn Sie es waren, ist nichts zu tun. Wenn Sie es nicht waren, schreiben Sie sofort an ${contact}.`,
    ],
  }),
  es: (contact) => ({
    subject: 'Su cuenta tiene otra dirección de correo electrónico',
    reason: 'Recibe este correo porque esta era hasta ahora la dirección de correo electrónico de su cuenta.',
    blocks: [
      'Su cuenta de CyberSapceVPN tiene desde ahora otra dirección de correo electrónico. Este es el último mensaje sobre ella a esta.',
      `Si ha sido usted, no tiene que hacer nada. Si no ha sido usted, escriba de inmediato a ${contact}.`,
    ],
  }),
};
