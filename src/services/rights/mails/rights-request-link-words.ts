// The words of the mail that asks a person to confirm a rights request, in each language.
import type { ConsentPurpose } from '../../../entities/consent/consent.js';
import type { RightsRequestKind } from '../../../entities/rights/rights-request.js';
import type { InEveryLanguage } from '../../../lib/locale.js';
import type { Objection } from '../request-record.js';

interface Words {
  readonly subject: string;
  readonly somebody: string;
  /** Around the agent's name. */
  readonly agent: readonly [before: string, after: string];
  readonly facts: Readonly<Record<'request' | 'receivedOn' | 'askedBy' | 'details', string>>;
  readonly anyone: string;
  readonly kinds: Readonly<Record<RightsRequestKind, string>>;
  readonly email: string;
  readonly usage: (day: string) => string;
  readonly app: string;
  readonly objections: Readonly<Record<Objection, string>>;
  readonly purposes: Readonly<Record<ConsentPurpose, string>>;
  /** What happens on confirmation, where that is not plain from the kind. */
  readonly consequences: Partial<Readonly<Record<RightsRequestKind, string>>>;
  readonly label: string;
  readonly end: string;
}

export const LINK_WORDS: InEveryLanguage<Words> = {
  en: {
    subject: 'Confirm a privacy request',
    somebody:
      'Someone who gave your e-mail address has sent us a privacy request about your CyberSapceVPN account. Confirm it only if this was you:',
    agent: [
      'An agent that calls itself ',
      ' has sent us a privacy request about your CyberSapceVPN account and says that you have authorised it. Confirm it only if that is true:',
    ],
    facts: { request: 'Request', receivedOn: 'Received on', askedBy: 'Made by', details: 'Details' },
    anyone: 'someone who gave your address',
    kinds: {
      access: 'a copy of all data that we keep about you',
      correction: 'a correction of your data',
      deletion: 'the deletion of your account and everything that belongs to it',
      restriction: 'a restriction of processing: your data is stored and not used for anything else',
      objection: 'an objection',
      portability: 'a copy of your data in a portable format',
      'withdrawal-of-consent': 'a withdrawal of consent',
      complaint: 'a complaint in your name',
    },
    email: 'another e-mail address for your account: ',
    usage: (day) => `deletion of the usage of ${day}`,
    app: 'removal of a version of an app',
    objections: {
      marketing: 'no more marketing e-mails',
      statistics: 'no more usage statistics',
      diagnostics: 'no more application diagnostics',
      'sale-or-sharing': 'no sharing with others, and no cookies for analytics or advertising',
    },
    purposes: {
      marketing: 'marketing e-mails',
      diagnostics: 'application diagnostics',
      'analytics-cookies': 'cookies for analytics',
      'advertising-cookies': 'cookies for advertising',
      sharing: 'sharing with others',
    },
    consequences: {
      deletion:
        'If you confirm, everything will be deleted seven days later. Until then you can sign in and withdraw the request.',
      correction:
        'This link alone does not confirm a correction: you also have to sign in and enter your password or second factor again. If you did not ask for this, someone may be trying to take over your account.',
    },
    label: 'View and confirm the request',
    end: 'The link works once and expires after 24 hours. If you did not ask for this, you can ignore this e-mail: nothing will happen, and nobody will learn that you have an account.',
  },
  de: {
    subject: 'Bestätigen Sie eine Datenschutzanfrage',
    somebody:
      'Jemand, der Ihre E-Mail-Adresse angegeben hat, hat uns eine Datenschutzanfrage zu Ihrem Konto bei CyberSapceVPN gesendet. Bestätigen Sie sie nur, wenn Sie das waren:',
    agent: [
      'Ein Vertreter, der sich ',
      ' nennt, hat uns eine Datenschutzanfrage zu Ihrem Konto bei CyberSapceVPN gesendet und gibt an, dass Sie dem zugestimmt haben. Bestätigen Sie sie nur, wenn das stimmt:',
    ],
    facts: {
      request: 'Anfrage',
      receivedOn: 'Eingegangen am',
      askedBy: 'Gestellt von',
      details: 'Im Einzelnen',
    },
    anyone: 'jemandem, der Ihre Adresse angegeben hat',
    kinds: {
      access: 'eine Kopie aller Daten, die wir über Sie haben',
      correction: 'eine Berichtigung Ihrer Daten',
      deletion: 'die Löschung Ihres Kontos und von allem, was dazu gehört',
      restriction:
        'eine Einschränkung der Verarbeitung: Ihre Daten werden nur noch aufbewahrt und nicht anderweitig verwendet',
      objection: 'ein Widerspruch',
      portability: 'eine Kopie Ihrer Daten in einem übertragbaren Format',
      'withdrawal-of-consent': 'ein Widerruf einer Einwilligung',
      complaint: 'eine Beschwerde in Ihrem Namen',
    },
    email: 'eine andere E-Mail-Adresse für Ihr Konto: ',
    usage: (day) => `Löschung der Nutzung vom ${day}`,
    app: 'Entfernung einer Version einer App',
    objections: {
      marketing: 'keine Werbung per E-Mail mehr',
      statistics: 'keine Nutzungsstatistik mehr',
      diagnostics: 'keine Diagnosedaten der Apps mehr',
      'sale-or-sharing': 'keine Weitergabe an andere und keine Cookies für Analyse und Werbung',
    },
    purposes: {
      marketing: 'Werbung per E-Mail',
      diagnostics: 'Diagnosedaten der Apps',
      'analytics-cookies': 'Cookies für Analyse',
      'advertising-cookies': 'Cookies für Werbung',
      sharing: 'Weitergabe an andere',
    },
    consequences: {
      deletion:
        'Wenn Sie bestätigen, wird sieben Tage später alles gelöscht. Bis dahin können Sie sich anmelden und die Anfrage zurücknehmen.',
      correction:
        'Dieser Link allein bestätigt keine Berichtigung: Sie müssen sich auch anmelden und Ihr Passwort oder Ihren zweiten Faktor noch einmal eingeben. Wenn Sie das nicht angefragt haben, versucht vielleicht jemand, Ihr Konto zu übernehmen.',
    },
    label: 'Anfrage ansehen und bestätigen',
    end: 'Der Link funktioniert einmal und ist 24 Stunden gültig. Wenn Sie das nicht angefragt haben, können Sie diese E-Mail ignorieren: Es geschieht nichts, und niemand erfährt, dass Sie ein Konto haben.',
  },
  es: {
    subject: 'Confirme una solicitud de privacidad',
    somebody:
      'Alguien que indicó su dirección de correo electrónico nos ha enviado una solicitud de privacidad sobre su cuenta de CyberSapceVPN. Confírmela solo si ha sido usted:',
    agent: [
      'Un representante que se hace llamar ',
      ' nos ha enviado una solicitud de privacidad sobre su cuenta de CyberSapceVPN y afirma que usted lo ha autorizado. Confírmela solo si es cierto:',
    ],
    facts: { request: 'Solicitud', receivedOn: 'Recibida el', askedBy: 'Hecha por', details: 'En detalle' },
    anyone: 'alguien que indicó su dirección',
    kinds: {
      access: 'una copia de todos los datos que conservamos sobre usted',
      correction: 'una rectificación de sus datos',
      deletion: 'la eliminación de su cuenta y de todo lo que pertenece a ella',
      restriction: 'una limitación del tratamiento: sus datos solo se conservan y no se usan para nada más',
      objection: 'una oposición',
      portability: 'una copia de sus datos en un formato portable',
      'withdrawal-of-consent': 'una retirada del consentimiento',
      complaint: 'una reclamación en su nombre',
    },
    email: 'otra dirección de correo electrónico para su cuenta: ',
    usage: (day) => `eliminación del uso del ${day}`,
    app: 'eliminación de una versión de una aplicación',
    objections: {
      marketing: 'no más correo publicitario',
      statistics: 'no más estadísticas de uso',
      diagnostics: 'no más diagnósticos de las aplicaciones',
      'sale-or-sharing': 'no compartir con terceros, y no usar cookies de análisis ni de publicidad',
    },
    purposes: {
      marketing: 'correo publicitario',
      diagnostics: 'diagnósticos de las aplicaciones',
      'analytics-cookies': 'cookies de análisis',
      'advertising-cookies': 'cookies de publicidad',
      sharing: 'compartir con terceros',
    },
    consequences: {
      deletion:
        'Si la confirma, todo se eliminará siete días después. Hasta entonces puede iniciar sesión y retirar la solicitud.',
      correction:
        'Este enlace por sí solo no confirma una rectificación: también tendrá que iniciar sesión e introducir de nuevo su contraseña o su segundo factor. Si no lo ha pedido, es posible que alguien intente apoderarse de su cuenta.',
    },
    label: 'Ver y confirmar la solicitud',
    end: 'El enlace funciona una sola vez y caduca a las 24 horas. Si no lo ha pedido, puede ignorar este correo: no ocurrirá nada y nadie sabrá que tiene una cuenta.',
  },
};
