// What agents by mail hear, and what an address hears when nobody has confirmed what was asked about it. None of them shows
// anything that somebody has typed, nor whom a request is about.

import type { RightsRequestKind, RightsRequestStatus } from '../../../entities/rights/rights-request.js';
import { dateText, type InEveryLanguage } from '../../../lib/locale.js';
import { type Letter } from '../../../mail/letter.js';
import type { TokenLink } from '../../sign-in/mails/access.js';
import { RIGHTS_REASONS } from './rights-reasons.js';

/** That an address is an agent's own. */
export const rightsAgentLink: InEveryLanguage<(link: TokenLink) => Letter> = {
  en: (link) => ({
    subject: 'Confirm that you ask for somebody else',
    reason: RIGHTS_REASONS.en.agent,
    blocks: [
      'Somebody has sent CyberSapceVPN a privacy request as the agent of another person, and gave this e-mail address as the agent’s. Confirm it if it was you. Nobody is written to before that.',
      { link: { label: 'Confirm the address', ...link } },
      'The link works once, for 24 hours. We then wait for the signed permission; a request that is not confirmed, or comes without a permission, ends after seven days. If it was not you, do nothing.',
    ],
  }),
  de: (link) => ({
    subject: 'Bestätigen Sie, dass Sie für jemand anderen fragen',
    reason: RIGHTS_REASONS.de.agent,
    blocks: [
      'Jemand hat CyberSapceVPN als Vertreter einer anderen Person eine Datenschutzanfrage gesendet und diese E-Mail-Adresse als die des Vertreters angegeben. Bestätigen Sie sie, wenn Sie es waren. Vorher wird niemandem geschrieben.',
      { link: { label: 'Adresse bestätigen', ...link } },
      'Der Link gilt einmal und 24 Stunden lang. Danach warten wir auf die unterschriebene Vollmacht; eine Anfrage, die nicht bestätigt wird oder ohne Vollmacht bleibt, endet nach sieben Tagen. Wenn Sie es nicht waren, brauchen Sie nichts zu tun.',
    ],
  }),
  es: (link) => ({
    subject: 'Confirme que pregunta por otra persona',
    reason: RIGHTS_REASONS.es.agent,
    blocks: [
      'Alguien ha enviado a CyberSapceVPN una solicitud de privacidad como representante de otra persona e indicó esta dirección como la del representante. Confírmela si ha sido usted. Antes no se escribe a nadie.',
      { link: { label: 'Confirmar la dirección', ...link } },
      'El enlace sirve una sola vez, durante 24 horas. Después esperamos la autorización firmada; una solicitud que no se confirma, o que llega sin autorización, termina a los siete días. Si no ha sido usted, no haga nada.',
    ],
  }),
};

export interface AgentNews {
  readonly status: RightsRequestStatus;
  readonly requestId: string;
  /** `YYYY-MM-DD` */
  readonly receivedOn: string;
}

const OUTCOMES: InEveryLanguage<{ readonly [S in RightsRequestStatus]?: string }> = {
  en: {
    fulfilled: 'It is done.',
    denied: 'It was denied. With your reference you see the reason.',
    withdrawn: 'It was withdrawn.',
    expired: 'It has ended, because nobody has confirmed it in time.',
  },
  de: {
    fulfilled: 'Sie ist erledigt.',
    denied: 'Sie wurde abgelehnt. Mit Ihrer Referenz sehen Sie den Grund.',
    withdrawn: 'Sie wurde zurückgenommen.',
    expired: 'Sie ist beendet, weil niemand sie rechtzeitig bestätigt hat.',
  },
  es: {
    fulfilled: 'Está resuelta.',
    denied: 'Ha sido denegada. Con su referencia puede ver el motivo.',
    withdrawn: 'Ha sido retirada.',
    expired: 'Ha terminado, porque nadie la ha confirmado a tiempo.',
  },
};

/** What has become of a request. An account that is erased looks like a request that was withdrawn. */
export const rightsAgentNews: InEveryLanguage<(news: AgentNews) => Letter> = {
  en: ({ status, requestId, receivedOn }) => ({
    subject: 'The privacy request that you have sent for somebody else',
    reason: RIGHTS_REASONS.en.agent,
    blocks: [
      `You have sent CyberSapceVPN a privacy request on ${dateText('en', receivedOn)} as an agent. ${outcome('en', status)}`,
      { facts: [['Request', requestId]] },
      'If the person still wants it, send another one.',
    ],
  }),
  de: ({ status, requestId, receivedOn }) => ({
    subject: 'Die Datenschutzanfrage, die Sie für jemand anderen gesendet haben',
    reason: RIGHTS_REASONS.de.agent,
    blocks: [
      `Sie haben CyberSapceVPN am ${dateText('de', receivedOn)} als Vertreter eine Datenschutzanfrage gesendet. ${outcome('de', status)}`,
      { facts: [['Anfrage', requestId]] },
      'Wenn die Person es weiterhin wünscht, senden Sie eine neue.',
    ],
  }),
  es: ({ status, requestId, receivedOn }) => ({
    subject: 'La solicitud de privacidad que envió en nombre de otra persona',
    reason: RIGHTS_REASONS.es.agent,
    blocks: [
      `El ${dateText('es', receivedOn)} envió a CyberSapceVPN una solicitud de privacidad como representante. ${outcome('es', status)}`,
      { facts: [['Solicitud', requestId]] },
      'Si la persona todavía lo desea, envíe otra.',
    ],
  }),
};

function outcome(locale: keyof typeof OUTCOMES, status: RightsRequestStatus): string {
  return OUTCOMES[locale][status] ?? OUTCOMES[locale].withdrawn!;
}

export interface LapsedRequest {
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

/** To the address that was given, whether or not it has an account: it says nothing about that. */
export const rightsLapsed: InEveryLanguage<(lapsed: LapsedRequest) => Letter> = {
  en: ({ kind, receivedOn }) => ({
    subject: 'A privacy request has ended',
    reason: RIGHTS_REASONS.en.given,
    blocks: [
      `On ${dateText('en', receivedOn)} somebody sent CyberSapceVPN a privacy request and gave this e-mail address (${KINDS.en[kind]}). Nobody has confirmed it in time, and so it has ended: nothing was done.`,
      'If it was you, send it again, or sign in and send it there. If it was not you, do nothing.',
    ],
  }),
  de: ({ kind, receivedOn }) => ({
    subject: 'Eine Datenschutzanfrage ist beendet',
    reason: RIGHTS_REASONS.de.given,
    blocks: [
      `Am ${dateText('de', receivedOn)} hat jemand CyberSapceVPN eine Datenschutzanfrage gesendet und diese E-Mail-Adresse angegeben (${KINDS.de[kind]}). Niemand hat sie rechtzeitig bestätigt, und so ist sie beendet: Es ist nichts geschehen.`,
      'Wenn Sie es waren, senden Sie sie noch einmal, oder melden Sie sich an und senden Sie sie dort. Wenn Sie es nicht waren, brauchen Sie nichts zu tun.',
    ],
  }),
  es: ({ kind, receivedOn }) => ({
    subject: 'Una solicitud de privacidad ha terminado',
    reason: RIGHTS_REASONS.es.given,
    blocks: [
      `El ${dateText('es', receivedOn)} alguien envió a CyberSapceVPN una solicitud de privacidad e indicó esta dirección de correo electrónico (${KINDS.es[kind]}). Nadie la ha confirmado a tiempo, por lo que ha terminado: no se ha hecho nada.`,
      'Si ha sido usted, envíela de nuevo, o inicie sesión y envíela allí. Si no ha sido usted, no haga nada.',
    ],
  }),
};
