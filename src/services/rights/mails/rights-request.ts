// To a person about a rights request: that it was received, takes longer, was fulfilled or was denied.

import type {
  AppealOutcome,
  DenialReason,
  ExtensionReason,
  RightsRequestKind,
  RightsRequestStatus,
} from '../../../entities/rights/rights-request.js';
import type { Day } from '../../../lib/calendar.js';
import { dateText, type InEveryLanguage, type Locale } from '../../../lib/locale.js';
import { type Letter, withLinks } from '../../../mail/letter.js';
import { defineMail } from '../../../mail/mail.js';
import { endOf } from '../../policy/deadlines.js';
import type { Appeal, RightsDetails } from '../request-record.js';
import { opened, type RightsMailParts } from './parts.js';
import { RIGHTS_REASONS } from './rights-reasons.js';
import { REQUEST_WORDS } from './rights-request-words.js';

export interface RightsRequestNews {
  readonly kind: RightsRequestKind;
  readonly status: RightsRequestStatus;
  /** `YYYY-MM-DD`; null while the clock stands still. */
  readonly dueOn: string | null;
  /** Of a deletion: the day on which it is carried out. */
  readonly erasesOn: string | null;
  readonly extensionReason: ExtensionReason | null;
  readonly denialReason: DenialReason | null;
  /** Whether it asks for another e-mail address, which counts when it has been confirmed there. */
  readonly correctsEmail: boolean;
  /** In the data protection officer's words. */
  readonly answer: string | null;
  readonly authority: { readonly name: string; readonly url: string };
  /** The last day on which a denial can be appealed; null when it cannot be. */
  readonly appealBy: string | null;
  readonly appealOutcome: AppealOutcome | null;
  /** Whether the law lets the person go to court themselves. */
  readonly court: boolean;
  readonly portalUrl: string;
}

interface RequestRow
  extends Pick<
    RightsRequestNews,
    'kind' | 'dueOn' | 'erasesOn' | 'extensionReason' | 'denialReason' | 'appealOutcome'
  > {
  readonly accountId: string;
  readonly country: string | null;
  /** Id of a PrivacyLaw. */
  readonly lawId: string;
  readonly sealedAnswer: string | null;
  readonly sealedDetails: string | null;
  readonly closedOn: Day | null;
  readonly sealedAppeal: string | null;
}

/** That a request has come to a status; who gets it, and what there is to say, is loaded. */
interface RequestStatus {
  readonly requestId: string;
  readonly status: RightsRequestStatus;
  /** Whether someone who is not signed in caused it, who must not be able to measure that it is sent. */
  readonly heldBack?: boolean;
}

export const rightsRequestMail = defineMail({
  name: 'rights-request',
  purpose: 'account',
  recipient: 'the account’s owner',
  when: 'The status of a rights request has changed, and the person should know.',
  legalBasis: 'legal-obligation',
  heldBack: ({ heldBack }) => heldBack === true,
  async load({ requestId, status }: RequestStatus, parts: RightsMailParts) {
    const [request] = await parts.database.query<RequestRow[]>(
      `SELECT account_id AS "accountId", kind, due_on::text AS "dueOn", erases_on::text AS "erasesOn",
         extension_reason AS "extensionReason", denial_reason AS "denialReason", sealed_answer AS "sealedAnswer",
         sealed_details AS "sealedDetails", law AS "lawId", country,
         appeal_outcome AS "appealOutcome", closed_on::text AS "closedOn", sealed_appeal AS "sealedAppeal"
       FROM rights_request JOIN account ON account.id = account_id WHERE rights_request.id = $1`,
      [requestId],
    );
    const owner = request === undefined ? null : await parts.ownerOf(request.accountId);
    if (request === undefined || owner === null) return null;
    return { ...owner, content: newsOf(parts, { ...request, requestId, status }) };
  },
  render: (locale, news) => rightsRequest[locale](news),
});

function newsOf(parts: RightsMailParts, request: RequestRow & RequestStatus): RightsRequestNews {
  const { requestId, status, country, lawId, closedOn, sealedAnswer, sealedDetails, sealedAppeal, ...asked } =
    request;
  const law = parts.laws.law(lawId);
  const words = opened(parts, sealedAnswer, requestId);
  const appeal = JSON.parse(opened(parts, sealedAppeal, requestId) ?? '{}') as Partial<Appeal>;
  const open = status === 'denied' && asked.appealOutcome === null && closedOn !== null;
  const details = JSON.parse(opened(parts, sealedDetails, requestId) ?? '{}') as RightsDetails;
  return {
    ...asked,
    status,
    // Once an appeal is decided, its answer is the newer one.
    answer: appeal.answer ?? words,
    correctsEmail: details.correction?.field === 'email',
    appealBy: open && law.appeal !== null ? endOf(law.appeal.within, closedOn) : null,
    court: law.court,
    authority: parts.authorities.ofRequest(law, country),
    portalUrl: parts.portalUrl,
  };
}

export const rightsRequest: InEveryLanguage<(news: RightsRequestNews) => Letter> = {
  en: (news) => letterOf('en', news),
  de: (news) => letterOf('de', news),
  es: (news) => letterOf('es', news),
};

function letterOf(locale: Locale, news: RightsRequestNews): Letter {
  const words = REQUEST_WORDS[locale];
  const link = { label: words.see, url: `${news.portalUrl}/privacy-requests`, token: null };
  const answer = news.answer === null ? [] : news.answer.split(/\n\s*\n/);
  return {
    subject: words.subject(words.kinds[news.kind], words.states[news.status] ?? news.status),
    reason: RIGHTS_REASONS[locale].owner,
    blocks: [...textsOf(locale, news).map(withLinks), ...answer, { link }],
  };
}

function textsOf(locale: Locale, news: RightsRequestNews): string[] {
  const words = REQUEST_WORDS[locale];
  const { kind, status, authority, dueOn, erasesOn, extensionReason, denialReason } = news;
  const due = dueOn === null ? '' : dateText(locale, dueOn);
  const reversed = news.appealOutcome === 'reversed' ? [words.reversed] : [];
  if (status === 'extended') {
    return [words.extended(words.kinds[kind], due), words.extensions[extensionReason ?? 'complexity']];
  }
  if (status === 'fulfilled') {
    const fulfilled =
      kind === 'correction' && news.correctsEmail ? words.addressGranted : words.fulfilled[kind];
    return [...reversed, fulfilled];
  }
  if (status === 'denied') {
    const reason = words.denials[denialReason ?? 'not-covered'];
    const court = news.court ? [words.court] : [];
    const first = news.appealOutcome === 'upheld' ? words.upheld : words.denied(words.kinds[kind]);
    const appeal = news.appealBy === null ? [] : [words.appeal(dateText(locale, news.appealBy))];
    return [first, reason, ...appeal, words.remedy(authority.name, authority.url), ...court];
  }
  if (status === 'appealed') return [words.appealed(due)];
  if (status === 'expired') return [words.expired];
  const erases = erasesOn === null ? [] : [words.erases(dateText(locale, erasesOn))];
  return [...reversed, words.received(words.kinds[kind], due), ...erases];
}
