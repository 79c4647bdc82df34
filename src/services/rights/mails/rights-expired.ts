// To the address that somebody gave in a rights request that nobody has confirmed in time: that it has ended.
import type { RightsRequestKind } from '../../../entities/rights/rights-request.js';
import { dateText, type InEveryLanguage, localeOf } from '../../../lib/locale.js';
import type { Letter } from '../../../mail/letter.js';
import { defineMail } from '../../../mail/mail.js';
import type { RightsMailParts } from './parts.js';
import { RIGHTS_REASONS } from './rights-reasons.js';

/** The address is forgotten when the mail is sent, so the mail itself carries it. */
interface Payload extends ExpiredRequest {
  readonly address: string;
}

export const rightsExpiredMail = defineMail({
  name: 'rights-expired',
  purpose: 'account',
  recipient: 'the address that the request was about',
  when: 'A request has expired because nobody confirmed it.',
  legalBasis: 'legal-obligation',
  /** An address without an account has got its answer in place of the link. */
  async load({ address, kind, receivedOn }: Payload, { database }: RightsMailParts) {
    const [account] = await database.query<{ locale: string }[]>(
      'SELECT locale FROM account WHERE email = $1',
      [address],
    );
    if (account === undefined) return null;
    return { to: address, locale: localeOf(account.locale), content: { kind, receivedOn } };
  },
  render: (locale, expired) => rightsExpired[locale](expired),
});

interface ExpiredRequest {
  readonly kind: RightsRequestKind;
  /** `YYYY-MM-DD` */
  readonly receivedOn: string;
}

const KINDS: InEveryLanguage<Readonly<Record<RightsRequestKind, string>>> = {
  en: {
    access: 'access to data',
    correction: 'a correction',
    deletion: 'a deletion',
    restriction: 'a restriction of processing',
    objection: 'an objection',
    portability: 'data in a portable format',
    'withdrawal-of-consent': 'a withdrawal of consent',
    complaint: 'a complaint',
  },
  de: {
    access: 'Auskunft',
    correction: 'Berichtigung',
    deletion: 'Löschung',
    restriction: 'Einschränkung der Verarbeitung',
    objection: 'Widerspruch',
    portability: 'Datenübertragung',
    'withdrawal-of-consent': 'Widerruf einer Einwilligung',
    complaint: 'Beschwerde',
  },
  es: {
    access: 'acceso a datos',
    correction: 'rectificación',
    deletion: 'supresión',
    restriction: 'limitación del tratamiento',
    objection: 'oposición',
    portability: 'portabilidad',
    'withdrawal-of-consent': 'retirada del consentimiento',
    complaint: 'reclamación',
  },
};

/** The text does not depend on whether the address has an account. */
export const rightsExpired: InEveryLanguage<(expired: ExpiredRequest) => Letter> = {
  en: ({ kind, receivedOn }) => ({
    subject: 'A privacy request has expired',
    reason: RIGHTS_REASONS.en.given,
    blocks: [
      `On ${dateText('en', receivedOn)} someone sent CyberSapceVPN a privacy request and gave this e-mail address (${KINDS.en[kind]}). Nobody confirmed the request in time, so it has expired and nothing was done.`,
      'If this was you, send the request again, or sign in and send it there. If it was not, you can ignore this e-mail.',
    ],
  }),
  de: ({ kind, receivedOn }) => ({
    subject: 'Eine Datenschutzanfrage ist verfallen',
    reason: RIGHTS_REASONS.de.given,
    blocks: [
      `Am ${dateText('de', receivedOn)} hat jemand CyberSapceVPN eine Datenschutzanfrage gesendet und diese E-Mail-Adresse angegeben (${KINDS.de[kind]}). Niemand hat die Anfrage rechtzeitig bestätigt. Sie ist deshalb verfallen, und es ist nichts geschehen.`,
      'Wenn Sie das waren, senden Sie die Anfrage noch einmal, oder melden Sie sich an und senden Sie sie dort. Wenn nicht, können Sie diese E-Mail ignorieren.',
    ],
  }),
  es: ({ kind, receivedOn }) => ({
    subject: 'Una solicitud de privacidad ha caducado',
    reason: RIGHTS_REASONS.es.given,
    blocks: [
      `El ${dateText('es', receivedOn)} alguien envió a CyberSapceVPN una solicitud de privacidad e indicó esta dirección de correo electrónico (${KINDS.es[kind]}). Nadie confirmó la solicitud a tiempo, por lo que ha caducado y no se ha hecho nada.`,
      'Si ha sido usted, envíe la solicitud de nuevo, o inicie sesión y envíela allí. Si no ha sido usted, puede ignorar este correo.',
    ],
  }),
};
