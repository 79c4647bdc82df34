// The Data Rights Protocol 1.0 for authorised agents: what they sign is done once, and answered with the statuses of section
// 3.02. The person is asked, as with any agent, but for opting out of sale.
import type { DataSource } from 'typeorm';
import type { RightsRequestKind } from '../../../entities/rights/rights-request.js';
import type { UserErrorCode } from '../../../input/user-error.js';
import type { Clock } from '../../../lib/calendar.js';
import type { Keyring } from '../../../secrets/keyring.js';
import type { PrivacyLaws } from '../../policy/laws.js';
import type { ProcessorRegister } from '../../policy/processors.js';
import type { Objection, RightsRequestRecord } from '../request-record.js';
import type { RightsRequests } from '../requests.js';
import type { RightsSubmission } from '../submission.js';
import { type DrpAgents, type DrpAgentView, signedBy } from './drp-agents.js';
import {
  type Answer,
  type DrpError,
  type DrpMessage,
  DrpMessages,
  FORBIDDEN,
  failed,
  MessageSeen,
} from './drp-messages.js';
import { DrpStatuses, type ExerciseStatus, REGIME } from './drp-status.js';

/** Requests whose agent has not been notified of their last change. */
export const AGENTS_TO_NOTIFY =
  'rights_request_agent WHERE callback_tries IS NOT NULL AND drp_agent_id IS NOT NULL';

interface Action {
  readonly kind: RightsRequestKind;
  readonly objections?: readonly Objection[];
}

/** Section 3.01; what is not listed is not supported. */
const ACTIONS: Readonly<Record<string, Action>> = {
  access: { kind: 'access' },
  deletion: { kind: 'deletion' },
  'sale:opt-out': { kind: 'objection', objections: ['sale-or-sharing'] },
};

const REFUSALS: { readonly [C in UserErrorCode]?: { ok: false; error: DrpError } } = {
  TOO_MANY_ATTEMPTS: failed('429', 'There have been too many requests. Try again later.', false),
  REQUEST_OPEN: failed('409', 'A request of this kind is open. Try again when it has an outcome.', false),
};

const SEEN = failed('409', 'This message has come before.');

export class DataRightsProtocol {
  private readonly messages: DrpMessages;
  private readonly statuses: DrpStatuses;

  /** `businessId`: ours in the directory. `portalUrl`: without a slash at its end. */
  constructor(
    private readonly parts: {
      readonly database: DataSource;
      readonly agents: DrpAgents;
      readonly keyring: Keyring;
      readonly laws: PrivacyLaws;
      readonly processors: ProcessorRegister;
      readonly requests: RightsRequests;
      readonly submission: RightsSubmission;
      readonly businessId: string;
      readonly portalUrl: string;
      readonly clock: Clock;
    },
  ) {
    this.messages = new DrpMessages(parts);
    this.statuses = new DrpStatuses(parts);
  }

  /** Pair-wise key setup (section 2.05); null when anything is wrong, which is not said. */
  async setUp(agentId: string, body: string): Promise<string | null> {
    const { agents, database } = this.parts;
    const agent = await agents.find(agentId);
    if (agent === null) return null;
    const message = await this.messages.check(agent, body);
    // A request that somebody has seen on its way must not give them a token.
    if (!message.ok || 'exercise' in message.value.claims) return null;
    return database
      .transaction(async (manager) => {
        await this.messages.remember(manager, message.value, null);
        return agents.newToken(manager, agent.id);
      })
      .catch(nullIfSeen);
  }

  agentOf(token: string): Promise<DrpAgentView | null> {
    return this.parts.agents.ofToken(token);
  }

  /** Section 2.01. The same message again finds the request that came of it. */
  async exercise(agent: DrpAgentView, body: string): Promise<Answer<ExerciseStatus>> {
    const checked = await this.messages.check(agent, body);
    if (!checked.ok) return checked;
    const message = checked.value;
    const known = await this.known(agent, message);
    if (known !== null) return known;
    const asked = askedOf(message);
    if (!asked.ok) return asked;
    const outcome = await this.parts.submission
      .submitFor({
        ...asked.value,
        ...REGIME,
        source: null,
        agent: {
          drpAgentId: agent.id,
          agentRequestId: textOf(message.claims['agent-request-id']),
          statusCallback: textOf(message.claims.status_callback),
        },
        also: (manager, requestId) => this.messages.remember(manager, message, requestId),
      })
      .catch(nullIfSeen);
    if (outcome === null) return (await this.known(agent, message)) ?? SEEN;
    if (outcome.ok) return { ok: true, value: await this.statuses.of(outcome.value.request) };
    const [refusal] = outcome.userErrors.flatMap(({ code }) => REFUSALS[code] ?? []);
    return refusal ?? failed('400', 'The claims of the request cannot be read.');
  }

  /** Section 2.02. */
  async status(agent: DrpAgentView, requestId: string): Promise<Answer<ExerciseStatus>> {
    const request = await this.ownRequest(agent, requestId);
    return request === null ? FORBIDDEN : { ok: true, value: await this.statuses.of(request) };
  }

  /**
   * Section 2.04. The message may be nothing but its reason, as that section has it, which the token alone binds to a moment;
   * A message that carries claims is checked like any other, and is valid for one request.
   */
  async revoke(agent: DrpAgentView, requestId: string, body: string): Promise<Answer<ExerciseStatus>> {
    const signed = await signedBy(agent, body);
    if (signed === null) return failed('403', 'The signature does not verify.');
    const bare = Object.keys(signed).every((claim) => claim === 'reason');
    const checked = bare ? null : await this.messages.check(agent, body);
    if (checked?.ok === false) return checked;
    if ('exercise' in signed) return failed('400', 'This message asks for something, and revokes nothing.');
    const request = await this.ownRequest(agent, requestId);
    if (request === null) return FORBIDDEN;
    const message = checked?.value ?? null;
    const seen = message && (await this.messages.requestOf(this.parts.database, message));
    if (message !== null && seen !== undefined && seen !== request.id) return SEEN;
    await this.parts.submission
      .withdraw(request.id, null, async (manager) => {
        if (message !== null) await this.messages.remember(manager, message, request.id);
      })
      .catch(nullIfSeen);
    const revoked = (await this.ownRequest(agent, requestId)) ?? request;
    return revoked.status === 'withdrawn'
      ? { ok: true, value: await this.statuses.of(revoked) }
      : failed('409', 'The request has its outcome already.');
  }

  /** Requests of which something has changed since their agents were last called back. */
  async waitingCallbacks(): Promise<{ requestId: string; agentId: string; tries: number }[]> {
    return this.parts.database.query<{ requestId: string; agentId: string; tries: number }[]>(
      `SELECT request_id AS "requestId", drp_agent_id AS "agentId", callback_tries AS tries
       FROM ${AGENTS_TO_NOTIFY}
       ORDER BY callback_tries, request_id`,
    );
  }

  /**
   * What the agent of such a request is called back with; null when there is nothing to say, or nowhere to say it. This
   * call counts as a try, also when its process is killed. `tries`: how many there were, with this one.
   */
  async callbackOf(
    requestId: string,
  ): Promise<{ url: string; status: ExerciseStatus; tries: number } | null> {
    const { database, agents, requests } = this.parts;
    // Counted before the status is read: a change after that sets the number to 0, which `markNotified` leaves as it is.
    const [[row]] = await database.query<[{ agentId: string; sealed: string; tries: number }[], number]>(
      `UPDATE rights_request_agent SET callback_tries = callback_tries + 1
       WHERE request_id = $1 AND callback_tries IS NOT NULL AND drp_agent_id IS NOT NULL
       RETURNING drp_agent_id AS "agentId", sealed_contact AS sealed, callback_tries AS tries`,
      [requestId],
    );
    if (row === undefined) return null;
    const agent = await agents.find(row.agentId);
    const request = await requests.find(database.manager, requestId);
    const url = this.statuses.contactOf(requestId, row.sealed)?.statusCallback ?? '';
    // The agent sent the URL; only the register confirms that it is the agent's own.
    const known =
      agent?.callbackOrigin != null && URL.canParse(url) && new URL(url).origin === agent.callbackOrigin;
    if (request !== null && known) {
      return { url, status: await this.statuses.of(request), tries: row.tries };
    }
    await this.markNotified(requestId, row.tries);
    return null;
  }

  /** Nothing is left to say, unless the status has changed since the try of this number began. */
  async markNotified(requestId: string, tries: number): Promise<void> {
    await this.parts.database.query(
      'UPDATE rights_request_agent SET callback_tries = NULL WHERE request_id = $1 AND callback_tries = $2',
      [requestId, tries],
    );
  }

  /** What came of a message that has come before; null when it has not. */
  private async known(agent: DrpAgentView, message: DrpMessage): Promise<Answer<ExerciseStatus> | null> {
    const requestId = await this.messages.requestOf(this.parts.database, message);
    if (requestId === undefined) return null;
    const request = requestId === null ? null : await this.ownRequest(agent, requestId);
    return request === null ? SEEN : { ok: true, value: await this.statuses.of(request) };
  }

  private async ownRequest(agent: DrpAgentView, id: string): Promise<RightsRequestRecord | null> {
    const request = await this.parts.requests.find(this.parts.database.manager, id);
    if (request === null) return null;
    const [own] = await this.parts.database.query<unknown[]>(
      'SELECT FROM rights_request_agent WHERE request_id = $1 AND drp_agent_id = $2',
      [request.id, agent.id],
    );
    return own === undefined ? null : request;
  }
}

function askedOf({ claims }: DrpMessage) {
  const { exercise, regime, email } = claims;
  const action =
    typeof exercise === 'string' && Object.hasOwn(ACTIONS, exercise) ? ACTIONS[exercise] : undefined;
  if (action === undefined) return failed('400', 'This rights action is not supported.');
  if (regime !== undefined && regime !== 'ccpa') return failed('400', 'This regime is not supported.');
  if (typeof email !== 'string') return failed('400', 'The request needs the claim email.');
  const { kind, objections } = action;
  const details = objections === undefined ? {} : { objections };
  return { ok: true, value: { kind, details, email } } as const;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value.length <= 2000 ? value : null;
}

function nullIfSeen(error: unknown): null {
  if (error instanceof MessageSeen) return null;
  throw error;
}
