// What is said about rights requests to anyone who is not known yet: the link to the person, and what agents by mail hear.

import type { DataSource } from 'typeorm';
import type { RightsRequestKind, RightsRequestStatus } from '../../../entities/rights/rights-request.js';
import { type Locale, localeOf } from '../../../lib/locale.js';
import { type Letter } from '../../../mail/letter.js';
import type { Keyring } from '../../../secrets/keyring.js';
import type { TokenLink } from '../../sign-in/mails/access.js';
import type { RightsDetails } from '../requests.js';
import { rightsAgentLink, rightsAgentNews, rightsLapsed } from './rights-agent.js';
import { rightsNoData } from './rights-no-data.js';
import { rightsRequestLink } from './rights-request-link.js';

export interface RightsMail {
  readonly to: string;
  readonly locale: Locale;
  readonly letter: Letter;
}

interface AskedRow {
  readonly kind: RightsRequestKind;
  readonly receivedOn: string;
  readonly sealedDetails: string | null;
  readonly sealedEmail: string;
  readonly sealedContact: string | null;
  readonly registeredName: string | null;
}

/** Null: there is nobody to write to. `link`: the one that the mail carries. */
export class RightsMails {
  constructor(private readonly parts: { readonly database: DataSource; readonly keyring: Keyring }) {}

  /** To the address that somebody gave: a link when it has an account, and else that nothing is kept about it. */
  async link(id: string, link: () => TokenLink): Promise<RightsMail | null> {
    const { database } = this.parts;
    const [asked] = await database.query<AskedRow[]>(
      `SELECT kind, received_on::text AS "receivedOn", sealed_details AS "sealedDetails",
         sealed_email AS "sealedEmail", sealed_contact AS "sealedContact", drp_agent.name AS "registeredName"
       FROM rights_request_subject
       JOIN rights_request ON rights_request.id = rights_request_subject.request_id
       LEFT JOIN rights_request_agent USING (request_id)
       LEFT JOIN drp_agent ON drp_agent.id = drp_agent_id
       WHERE request_id = $1`,
      [id],
    );
    if (asked === undefined) return null;
    const { kind, receivedOn, sealedDetails } = asked;
    const address = this.opened(asked.sealedEmail, id);
    // The address of an account that was erased meanwhile is forgotten.
    if (!address) return null;
    const [recipient] = await database.query<{ email: string; locale: string }[]>(
      'SELECT email, locale FROM account WHERE email = $1',
      [address],
    );
    if (recipient === undefined) return { to: address, locale: 'en', letter: rightsNoData(receivedOn) };
    const locale = localeOf(recipient.locale);
    const details = JSON.parse(this.opened(sealedDetails, id) ?? '{}') as RightsDetails;
    const letter = { link: link(), kind, receivedOn, details, agent: this.agentOf(id, asked) };
    return { to: recipient.email, locale, letter: rightsRequestLink[locale](letter) };
  }

  /** To the address that an agent gave as its own. */
  async agentLink(id: string, link: () => TokenLink): Promise<RightsMail | null> {
    const to = await this.agentAddress(id, false);
    return to === null ? null : { to, locale: 'en', letter: rightsAgentLink.en(link()) };
  }

  async agentNews(id: string, status: RightsRequestStatus): Promise<RightsMail | null> {
    const to = await this.agentAddress(id, true);
    const [request] = await this.parts.database.query<{ receivedOn: string }[]>(
      'SELECT received_on::text AS "receivedOn" FROM rights_request WHERE id = $1',
      [id],
    );
    if (to === null || request === undefined) return null;
    return { to, locale: 'en', letter: rightsAgentNews.en({ status, requestId: id, ...request }) };
  }

  /** An address without an account has had its answer in place of the link. */
  async lapsed(address: string, kind: RightsRequestKind, receivedOn: string): Promise<RightsMail | null> {
    const [account] = await this.parts.database.query<{ locale: string }[]>(
      'SELECT locale FROM account WHERE email = $1',
      [address],
    );
    if (account === undefined) return null;
    const locale = localeOf(account.locale);
    return { to: address, locale, letter: rightsLapsed[locale]({ kind, receivedOn }) };
  }

  private agentOf(id: string, { sealedContact, registeredName }: AskedRow) {
    if (sealedContact === null) return null;
    const contact = JSON.parse(this.opened(sealedContact, id) ?? '{}');
    // An agent that is not in the register any more has no name, and the layout says so.
    return { name: registeredName ?? contact.name ?? '', email: contact.email ?? null };
  }

  /** Null when there is none, or it is not in that state (any more). */
  private async agentAddress(id: string, confirmed: boolean): Promise<string | null> {
    const [agent] = await this.parts.database.query<{ sealed: string }[]>(
      `SELECT sealed_contact AS sealed FROM rights_request_agent
       WHERE request_id = $1 AND confirmed = $2 AND drp_agent_id IS NULL`,
      [id, confirmed],
    );
    return JSON.parse(this.opened(agent?.sealed ?? null, id) ?? '{}').email ?? null;
  }

  private opened(sealed: string | null, id: string): string | null {
    return sealed === null ? null : this.parts.keyring.open('rights-request', sealed, id);
  }
}
