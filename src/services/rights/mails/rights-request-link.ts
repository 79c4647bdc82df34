// The link by which people say that a request is theirs: who asks, what exactly, and what happens then.

import type { RightsRequestKind } from '../../../entities/rights/rights-request.js';
import { HOUR_MS } from '../../../lib/durations.js';
import { dateText, type InEveryLanguage, type Locale, localeOf } from '../../../lib/locale.js';
import { type Block, type Letter, type Piece } from '../../../mail/letter.js';
import { defineMail, type Loaded } from '../../../mail/mail.js';
import type { TokenLink } from '../../../mail/portal-link.js';
import type { Correction, RightsDetails } from '../request-record.js';
import { opened, type RightsMailParts } from './parts.js';
import { rightsNoData } from './rights-no-data.js';
import { RIGHTS_REASONS } from './rights-reasons.js';
import { LINK_WORDS } from './rights-request-link-words.js';

export interface RightsRequestLink {
  readonly link: TokenLink;
  readonly kind: RightsRequestKind;
  readonly details: RightsDetails;
  /** `YYYY-MM-DD` */
  readonly receivedOn: string;
  /** Who asks for the person, as they call themselves; null: somebody who gave the address. */
  readonly agent: { readonly name: string; readonly email: string | null } | null;
}

interface RequestRow {
  readonly kind: RightsRequestKind;
  readonly receivedOn: string;
  readonly sealedDetails: string | null;
  readonly sealedEmail: string;
  readonly sealedContact: string | null;
  readonly registeredName: string | null;
}

interface LinkContent {
  readonly receivedOn: string;
  /** Null when the address has no account. */
  readonly request: RightsRequestLink | null;
}

export const rightsRequestLinkMail = defineMail({
  name: 'rights-request-link',
  purpose: 'account',
  recipient: 'the address that the request is about',
  when: 'Somebody who is not signed in, or an agent, makes a rights request. The link verifies that the address belongs to the person. An address without an account is informed that no data about it is stored.',
  legalBasis: 'legal-obligation',
  heldBack: () => true,
  async load(
    { requestId: id }: { readonly requestId: string },
    parts: RightsMailParts,
  ): Promise<Loaded<LinkContent> | null> {
    const { database, link } = parts;
    const [request] = await database.query<RequestRow[]>(
      `SELECT kind, received_on::text AS "receivedOn", sealed_details AS "sealedDetails",
         sealed_email AS "sealedEmail", sealed_contact AS "sealedContact", drp_agent.name AS "registeredName"
       FROM rights_request_subject
       JOIN rights_request ON rights_request.id = rights_request_subject.request_id
       LEFT JOIN rights_request_agent USING (request_id)
       LEFT JOIN drp_agent ON drp_agent.id = drp_agent_id
       WHERE request_id = $1`,
      [id],
    );
    if (request === undefined) return null;
    const { kind, receivedOn, sealedDetails } = request;
    const address = opened(parts, request.sealedEmail, id);
    // The address of an account that was erased meanwhile is forgotten.
    if (!address) return null;
    const [account] = await database.query<{ email: string; locale: string }[]>(
      'SELECT email, locale FROM account WHERE email = $1',
      [address],
    );
    if (account === undefined) return { to: address, locale: 'en', content: { receivedOn, request: null } };
    const asked: RightsRequestLink = {
      link: link('rights-request-link', '/confirm-privacy-request', id, 24 * HOUR_MS),
      kind,
      receivedOn,
      details: JSON.parse(opened(parts, sealedDetails, id) ?? '{}') as RightsDetails,
      agent: agentOf(parts, id, request),
    };
    return { to: account.email, locale: localeOf(account.locale), content: { receivedOn, request: asked } };
  },
  render: (locale, { receivedOn, request }) =>
    request === null ? rightsNoData(receivedOn) : rightsRequestLink[locale](request),
});

function agentOf(parts: RightsMailParts, id: string, { sealedContact, registeredName }: RequestRow) {
  if (sealedContact === null) return null;
  const contact = JSON.parse(opened(parts, sealedContact, id) ?? '{}');
  // An agent that is not in the register any more has no name, and the layout says so.
  return { name: registeredName ?? contact.name ?? '', email: contact.email ?? null };
}

export const rightsRequestLink: InEveryLanguage<(asked: RightsRequestLink) => Letter> = {
  en: (asked) => letterOf('en', asked),
  de: (asked) => letterOf('de', asked),
  es: (asked) => letterOf('es', asked),
};

function letterOf(locale: Locale, asked: RightsRequestLink): Letter {
  const words = LINK_WORDS[locale];
  const { agent, kind, link } = asked;
  const opening: Block =
    agent === null ? words.somebody : [words.agent[0], { said: agent.name }, words.agent[1]];
  const consequence = words.consequences[kind];
  return {
    subject: words.subject,
    reason: RIGHTS_REASONS[locale].given,
    blocks: [
      opening,
      { facts: factsOf(locale, asked) },
      ...(consequence === undefined ? [] : [consequence]),
      { link: { label: words.label, ...link } },
      words.end,
    ],
  };
}

function factsOf(locale: Locale, { agent, kind, details, receivedOn }: RightsRequestLink) {
  const { facts, kinds, anyone } = LINK_WORDS[locale];
  const detail = detailOf(locale, details);
  const email: Piece[] = agent?.email == null ? [] : [', ', { address: agent.email }];
  return [
    [facts.request, kinds[kind]],
    ...(detail.length === 0 ? [] : [[facts.details, detail] as const]),
    [facts.receivedOn, dateText(locale, receivedOn)],
    [facts.askedBy, agent === null ? anyone : [{ said: agent.name }, ...email]],
  ] as const;
}

/** What somebody has written in their own words is not in it: it would speak in a mail of ours. */
function detailOf(locale: Locale, { correction, objections, purposes }: RightsDetails): readonly Piece[] {
  const words = LINK_WORDS[locale];
  if (correction !== undefined) return correctionOf(locale, correction);
  const listed = [
    ...(objections ?? []).map((objection) => words.objections[objection]),
    ...(purposes ?? []).map((purpose) => words.purposes[purpose]),
  ];
  return listed.length === 0 ? [] : [listed.join('; ')];
}

function correctionOf(locale: Locale, correction: Correction): readonly Piece[] {
  const { email, usage, app } = LINK_WORDS[locale];
  if (correction.field === 'email') return [email, { address: correction.value }];
  return correction.field === 'usage' ? [usage(dateText(locale, correction.day))] : [app];
}
