// Submitting rights requests, and taking them back: by the person, by anyone who names an address, and by an agent for somebody
// else. Opting out of sale and sharing asks nobody who they are.
import type { DataSource, EntityManager } from 'typeorm';
import { violatedConstraint } from '../../db/unique-violation.js';
import type { ConsentSource } from '../../entities/consent/consent.js';
import type { RightsRequestKind, Verification } from '../../entities/rights/rights-request.js';
import type { Throttle } from '../../ephemeral/throttle.js';
import { parseEmail } from '../../input/email.js';
import { isUserError } from '../../input/listing.js';
import { done, type Outcome, refused, type UserError } from '../../input/user-error.js';
import { type Clock, daysAfter, today } from '../../lib/calendar.js';
import type { Address } from '../../lib/ip.js';
import type { AgeService } from '../account/age.js';
import { countryCode, countryError } from '../account/profile.js';
import type { PrivacyLaws } from '../policy/laws.js';
import { type Agent, agentErrors, isMailAgent, type RequestAgents, tidiedAgent } from './agents.js';
import { detailsErrors, detailsOf, isOptOut } from './details.js';
import type { Identification } from './identification.js';
import type { References } from './references.js';
import type { Entry, RightsDetails, RightsRequestRecord } from './request-record.js';
import type { RightsRequests } from './requests.js';
import type { RightsSwitches } from './switches.js';

/** To change one's mind about a deletion. */
export const DAYS_BEFORE_ERASURE = 7;

/** Of a letter that lay unread; longer than any law lets an answer take, but for an extension. */
const MAX_DAYS_SINCE_RECEIPT = 365;

export interface NewSubmission {
  readonly kind: RightsRequestKind;
  readonly details: RightsDetails;
  /** ISO 3166-1 alpha-2; of the signed in the account's counts. */
  readonly country: string | null;
  /** Such as `CA`. */
  readonly usState: string | null;
}

export interface SubmissionFor extends NewSubmission {
  readonly email: string;
  readonly agent: Agent | null;
  readonly source: Address | null;
  /** Of a request that came by mail or by telephone; such a one has no agent and no source. */
  readonly entry?: Entry;
  /** What else is written down in the transaction that takes the request. */
  readonly also?: (manager: EntityManager, requestId: string) => Promise<void>;
}

export interface Submitted {
  readonly request: RightsRequestRecord;
  /** Opaque: the person who submitted the request sees its status with it, and continues later. */
  readonly reference: string;
}

interface Parts {
  readonly database: DataSource;
  readonly ages: AgeService;
  readonly throttle: Pick<Throttle, 'allows'>;
  readonly laws: PrivacyLaws;
  readonly agents: RequestAgents;
  readonly references: References;
  readonly requests: RightsRequests;
  readonly identification: Identification;
  readonly switches: RightsSwitches;
  readonly clock: Clock;
}

export class RightsSubmission {
  constructor(private readonly parts: Parts) {}

  /** Of the signed-in person: with a fresh factor, unless they opt out. Null when the account is gone. */
  async submitSignedIn(accountId: string, submission: NewSubmission): Promise<Outcome<Submitted | null>> {
    const { database, laws, references, requests, throttle } = this.parts;
    const { kind } = submission;
    const optsOut = isOptOut(kind, submission.details);
    if (!(await throttle.allows(optsOut ? 'rights-opt-out' : 'rights-request', { accountId }))) {
      return refused({ field: null, code: 'TOO_MANY_ATTEMPTS' });
    }
    const details = detailsOf(submission.details);
    const userErrors = detailsErrors(kind, details);
    if (userErrors.length > 0) return refused(...userErrors);
    const [account] = await database.query<{ country: string | null }[]>(
      'SELECT country FROM account WHERE id = $1',
      [accountId],
    );
    if (account === undefined) return done(null);
    const { country } = account;
    const usState = stateOf(submission.usState);
    const { id: law } = laws.lawOf(country, usState);
    const verification = optsOut ? 'not-needed' : 'fresh-factor';
    return unlessOpen(database, async (manager) => {
      const { id } = await requests.create(manager, { kind, law, accountId, verification, details });
      const request = await this.established(manager, id, accountId, verification);
      return { request: request!, reference: references.issue({ requestId: id, country, usState }) };
    });
  }

  /** Of anyone, about an address. The answer is the same whether or not it has an account. */
  async submitFor(submission: SubmissionFor): Promise<Outcome<Submitted>> {
    const { throttle, laws, agents, references, requests, identification } = this.parts;
    const { kind, source, entry } = submission;
    const optsOut = isOptOut(kind, submission.details);
    const tooMany = refused({ field: null, code: 'TOO_MANY_ATTEMPTS' });
    // Before the strings are checked: anyone may make that costly.
    if (!(await this.allowsSource(submission, optsOut))) return tooMany;
    const email = parseEmail(submission.email);
    const details = detailsOf(submission.details);
    const country = submission.country === null ? null : countryCode(submission.country);
    const usState = stateOf(submission.usState);
    const agent = isMailAgent(submission.agent) ? tidiedAgent(submission.agent) : submission.agent;
    const userErrors = [
      email === null ? ({ field: 'email', code: 'INVALID_EMAIL' } as const) : null,
      country === null ? null : countryError(this.parts.ages, country),
      ...(isMailAgent(agent) ? agentErrors(agent) : []),
      ...detailsErrors(kind, details),
      entry === undefined ? null : this.entryError(entry),
    ].filter(isUserError);
    if (email === null || userErrors.length > 0) return refused(...userErrors);
    const registered = agent !== null && !isMailAgent(agent);
    const free = optsOut || registered || entry !== undefined;
    if (!free && !(await throttle.allows('rights-request-about', { email, source }))) return tooMany;
    const mailsAgent = isMailAgent(agent) && (await throttle.allows('rights-agent-mail', agent));
    // Nobody can fill a mailbox: requests beyond the day's limit of mails are accepted and not mailed.
    const mailed = registered || entry !== undefined ? { email } : { email, source };
    const mails = !isMailAgent(agent) && (await throttle.allows('rights-mail', mailed));
    const law = laws.lawOf(country, usState);
    return unlessOpen(this.parts.database, async (manager) => {
      const asked = { kind, law: law.id, accountId: null, verification: null, details, entry };
      const created = await requests.create(manager, asked);
      await submission.also?.(manager, created.id);
      await identification.awaitFor(manager, created, email);
      if (agent !== null) await agents.write(manager, created.id, agent, mailsAgent);
      const reference = references.issue({ requestId: created.id, country, usState });
      if (optsOut) {
        const request = await this.unidentified(
          manager,
          created.id,
          agent === null ? 'somebody' : 'agent',
          mails,
        );
        return { request, reference };
      }
      // Nobody is written to for an agent that has neither shown its address nor sent a permission.
      if (isMailAgent(agent)) return { request: created, reference };
      return { request: (await identification.start(manager, created.id, mails))!, reference };
    });
  }

  /**
   * Whose it is has been shown: it is answered under the law of the account's country, and what can be done at once is done.
   * Null when the request is not waiting for that. `source`: who says so, of what stands in the ledger of consents.
   */
  async established(
    manager: EntityManager,
    id: string,
    accountId: string,
    verification: Verification,
    { source = 'person', mails = true }: { source?: ConsentSource; mails?: boolean } = {},
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
      law: await this.lawOf(manager, before.law, accountId),
      ...(before.kind === 'deletion' && { erasesOn }),
      silent: change !== undefined,
    });
    if (begun === null) return null;
    await identification.end(manager, id);
    if (change === undefined) return begun;
    await switches[change](manager, accountId, details, source);
    return requests.advance(manager, id, 'fulfilled', { unmailed: !mails, byStranger: source !== 'person' });
  }

  /** By the person, or by anyone who has the reference; `accountId`: null for them. `also`: in the same transaction. */
  async withdraw(
    id: string,
    accountId: string | null,
    also: (manager: EntityManager) => Promise<void> = async () => {},
  ): Promise<Outcome<RightsRequestRecord>> {
    const { database, requests } = this.parts;
    return database.transaction(async (manager) => {
      const request = await requests.lock(manager, id);
      const others = accountId !== null && request?.accountId !== accountId;
      if (request === null || others) return refused({ field: 'id', code: 'UNKNOWN_REQUEST' });
      const withdrawn = await requests.advance(manager, id, 'withdrawn');
      if (withdrawn === null) return refused({ field: null, code: 'REQUEST_MOVED_ON' });
      await also(manager);
      return done(withdrawn);
    });
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

  /** The time for an answer runs from the day on which it came, which the law lets nobody move. */
  private entryError({ receivedOn }: Entry): UserError | null {
    const now = today(this.parts.clock());
    return receivedOn <= now && receivedOn >= daysAfter(now, -MAX_DAYS_SINCE_RECEIPT)
      ? null
      : { field: 'receivedOn', code: 'RECEIVED_ON_OUT_OF_RANGE' };
  }

  /** Of an officer by their account; of a registered agent by the agent, whose server asks for many; of others by their source. */
  private allowsSource({ agent, source, entry }: SubmissionFor, optsOut: boolean): Promise<boolean> {
    const { throttle } = this.parts;
    if (entry !== undefined) return throttle.allows('rights-entry', { accountId: entry.officerId });
    if (agent !== null && !isMailAgent(agent)) {
      return throttle.allows('drp-request', { agentId: agent.drpAgentId });
    }
    return throttle.allows(optsOut ? 'rights-opt-out' : 'rights-request-for', { source });
  }

  /** Its outcome is the same whether or not there is such an account, and an agent is notified of it in both cases. */
  private async unidentified(
    manager: EntityManager,
    id: string,
    source: 'agent' | 'somebody',
    mails: boolean,
  ): Promise<RightsRequestRecord> {
    const { requests, identification } = this.parts;
    const accountId = await identification.accountOf(manager, id);
    const verification = source === 'agent' ? 'agent' : 'not-needed';
    if (accountId !== null) {
      return (await this.established(manager, id, accountId, verification, { source, mails }))!;
    }
    await requests.advance(manager, id, 'in-progress', { verification, silent: true });
    return (await requests.advance(manager, id, 'fulfilled', { unmailed: !mails, byStranger: true }))!;
  }

  /** That of the account's country; that of the request when the account names none, or both are in the United States. */
  private async lawOf(manager: EntityManager, asked: string, accountId: string): Promise<string> {
    const { laws } = this.parts;
    const [account] = await manager.query<{ country: string | null }[]>(
      'SELECT country FROM account WHERE id = $1',
      [accountId],
    );
    const country = account?.country ?? null;
    if (country === null || (country === 'US' && laws.isOfUnitedStates(asked))) return asked;
    return laws.lawOf(country, null).id;
  }
}

/** One transaction; refused when the account has an open request of that kind. */
export async function unlessOpen<T>(
  database: DataSource,
  work: (manager: EntityManager) => Promise<T>,
): Promise<Outcome<T>> {
  try {
    return done(await database.transaction(work));
  } catch (error) {
    if (violatedConstraint(error) !== 'rights_request_open_once') throw error;
    return refused({ field: 'kind', code: 'REQUEST_OPEN' });
  }
}

/** Two letters in capitals; null otherwise. */
function stateOf(text: string | null): string | null {
  const state = text === null || text.length > 8 ? '' : text.trim().toUpperCase();
  return /^[A-Z]{2}$/.test(state) ? state : null;
}
