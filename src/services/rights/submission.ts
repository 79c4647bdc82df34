// Submitting rights requests, showing whose they are, and taking them back: by the person, by anyone who names an address,
// and by an agent for somebody else.
import { type DataSource, type EntityManager, QueryFailedError } from 'typeorm';
import type { Address } from '../../allowlist/address.js';
import { type Clock, daysAfter, today } from '../../day.js';
import type { RightsRequestKind, Verification } from '../../entities/rights-request.js';
import type { Keyring } from '../../secrets/keyring.js';
import type { AgeService } from '../age.js';
import { parseEmail } from '../email.js';
import { done, type Fault, type Outcome, refused } from '../fault.js';
import { isFault } from '../listing.js';
import { requiredNameFault } from '../names.js';
import { countryCode, countryFault } from '../profile.js';
import type { SecondFactors } from '../second-factor.js';
import { written } from '../text.js';
import type { Throttle } from '../throttle.js';
import { detailsFaults, detailsOf } from './details.js';
import type { Identification } from './identification.js';
import type { PrivacyLaws } from './laws.js';
import type { RightsDetails, RightsRequestRecord, RightsRequests } from './requests.js';
import type { RightsSwitches } from './switches.js';

/** To change one's mind about a deletion. */
const DAYS_BEFORE_ERASURE = 7;
const DAY_MS = 86_400_000;
/** Longer than any law lets an answer take. */
const REFERENCE_LIFETIME_MS = 400 * DAY_MS;

const UNIQUE_VIOLATION = '23505';

export interface NewSubmission {
  readonly kind: RightsRequestKind;
  readonly details: RightsDetails;
  /** ISO 3166-1 alpha-2; of the signed in the account's counts. */
  readonly country: string | null;
  /** Such as `CA`. */
  readonly usState: string | null;
}

/** Somebody who asks for somebody else: known by an e-mail address, or by the Data Rights Protocol. */
export type Agent =
  | { readonly name: string; readonly email: string }
  | {
      readonly drpAgentId: string;
      readonly agentRequestId: string | null;
      readonly statusCallback: string | null;
    };

export interface SubmissionFor extends NewSubmission {
  readonly email: string;
  readonly agent: Agent | null;
  readonly source: Address | null;
  /** Whether the law lets nobody ask who it is: what is asked is done at once, for whoever has an account. */
  readonly unverified?: boolean;
}

export interface Submitted {
  readonly request: RightsRequestRecord;
  /** Opaque: with it, whoever asked sees the status and goes on later. */
  readonly reference: string;
}

interface Parts {
  readonly database: DataSource;
  readonly ages: AgeService;
  readonly keyring: Keyring;
  readonly throttle: Pick<Throttle, 'allows'>;
  readonly laws: PrivacyLaws;
  readonly requests: RightsRequests;
  readonly identification: Identification;
  readonly switches: RightsSwitches;
  readonly secondFactors: Pick<SecondFactors, 'methods'>;
  readonly clock: Clock;
}

export class RightsSubmission {
  constructor(private readonly parts: Parts) {}

  /** Of a person who has shown a fresh factor. Null when the account is gone. */
  async submitSignedIn(accountId: string, submission: NewSubmission): Promise<Outcome<Submitted | null>> {
    const { database, laws, requests, throttle } = this.parts;
    if (!(await throttle.allows('rights-request', { accountId }))) {
      return refused({ field: null, code: 'TOO_MANY_ATTEMPTS' });
    }
    const details = detailsOf(submission.details);
    const faults = detailsFaults(submission.kind, details);
    if (faults.length > 0) return refused(...faults);
    const [account] = await database.query<{ country: string | null }[]>(
      'SELECT country FROM account WHERE id = $1',
      [accountId],
    );
    if (account === undefined) return done(null);
    const { id: law } = laws.lawOf(account.country, stateOf(submission.usState));
    const { kind } = submission;
    return this.unlessOpen(async (manager) => {
      const { id } = await requests.create(manager, {
        kind,
        law,
        accountId,
        verification: 'fresh-factor',
        details,
      });
      const request = await this.established(manager, id, accountId, 'fresh-factor');
      return { request: request!, reference: this.referenceOf(id) };
    });
  }

  /** Of anyone, about an address. The answer is the same whether or not it has an account. */
  async submitFor(submission: SubmissionFor): Promise<Outcome<Submitted>> {
    const { throttle, laws, requests, identification } = this.parts;
    const { kind, agent, source } = submission;
    const tooMany = refused({ field: null, code: 'TOO_MANY_ATTEMPTS' });
    // Before a look at the texts, which a stranger may make costly.
    if (!(await throttle.allows('rights-request-for', { source }))) return tooMany;
    const email = parseEmail(submission.email);
    const details = detailsOf(submission.details);
    const country = submission.country === null ? null : countryCode(submission.country);
    const faults = [
      email === null ? ({ field: 'email', code: 'INVALID_EMAIL' } as const) : null,
      country === null ? null : countryFault(this.parts.ages, country),
      ...(agent !== null && 'name' in agent ? agentFaults(agent) : []),
      ...detailsFaults(kind, details),
    ].filter(isFault);
    if (email === null || faults.length > 0) return refused(...faults);
    if (!(await throttle.allows('rights-request-for', { email }))) return tooMany;
    const { id: law } = laws.lawOf(country, stateOf(submission.usState));
    return this.unlessOpen(async (manager) => {
      const created = await requests.create(manager, {
        kind,
        law,
        accountId: null,
        verification: null,
        details,
      });
      await identification.awaitFor(manager, created.id, email);
      if (agent !== null) await this.writeAgent(manager, created.id, agent);
      if (submission.unverified === true) {
        const request = await this.unidentified(manager, created.id);
        return { request, reference: this.referenceOf(created.id) };
      }
      // An agent without a permission is not believed enough to write to anybody.
      const waits = agent !== null && 'name' in agent;
      const request = waits ? created : (await identification.start(manager, created.id))!;
      return { request, reference: this.referenceOf(created.id) };
    });
  }

  /** Opens a link. `owner`: the signed-in person with a fresh factor, if there is one. */
  async confirm(token: string, owner: string | null): Promise<Outcome<RightsRequestRecord>> {
    const invalid = refused({ field: 'token', code: 'LINK_INVALID' });
    const id = this.parts.keyring.redeem('rights-request-link', token, this.parts.clock());
    if (id === null) return invalid;
    return this.identify(id, invalid, async (manager, accountId, kind) => {
      if (kind !== 'deletion' || owner === accountId) return 'mailbox';
      // Whoever has only the mailbox could not sign in, either.
      const methods = await this.parts.secondFactors.methods(accountId, manager);
      return methods.length === 0 ? 'mailbox' : null;
    });
  }

  /** Confirms what somebody has asked about the address of the signed-in person, who has shown a fresh factor. */
  async confirmOwn(requestId: string, accountId: string): Promise<Outcome<RightsRequestRecord>> {
    const unknown = refused({ field: 'id', code: 'UNKNOWN_REQUEST' });
    return this.identify(requestId, unknown, async (_manager, owner) =>
      owner === accountId ? 'fresh-factor' : 'other',
    );
  }

  /** Whose it is has been shown: what can be done at once is done. Null when the request is not waiting for that. */
  async established(
    manager: EntityManager,
    id: string,
    accountId: string,
    verification: Verification,
  ): Promise<RightsRequestRecord | null> {
    const { requests, switches, identification } = this.parts;
    const before = await requests.lock(manager, id);
    if (before === null) return null;
    const details = requests.details(before);
    const erasesOn = daysAfter(today(this.parts.clock()), DAYS_BEFORE_ERASURE);
    const atOnce = {
      restriction: 'restrict',
      objection: 'object',
      'withdrawal-of-consent': 'withdraw',
    } as const;
    const change = atOnce[before.kind as keyof typeof atOnce];
    const begun = await requests.advance(manager, id, 'in-progress', {
      accountId,
      verification,
      ...(before.kind === 'deletion' && { erasesOn }),
      silent: change !== undefined,
    });
    if (begun === null) return null;
    await identification.end(manager, id);
    if (change === undefined) return begun;
    await switches[change](manager, accountId, details);
    return requests.advance(manager, id, 'fulfilled');
  }

  /** Another link, for whoever has the reference. */
  async sendLink(reference: string): Promise<Outcome<null>> {
    const { database, requests, identification } = this.parts;
    const id = this.requestOf(reference);
    return database.transaction(async (manager) => {
      const request = id === null ? null : await requests.lock(manager, id);
      if (request === null) return refused({ field: 'reference', code: 'UNKNOWN_REQUEST' });
      if (request.status !== 'identity-required') return refused({ field: null, code: 'REQUEST_MOVED_ON' });
      const sent = await identification.sendLink(manager, request.id);
      return sent ? done(null) : refused({ field: null, code: 'LINKS_USED_UP' });
    });
  }

  /** By the person, or by whoever has the reference; `accountId`: null for them. */
  async withdraw(id: string, accountId: string | null): Promise<Outcome<RightsRequestRecord>> {
    const { database, requests } = this.parts;
    return database.transaction(async (manager) => {
      const request = await requests.lock(manager, id);
      const others = accountId !== null && request?.accountId !== accountId;
      if (request === null || others) return refused({ field: 'id', code: 'UNKNOWN_REQUEST' });
      const withdrawn = await requests.advance(manager, id, 'withdrawn');
      return withdrawn === null ? refused({ field: null, code: 'REQUEST_MOVED_ON' }) : done(withdrawn);
    });
  }

  /** What a reference stands for; null when it is none of ours. */
  requestOf(reference: string): string | null {
    return this.parts.keyring.redeem('rights-request-reference', reference, this.parts.clock());
  }

  /** Those of the account, and those that wait for it to say that they are its own; the newest first. */
  async ofAccount(accountId: string): Promise<RightsRequestRecord[]> {
    const { database, requests, identification } = this.parts;
    const [account] = await database.query<{ email: string }[]>('SELECT email FROM account WHERE id = $1', [
      accountId,
    ]);
    if (account === undefined) return [];
    return requests.ofPerson(database.manager, accountId, identification.digest(account.email));
  }

  /** Its outcome is the same whether or not there is such an account. */
  private async unidentified(manager: EntityManager, id: string): Promise<RightsRequestRecord> {
    const { requests, identification } = this.parts;
    const accountId = await identification.accountOf(manager, id);
    if (accountId !== null) return (await this.established(manager, id, accountId, 'agent'))!;
    await requests.advance(manager, id, 'in-progress', { silent: true });
    return (await requests.advance(manager, id, 'fulfilled', { silent: true }))!;
  }

  private referenceOf(id: string): string {
    const expires = this.parts.clock() + REFERENCE_LIFETIME_MS;
    return this.parts.keyring.issue('rights-request-reference', id, expires);
  }

  private async writeAgent(manager: EntityManager, id: string, agent: Agent): Promise<void> {
    const drpAgentId = 'drpAgentId' in agent ? agent.drpAgentId : null;
    await manager.query(
      'INSERT INTO rights_request_agent (request_id, drp_agent_id, sealed_contact) VALUES ($1, $2, $3)',
      [id, drpAgentId, this.parts.keyring.seal('rights-request', JSON.stringify(agent), id)],
    );
  }

  /** `verify`: how it was shown; `other`: it is somebody else's; null: a second factor is needed. */
  private async identify(
    id: string,
    unknown: ReturnType<typeof refused>,
    verify: (
      manager: EntityManager,
      accountId: string,
      kind: RightsRequestKind,
    ) => Promise<Verification | 'other' | null>,
  ): Promise<Outcome<RightsRequestRecord>> {
    const { requests, identification } = this.parts;
    const outcome = await this.unlessOpen<Outcome<RightsRequestRecord>>(async (manager) => {
      const request = await requests.lock(manager, id);
      if (request?.status !== 'identity-required') return unknown;
      const accountId = await identification.accountOf(manager, id);
      if (accountId === null) return unknown;
      const verification = await verify(manager, accountId, request.kind);
      if (verification === 'other') return unknown;
      if (verification === null) return refused({ field: null, code: 'SECOND_FACTOR_NEEDED' });
      const established = await this.established(manager, id, accountId, verification);
      return established === null ? unknown : done(established);
    });
    return outcome.ok ? outcome.value : outcome;
  }

  /** One transaction; refused when the account has an open request of that kind. */
  private async unlessOpen<T>(work: (manager: EntityManager) => Promise<T>): Promise<Outcome<T>> {
    try {
      return done(await this.parts.database.transaction(work));
    } catch (error) {
      if (!(error instanceof QueryFailedError && 'code' in error && error.code === UNIQUE_VIOLATION)) {
        throw error;
      }
      return refused({ field: 'kind', code: 'REQUEST_OPEN' });
    }
  }
}

function stateOf(text: string | null): string | null {
  return text?.trim().toUpperCase() ?? null;
}

function agentFaults({ name, email }: { name: string; email: string }): (Fault | null)[] {
  return [
    requiredNameFault(written(name), 'agent.name'),
    parseEmail(email) === null ? { field: 'agent.email', code: 'INVALID_EMAIL' } : null,
  ];
}
