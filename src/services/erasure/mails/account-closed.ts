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
  recipient: 'the address of the account that is gone',
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
    reason: 'You get this mail because your account was closed.',
    blocks: [
      'Your account at CyberSapceVPN is closed, and what belonged to it has been deleted. Our services no longer work with it.',
      caseReference === null
        ? 'This is the last mail about it. The e-mail address is free for a new account.'
        : `We closed it under the reference ${caseReference}. If you want to know more, or think that this is a mistake, write to ${contact} and give the reference.`,
    ],
  }),
  de: ({ caseReference, contact }) => ({
    subject: 'Ihr Konto ist geschlossen',
    reason: 'Sie erhalten diese E-Mail, weil Ihr Konto geschlossen wurde.',
    blocks: [
      'Ihr Konto bei CyberSapceVPN ist geschlossen, und was dazu gehörte, ist gelöscht. Unsere Dienste funktionieren damit nicht mehr.',
      caseReference === null
        ? 'Dies ist die letzte Nachricht dazu. Die E-Mail-Adresse ist frei für ein neues Konto.'
        : `Wir haben es unter dem Aktenzeichen ${caseReference} geschlossen. Wenn Sie mehr wissen möchten oder es für einen Irrtum halten, schreiben Sie an ${contact}, und nennen Sie das Aktenzeichen.`,
    ],
  }),
  es: ({ caseReference, contact }) => ({
    subject: 'Su cuenta está cerrada',
    reason: 'Recibe este correo porque se ha cerrado su cuenta.',
    blocks: [
      'Su cuenta de CyberSapceVPN está cerrada y lo que pertenecía a ella se ha eliminado. Nuestros servicios ya no funcionan con ella.',
      caseReference === null
        ? 'Este es el último mensaje sobre ella. La dirección de correo electrónico queda libre para una cuenta nueva.'
        : `La hemos cerrado con la referencia ${caseReference}. Si desea saber más o cree que es un error, escriba a ${contact} e indique la referencia.`,
    ],
  }),
};
