// To an agent that has shown its address: what has become of its request. The mail shows nothing that somebody has typed, nor
// whom the request is about.
import type { RightsRequestStatus } from '../../../entities/rights/rights-request.js';
import { dateText, type InEveryLanguage } from '../../../lib/locale.js';
import type { Letter } from '../../../mail/letter.js';
import { defineMail } from '../../../mail/mail.js';
import { agentAddress, type RightsMailParts } from './parts.js';
import { RIGHTS_REASONS } from './rights-reasons.js';

export const rightsAgentNewsMail = defineMail({
  name: 'rights-agent-news',
  purpose: 'account',
  recipient: 'the agent’s address',
  when: 'The agent’s request has ended.',
  legalBasis: 'legal-obligation',
  async load(
    { requestId, status }: { readonly requestId: string; readonly status: RightsRequestStatus },
    parts: RightsMailParts,
  ) {
    const to = await agentAddress(parts, requestId, true);
    const [request] = await parts.database.query<{ receivedOn: string }[]>(
      'SELECT received_on::text AS "receivedOn" FROM rights_request WHERE id = $1',
      [requestId],
    );
    if (to === null || request === undefined) return null;
    return { to, locale: 'en', content: { status, requestId, ...request } };
  },
  render: (locale, agentNews) => rightsAgentNews[locale](agentNews),
});

interface AgentNews {
  readonly status: RightsRequestStatus;
  readonly requestId: string;
  /** `YYYY-MM-DD` */
  readonly receivedOn: string;
}

const OUTCOMES: InEveryLanguage<{ readonly [S in RightsRequestStatus]?: string }> = {
  en: {
    fulfilled: 'It has been completed.',
    denied: 'It was denied. You can look up the reason with your reference.',
    withdrawn: 'It was withdrawn.',
    expired: 'It has expired because nobody confirmed it in time.',
  },
  de: {
    fulfilled: 'Sie ist erledigt.',
    denied: 'Sie wurde abgelehnt. Den Grund können Sie mit Ihrer Referenz abrufen.',
    withdrawn: 'Sie wurde zurückgenommen.',
    expired: 'Sie ist verfallen, weil niemand sie rechtzeitig bestätigt hat.',
  },
  es: {
    fulfilled: 'Está resuelta.',
    denied: 'Ha sido denegada. Puede consultar el motivo con su referencia.',
    withdrawn: 'Ha sido retirada.',
    expired: 'Ha caducado porque nadie la confirmó a tiempo.',
  },
};

/** The outcome of a request. That of an erased account looks like a withdrawn request. */
export const rightsAgentNews: InEveryLanguage<(news: AgentNews) => Letter> = {
  en: ({ status, requestId, receivedOn }) => ({
    subject: 'The privacy request that you sent for someone else',
    reason: RIGHTS_REASONS.en.agent,
    blocks: [
      `On ${dateText('en', receivedOn)} you sent CyberSapceVPN a privacy request as an agent. ${outcome('en', status)}`,
      { facts: [['Request', requestId]] },
      ...unlessFulfilled(status, 'If the person still wants it, please send a new request.'),
    ],
  }),
  de: ({ status, requestId, receivedOn }) => ({
    subject: 'Die Datenschutzanfrage, die Sie für jemand anderen gesendet haben',
    reason: RIGHTS_REASONS.de.agent,
    blocks: [
      `Sie haben CyberSapceVPN am ${dateText('de', receivedOn)} als Vertreter eine Datenschutzanfrage gesendet. ${outcome('de', status)}`,
      { facts: [['Anfrage', requestId]] },
      ...unlessFulfilled(status, 'Wenn die Person es weiterhin wünscht, senden Sie bitte eine neue Anfrage.'),
    ],
  }),
  es: ({ status, requestId, receivedOn }) => ({
    subject: 'La solicitud de privacidad que envió en nombre de otra persona',
    reason: RIGHTS_REASONS.es.agent,
    blocks: [
      `El ${dateText('es', receivedOn)} envió a CyberSapceVPN una solicitud de privacidad como representante. ${outcome('es', status)}`,
      { facts: [['Solicitud', requestId]] },
      ...unlessFulfilled(status, 'Si la persona todavía lo desea, envíe una nueva solicitud.'),
    ],
  }),
};

function outcome(locale: keyof typeof OUTCOMES, status: RightsRequestStatus): string {
  return OUTCOMES[locale][status] ?? OUTCOMES[locale].withdrawn!;
}

/** The advice to send the request again, which a request that was fulfilled does not need. */
function unlessFulfilled(status: RightsRequestStatus, advice: string): string[] {
  return status === 'fulfilled' ? [] : [advice];
}
