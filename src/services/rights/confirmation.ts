// Confirming what somebody has asked about a person: the link shows what it confirms before it does, and it is not enough for
// what would hand the account to anyone who reads the mailbox.
import type { DataSource, EntityManager } from 'typeorm';
import type { RightsRequestKind, Verification } from '../../entities/rights/rights-request.js';
import type { Throttle } from '../../ephemeral/throttle.js';
import { done, type Outcome, refused, type UserErrorCode } from '../../input/user-error.js';
import { type Clock, type Day, daysAfter, today } from '../../lib/calendar.js';
import type { Address } from '../../lib/ip.js';
import type { Keyring } from '../../secrets/keyring.js';
import type { SecondFactors } from '../sign-in/second-factors/second-factor.js';
import type { AskingAgent, RequestAgents } from './agents.js';
import type { Identification } from './identification.js';
import type { References } from './references.js';
import type { RightsRequestRecord } from './request-record.js';
import type { RightsRequests } from './requests.js';
import { DAYS_BEFORE_ERASURE, type RightsSubmission, unlessOpen } from './submission.js';

/** What a link confirms. */
export interface AskedRequest {
  readonly request: RightsRequestRecord;
  /** Null: somebody who gave the address. */
  readonly agent: AskingAgent | null;
  /** The last day on which it can be confirmed. */
  readonly confirmBy: Day;
  /** Of a deletion that is confirmed today; null for other kinds. */
  readonly erasesOn: Day | null;
  /** What has to be shown besides the link; null when the link is enough. */
  readonly needs: 'sign-in' | 'second-factor' | null;
}

type Verified = Verification | 'other' | { readonly needs: UserErrorCode };

export class RightsConfirmation {
  constructor(
    private readonly parts: {
      readonly database: DataSource;
      readonly keyring: Keyring;
      readonly throttle: Pick<Throttle, 'allows'>;
      readonly agents: RequestAgents;
      readonly references: References;
      readonly requests: RightsRequests;
      readonly identification: Identification;
      readonly submission: RightsSubmission;
      readonly secondFactors: Pick<SecondFactors, 'methods'>;
      readonly clock: Clock;
    },
  ) {}

  /** Changes nothing. Null when the link is none of ours, too old, or confirmed already. */
  async asked(token: string): Promise<AskedRequest | null> {
    const { database, agents, requests, identification, clock } = this.parts;
    const { manager } = database;
    const request = await requests.find(manager, this.linked('rights-request-link', token) ?? '');
    if (request?.status !== 'identity-required') return null;
    const accountId = await identification.accountOf(manager, request.id);
    const confirmBy = await identification.lastDayOf(manager, request.id);
    if (accountId === null || confirmBy === null) return null;
    const agent = await agents.find(manager, request.id);
    const { kind } = request;
    const erasesOn = kind === 'deletion' ? daysAfter(today(clock()), DAYS_BEFORE_ERASURE) : null;
    return { request, agent, confirmBy, erasesOn, needs: await this.needs(kind, accountId) };
  }

  /** Opens a link. `owner`: the signed-in person with a fresh factor, if there is one. */
  async confirm(token: string, owner: string | null): Promise<Outcome<RightsRequestRecord>> {
    const invalid = refused({ field: 'token', code: 'LINK_INVALID' });
    const id = this.linked('rights-request-link', token);
    if (id === null) return invalid;
    return this.identify(id, invalid, async (accountId, kind) => {
      if (owner === accountId) return 'fresh-factor';
      const needs = await this.needs(kind, accountId);
      if (needs === null) return 'mailbox';
      return { needs: needs === 'sign-in' ? 'SIGN_IN_NEEDED' : 'SECOND_FACTOR_NEEDED' };
    });
  }

  /** Confirms what somebody has asked about the address of the signed-in person, who has shown a fresh factor. */
  async confirmOwn(requestId: string, accountId: string): Promise<Outcome<RightsRequestRecord>> {
    const unknown = refused({ field: 'id', code: 'UNKNOWN_REQUEST' });
    return this.identify(requestId, unknown, async (owner) =>
      owner === accountId ? 'fresh-factor' : 'other',
    );
  }

  /** Another link to whom it waits for, for anyone who has the reference. */
  async sendLink(text: string, source: Address | null): Promise<Outcome<null>> {
    const { database, throttle, agents, references, requests, identification } = this.parts;
    const unknown = refused({ field: 'reference', code: 'UNKNOWN_REQUEST' });
    const reference = references.read(text);
    if (reference === null) return unknown;
    const { requestId } = reference;
    const { manager } = database;
    const email = await identification.emailOf(manager, { id: requestId, accountId: null });
    const agent = await agents.find(manager, requestId);
    const toAgent = agent !== null && !agent.confirmed;
    const mails = await (toAgent
      ? throttle.allows('rights-agent-mail', { email: agent.email })
      : throttle.allows('rights-mail', { email, source }));
    return database.transaction(async (manager) => {
      const request = await requests.lock(manager, requestId);
      if (request === null) return unknown;
      const waits = toAgent ? 'submitted' : 'identity-required';
      if (request.status !== waits) return refused({ field: null, code: 'REQUEST_MOVED_ON' });
      const sent = await (toAgent ? agents : identification).sendLink(manager, requestId, mails);
      return sent ? done(null) : refused({ field: null, code: 'LINKS_USED_UP' });
    });
  }

  /** The agent's own address is shown; with its permission, the person is written to. */
  async confirmAgent(token: string, source: Address | null): Promise<Outcome<null>> {
    const { database, agents, requests } = this.parts;
    const invalid = refused({ field: 'token', code: 'LINK_INVALID' });
    const id = this.linked('rights-agent-link', token);
    if (id === null) return invalid;
    const mails = await this.mayMail(id, source);
    return database.transaction(async (manager) => {
      const request = await requests.lock(manager, id);
      if (request?.status !== 'submitted' || !(await agents.confirm(manager, id))) return invalid;
      await this.startWithPermission(manager, id, mails);
      return done(null);
    });
  }

  /** Whether the person may be sent a mail about this request today. */
  async mayMail(requestId: string, source: Address | null): Promise<boolean> {
    const { database, identification, throttle } = this.parts;
    const email = await identification.emailOf(database.manager, { id: requestId, accountId: null });
    return throttle.allows('rights-mail', { email, source });
  }

  /** Writes to the person when the agent has shown its address and sent a permission. */
  async startWithPermission(manager: EntityManager, requestId: string, mails: boolean): Promise<void> {
    const [ready] = await manager.query<unknown[]>(
      `SELECT FROM rights_request_document JOIN rights_request_agent USING (request_id)
       WHERE request_id = $1 AND kind = 'permission' AND confirmed`,
      [requestId],
    );
    if (ready !== undefined) await this.parts.identification.start(manager, requestId, mails);
  }

  private linked(purpose: 'rights-request-link' | 'rights-agent-link', token: string): string | null {
    return this.parts.keyring.redeem(purpose, token, this.parts.clock());
  }

  /**
   * Nobody corrects anything, such as where the account's mail goes, by reading that mail (11 CCR § 7060(h), § 7061(a)).
   * Anyone who has only the mailbox could not sign in to an account with a second factor, and so cannot delete it, either.
   */
  private async needs(kind: RightsRequestKind, accountId: string): Promise<AskedRequest['needs']> {
    if (kind === 'correction') return 'sign-in';
    if (kind !== 'deletion') return null;
    const methods = await this.parts.secondFactors.methods(accountId);
    return methods.length === 0 ? null : 'second-factor';
  }

  /** `verify`: how it was shown; `other`: it is somebody else's; or what is needed besides. */
  private async identify(
    id: string,
    unknown: ReturnType<typeof refused>,
    verify: (accountId: string, kind: RightsRequestKind) => Promise<Verified>,
  ): Promise<Outcome<RightsRequestRecord>> {
    const { database, requests, identification, submission } = this.parts;
    const request = await requests.find(database.manager, id);
    if (request?.status !== 'identity-required') return unknown;
    const accountId = await identification.accountOf(database.manager, id);
    if (accountId === null) return unknown;
    // Asked before the transaction: no connection waits for another one.
    const verification = await verify(accountId, request.kind);
    if (verification === 'other') return unknown;
    if (typeof verification === 'object') return refused({ field: null, code: verification.needs });
    const outcome = await unlessOpen<Outcome<RightsRequestRecord>>(database, async (manager) => {
      const locked = await requests.lock(manager, id);
      const same = accountId === (await identification.accountOf(manager, id));
      if (locked?.status !== 'identity-required' || !same) return unknown;
      const established = await submission.established(manager, id, accountId, verification);
      return established === null ? unknown : done(established);
    });
    return outcome.ok ? outcome.value : outcome;
  }
}
