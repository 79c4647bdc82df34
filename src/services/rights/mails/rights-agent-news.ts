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
  when: 'The agent’s request has come to another status.',
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
