// The words around every letter: the salutation, the words for a code, and why the person gets the mail.
import type { InEveryLanguage } from '../lib/locale.js';
import type { MailPurpose } from './mail.js';

interface Frame {
  readonly salutation: string;
  /** Around the name that somebody gave, which replaces the dots. */
  readonly quotationMarks: string;
  /** Replaces a text that is not a name. */
  readonly noName: string;
  /** Introduces a link's token. */
  readonly code: string;
  /** The label of the link that stops such mails. */
  readonly unsubscribe: string;
  /** The first line of an advertisement (15 U.S.C. § 7704(a)(5)(A)(i); Directive 2000/31/EC, Article 6(a)). */
  readonly advertisement: string;
  /** Introduces the e-mail address of the advertiser. */
  readonly contact: string;
  /** Why the person gets this mail. A purpose that is missing does not compile. */
  readonly reasons: Readonly<Record<MailPurpose, string>>;
}

export const FRAMES: InEveryLanguage<Frame> = {
  en: {
    salutation: 'Hello,',
    quotationMarks: '“…”',
    noName: '(a name that cannot be shown)',
    code: 'Or copy this code:',
    unsubscribe: 'Unsubscribe',
    advertisement: 'Advertisement',
    contact: 'Contact',
    reasons: {
      access:
        'You are receiving this e-mail because someone asked for access to an account with this e-mail address.',
      payment: 'You are receiving this e-mail because you made a payment.',
      updates: 'You are receiving this e-mail because the terms of your account are changing.',
      account: 'You are receiving this e-mail because it concerns your account.',
      marketing: 'You are receiving this e-mail because you receive our news and offers.',
    },
  },
  de: {
    salutation: 'Guten Tag,',
    quotationMarks: '„…“',
    noName: '(ein Name, der nicht gezeigt werden kann)',
    code: 'Oder kopieren Sie diesen Code:',
    unsubscribe: 'Abbestellen',
    advertisement: 'Werbung',
    contact: 'Kontakt',
    reasons: {
      access:
        'Sie erhalten diese E-Mail, weil mit dieser E-Mail-Adresse der Zugang zu einem Konto angefordert wurde.',
      payment: 'Sie erhalten diese E-Mail, weil Sie eine Zahlung geleistet haben.',
      updates: 'Sie erhalten diese E-Mail, weil sich die Bedingungen Ihres Kontos ändern.',
      account: 'Sie erhalten diese E-Mail, weil sie Ihr Konto betrifft.',
      marketing: 'Sie erhalten diese E-Mail, weil Sie unsere Neuigkeiten und Angebote beziehen.',
    },
  },
  es: {
    salutation: 'Hola:',
    quotationMarks: '«…»',
    noName: '(un nombre que no se puede mostrar)',
    code: 'O copie este código:',
    unsubscribe: 'Cancelar la suscripción',
    advertisement: 'Publicidad',
    contact: 'Contacto',
    reasons: {
      access:
        'Recibe este correo porque se ha solicitado acceso a una cuenta con esta dirección de correo electrónico.',
      payment: 'Recibe este correo porque ha realizado un pago.',
      updates: 'Recibe este correo porque cambian las condiciones de su cuenta.',
      account: 'Recibe este correo porque se refiere a su cuenta.',
      marketing: 'Recibe este correo porque está suscrito a nuestras novedades y ofertas.',
    },
  },
};
