// To the address of an account that is gone: that it is closed.
import { type InEveryLanguage, localeOf } from '../../../lib/locale.js';
import type { Letter } from '../../../mail/letter.js';
import { defineMail } from '../../../mail/mail.js';
import type { ErasureMailParts } from './parts.js';

/** The account is gone when the mail is sent, so the mail itself carries the address. */
interface AccountClosed {
  readonly address: string;
  readonly locale: string;
  /** What staff call the case for which they closed it; null when its owner did. */
  readonly caseReference: string | null;
}

export const accountClosedMail = defineMail({
  name: 'account-closed',
  purpose: 'account',
  recipient: 'the address of the closed account',
  when: 'The owner, or staff for a case, has closed the account.',
  legalBasis: 'contract',
  load: async ({ address, locale, caseReference }: AccountClosed, { contact }: ErasureMailParts) => ({
    to: address,
    locale: localeOf(locale),
    content: { caseReference, contact },
  }),
  render: (locale, closing) => accountClosed[locale](closing),
});

interface Closing {
  /** What staff call the case for which they closed it; null when its owner did. */
  readonly caseReference: string | null;
  /** An e-mail address. */
  readonly contact: string;
}

export const accountClosed: InEveryLanguage<(closing: Closing) => Letter> = {
  en: ({ caseReference, contact }) => ({
    subject: 'Your account is closed',
    reason: 'You are receiving this e-mail because your account was closed.',
    blocks: [
      'Your CyberSapceVPN account has been closed, and everything that belonged to it has been deleted. You can no longer use our services with it.',
      caseReference === null
        ? 'This is the last e-mail about it. You can use the e-mail address for a new account.'
        : `We closed it under the reference ${caseReference}. If you have questions or think that this is a mistake, write to ${contact} and quote the reference.`,
    ],
  }),
  de: ({ caseReference, contact }) => ({
    subject: 'Ihr Konto ist geschlossen',
    reason: 'Sie erhalten diese E-Mail, weil Ihr Konto geschlossen wurde.',
    blocks: [
      'Ihr Konto bei CyberSapceVPN wurde geschlossen, und alles, was dazu gehörte, wurde gelöscht. Sie können unsere Dienste damit nicht mehr nutzen.',
      caseReference === null
        ? 'Dies ist die letzte Nachricht zu diesem Konto. Sie können die E-Mail-Adresse für ein neues Konto verwenden.'
        : `Wir haben es unter dem Aktenzeichen ${caseReference} geschlossen. Wenn Sie Fragen haben oder das für einen Irrtum halten, schreiben Sie an ${contact}, und nennen Sie das Aktenzeichen.`,
    ],
  }),
  es: ({ caseReference, contact }) => ({
    subject: 'Su cuenta está cerrada',
    reason: 'Recibe este correo porque se ha cerrado su cuenta.',
    blocks: [
      'Su cuenta de CyberSapceVPN se ha cerrado y se ha eliminado todo lo que pertenecía a ella. Ya no puede usar nuestros servicios con esa cuenta.',
      caseReference === null
        ? 'Este es el último mensaje sobre ella. Puede usar la dirección de correo electrónico para una cuenta nueva.'
        : `La hemos cerrado con la referencia ${caseReference}. Si tiene preguntas o cree que es un error, escriba a ${contact} e indique la referencia.`,
    ],
  }),
};
