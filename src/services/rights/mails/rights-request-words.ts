// The words of the mails about a rights request, in each language.
import type {
  DenialReason,
  ExtensionReason,
  RightsRequestKind,
  RightsRequestStatus,
} from '../../../entities/rights/rights-request.js';
import type { InEveryLanguage, Locale } from '../../../lib/locale.js';

interface Words {
  readonly subject: (kind: string, state: string) => string;
  /** In subjects. */
  readonly states: Partial<Readonly<Record<RightsRequestStatus, string>>>;
  readonly kinds: Readonly<Record<RightsRequestKind, string>>;
  readonly received: (kind: string, due: string) => string;
  readonly erases: (day: string) => string;
  readonly extended: (kind: string, due: string) => string;
  readonly extensions: Readonly<Record<ExtensionReason, string>>;
  readonly fulfilled: Readonly<Record<RightsRequestKind, string>>;
  readonly addressGranted: string;
  readonly denied: (kind: string) => string;
  readonly denials: Readonly<Record<DenialReason, string>>;
  /** Whom to complain to. */
  readonly remedy: (authority: string, url: string) => string;
  readonly court: string;
  readonly appeal: (day: string) => string;
  readonly appealed: (due: string) => string;
  readonly upheld: string;
  readonly reversed: string;
  readonly expired: string;
  readonly see: string;
}

export const REQUEST_WORDS: InEveryLanguage<Words> = {
  en: {
    subject: (kind, state) => `Your request ${kind}: ${state}`,
    states: {
      'in-progress': 'received',
      extended: 'takes longer',
      fulfilled: 'done',
      denied: 'denied',
      appealed: 'appeal received',
      expired: 'expired',
    },
    kinds: {
      access: 'for access to your data',
      correction: 'for correction',
      deletion: 'for deletion',
      restriction: 'for restriction of processing',
      objection: 'to object',
      portability: 'for your data in a portable format',
      'withdrawal-of-consent': 'to withdraw consent',
      complaint: 'to complain',
    },
    received: (kind, due) =>
      `We have received your request ${kind}. You will get an answer by ${due} at the latest.`,
    erases: (day) => `Your account will be erased on ${day}. Until then you can withdraw the request.`,
    extended: (kind, due) =>
      `Your request ${kind} is taking longer: you will get an answer by ${due} at the latest.`,
    extensions: {
      complexity: 'The reason is that the request is complex.',
      'number-of-requests': 'The reason is the number of requests that we have received.',
    },
    fulfilled: {
      access:
        'Your data export is ready. Sign in to download it within seven days; after that it will be deleted.',
      correction: 'Your data has been corrected.',
      deletion: 'Your account has been erased.',
      restriction:
        'From now on your data is stored and not used for anything else, until you lift the restriction.',
      objection: 'Your objection takes effect immediately.',
      portability:
        'Your data export is ready. Sign in to download it within seven days; after that it will be deleted.',
      'withdrawal-of-consent': 'Your consent has been withdrawn.',
      complaint: 'We have answered your complaint.',
    },
    addressGranted:
      'Your correction is approved: your account will have the new e-mail address once the link that we have sent to it has been opened. Until then this address remains valid.',
    denied: (kind) => `We cannot grant your request ${kind}.`,
    denials: {
      'identity-not-verified': 'We could not verify that the request comes from you.',
      'no-data-found': 'We keep no data about you.',
      'manifestly-unfounded': 'The request is manifestly unfounded.',
      excessive: 'The request is excessive, for example because it is repeated.',
      'legal-obligation': 'We are legally obliged to keep the data.',
      'legal-claims': 'The data is needed for legal claims.',
      'rights-of-others': 'The answer would adversely affect the rights of others.',
      'data-accurate': 'We have checked the data, and it is correct.',
      'not-covered': 'The applicable law does not give this right here.',
      'fraud-suspected': 'It seems that the request was made by someone else.',
      'permission-missing': 'The agent who made the request for you has not sent a signed permission.',
      'permission-unsigned': 'The permission of the agent who made the request for you is not signed.',
      'permission-expired': 'The permission of the agent who made the request for you has expired.',
      'permission-forged': 'The permission of the agent who made the request for you is not genuine.',
    },
    remedy: (authority, url) =>
      `If you disagree, you can complain to the authority that supervises us: ${authority} (${url}).`,
    court: 'You can also go to court.',
    appeal: (day) => `You can appeal this decision until ${day}: sign in and explain why it is wrong.`,
    appealed: (due) => `We have received your appeal. You will get an answer by ${due} at the latest.`,
    upheld: 'We have reviewed your request after your appeal, and the decision stands.',
    reversed: 'We have reviewed your request after your appeal, and we grant it.',
    expired: 'The request has expired because nobody confirmed it in time.',
    see: 'View the request',
  },
  de: {
    subject: (kind, state) => `Ihre Anfrage ${kind}: ${state}`,
    states: {
      'in-progress': 'eingegangen',
      extended: 'dauert länger',
      fulfilled: 'erledigt',
      denied: 'abgelehnt',
      appealed: 'Widerspruch eingegangen',
      expired: 'verfallen',
    },
    kinds: {
      access: 'auf Auskunft',
      correction: 'auf Berichtigung',
      deletion: 'auf Löschung',
      restriction: 'auf Einschränkung der Verarbeitung',
      objection: 'auf Widerspruch',
      portability: 'auf Datenübertragung',
      'withdrawal-of-consent': 'auf Widerruf einer Einwilligung',
      complaint: 'in Form einer Beschwerde',
    },
    received: (kind, due) =>
      `Wir haben Ihre Anfrage ${kind} erhalten. Sie erhalten spätestens am ${due} eine Antwort.`,
    erases: (day) => `Ihr Konto wird am ${day} gelöscht. Bis dahin können Sie die Anfrage zurücknehmen.`,
    extended: (kind, due) =>
      `Ihre Anfrage ${kind} dauert länger: Sie erhalten spätestens am ${due} eine Antwort.`,
    extensions: {
      complexity: 'Der Grund ist die Komplexität der Anfrage.',
      'number-of-requests': 'Der Grund ist die Zahl der Anfragen, die wir erhalten haben.',
    },
    fulfilled: {
      access:
        'Ihr Datenexport ist fertig. Melden Sie sich an, um ihn innerhalb von sieben Tagen herunterzuladen; danach wird er gelöscht.',
      correction: 'Ihre Daten wurden berichtigt.',
      deletion: 'Ihr Konto wurde gelöscht.',
      restriction:
        'Ihre Daten werden ab jetzt nur noch aufbewahrt und nicht anderweitig verwendet, bis Sie die Einschränkung aufheben.',
      objection: 'Ihr Widerspruch ist ab sofort wirksam.',
      portability:
        'Ihr Datenexport ist fertig. Melden Sie sich an, um ihn innerhalb von sieben Tagen herunterzuladen; danach wird er gelöscht.',
      'withdrawal-of-consent': 'Ihre Einwilligung wurde widerrufen.',
      complaint: 'Wir haben Ihre Beschwerde beantwortet.',
    },
    addressGranted:
      'Ihre Berichtigung ist genehmigt: Ihr Konto erhält die neue E-Mail-Adresse, sobald der Link geöffnet wurde, den wir dorthin gesendet haben. Bis dahin gilt weiterhin diese Adresse.',
    denied: (kind) => `Wir können Ihrer Anfrage ${kind} nicht entsprechen.`,
    denials: {
      'identity-not-verified': 'Wir konnten nicht feststellen, dass die Anfrage von Ihnen kommt.',
      'no-data-found': 'Wir haben keine Daten über Sie.',
      'manifestly-unfounded': 'Die Anfrage ist offenkundig unbegründet.',
      excessive: 'Die Anfrage ist exzessiv, etwa durch ihre Wiederholung.',
      'legal-obligation': 'Wir sind gesetzlich verpflichtet, die Daten aufzubewahren.',
      'legal-claims': 'Die Daten werden für Rechtsansprüche benötigt.',
      'rights-of-others': 'Die Antwort würde die Rechte anderer beeinträchtigen.',
      'data-accurate': 'Wir haben die Daten geprüft, und sie sind richtig.',
      'not-covered': 'Das anwendbare Recht sieht diesen Anspruch hier nicht vor.',
      'fraud-suspected': 'Die Anfrage scheint von jemand anderem zu kommen.',
      'permission-missing':
        'Der Vertreter, der die Anfrage für Sie gestellt hat, hat keine unterschriebene Vollmacht gesendet.',
      'permission-unsigned':
        'Die Vollmacht des Vertreters, der die Anfrage für Sie gestellt hat, ist nicht unterschrieben.',
      'permission-expired':
        'Die Vollmacht des Vertreters, der die Anfrage für Sie gestellt hat, ist abgelaufen.',
      'permission-forged':
        'Die Vollmacht des Vertreters, der die Anfrage für Sie gestellt hat, ist nicht echt.',
    },
    remedy: (authority, url) =>
      `Wenn Sie anderer Ansicht sind, können Sie sich bei der zuständigen Behörde beschweren: ${authority} (${url}).`,
    court: 'Sie können außerdem ein Gericht anrufen.',
    appeal: (day) =>
      `Sie können diese Entscheidung bis ${day} anfechten: Melden Sie sich an und erklären Sie, warum sie falsch ist.`,
    appealed: (due) =>
      `Wir haben Ihren Widerspruch gegen die Entscheidung erhalten. Sie erhalten spätestens am ${due} eine Antwort.`,
    upheld:
      'Wir haben Ihre Anfrage auf Ihren Widerspruch noch einmal geprüft, und es bleibt bei der Entscheidung.',
    reversed: 'Wir haben Ihre Anfrage auf Ihren Widerspruch noch einmal geprüft und entsprechen ihr.',
    expired: 'Die Anfrage ist verfallen, weil niemand sie rechtzeitig bestätigt hat.',
    see: 'Zur Anfrage',
  },
  es: {
    subject: (kind, state) => `Su solicitud ${kind}: ${state}`,
    states: {
      'in-progress': 'recibida',
      extended: 'tarda más',
      fulfilled: 'atendida',
      denied: 'denegada',
      appealed: 'recurso recibido',
      expired: 'caducada',
    },
    kinds: {
      access: 'de acceso a sus datos',
      correction: 'de rectificación',
      deletion: 'de supresión',
      restriction: 'de limitación del tratamiento',
      objection: 'de oposición',
      portability: 'de portabilidad',
      'withdrawal-of-consent': 'de retirada del consentimiento',
      complaint: 'de reclamación',
    },
    received: (kind, due) => `Hemos recibido su solicitud ${kind}. Le responderemos a más tardar el ${due}.`,
    erases: (day) => `Su cuenta se eliminará el ${day}. Hasta entonces puede retirar la solicitud.`,
    extended: (kind, due) =>
      `Su solicitud ${kind} requiere más tiempo: le responderemos a más tardar el ${due}.`,
    extensions: {
      complexity: 'El motivo es la complejidad de la solicitud.',
      'number-of-requests': 'El motivo es el número de solicitudes que hemos recibido.',
    },
    fulfilled: {
      access:
        'La exportación de sus datos está lista. Inicie sesión para descargarla en un plazo de siete días; después se eliminará.',
      correction: 'Sus datos se han rectificado.',
      deletion: 'Su cuenta se ha eliminado.',
      restriction:
        'A partir de ahora sus datos solo se conservan y no se usan para nada más, hasta que usted levante la limitación.',
      objection: 'Su oposición tiene efecto inmediato.',
      portability:
        'La exportación de sus datos está lista. Inicie sesión para descargarla en un plazo de siete días; después se eliminará.',
      'withdrawal-of-consent': 'Su consentimiento ha quedado retirado.',
      complaint: 'Hemos respondido a su reclamación.',
    },
    addressGranted:
      'Su rectificación se ha aprobado: su cuenta tendrá la nueva dirección de correo electrónico en cuanto se abra el enlace que hemos enviado a esa dirección. Hasta entonces sigue siendo válida esta dirección.',
    denied: (kind) => `No podemos atender su solicitud ${kind}.`,
    denials: {
      'identity-not-verified': 'No hemos podido verificar que la solicitud proceda de usted.',
      'no-data-found': 'No conservamos datos sobre usted.',
      'manifestly-unfounded': 'La solicitud es manifiestamente infundada.',
      excessive: 'La solicitud es excesiva, por ejemplo por su repetición.',
      'legal-obligation': 'Estamos legalmente obligados a conservar los datos.',
      'legal-claims': 'Los datos son necesarios para reclamaciones legales.',
      'rights-of-others': 'La respuesta afectaría negativamente a los derechos de otros.',
      'data-accurate': 'Hemos comprobado los datos y son correctos.',
      'not-covered': 'La ley aplicable no concede aquí ese derecho.',
      'fraud-suspected': 'Parece que la solicitud es de otra persona.',
      'permission-missing':
        'El representante que hizo la solicitud en su nombre no ha enviado una autorización firmada.',
      'permission-unsigned':
        'La autorización del representante que hizo la solicitud en su nombre no está firmada.',
      'permission-expired':
        'La autorización del representante que hizo la solicitud en su nombre ha caducado.',
      'permission-forged':
        'La autorización del representante que hizo la solicitud en su nombre no es auténtica.',
    },
    remedy: (authority, url) =>
      `Si no está de acuerdo, puede presentar una reclamación ante la autoridad competente: ${authority} (${url}).`,
    court: 'También puede acudir a los tribunales.',
    appeal: (day) =>
      `Puede recurrir esta decisión hasta el ${day}: inicie sesión y explique por qué es incorrecta.`,
    appealed: (due) => `Hemos recibido su recurso. Le responderemos a más tardar el ${due}.`,
    upheld: 'Hemos vuelto a examinar su solicitud tras su recurso, y la decisión se mantiene.',
    reversed: 'Hemos vuelto a examinar su solicitud tras su recurso, y la atendemos.',
    expired: 'La solicitud ha caducado porque nadie la confirmó a tiempo.',
    see: 'Ver la solicitud',
  },
};

/** Why a request was denied, or takes longer, in words. */
export function reasonText(locale: Locale, reason: DenialReason | ExtensionReason): string {
  const { denials, extensions } = REQUEST_WORDS[locale];
  return { ...denials, ...extensions }[reason];
}
