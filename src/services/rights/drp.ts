// The Data Rights Protocol 1.0 for authorised agents: what they sign is checked in the order of section 3.07, taken once, and
// answered with the statuses of section 3.02. The person is asked, as with any agent.
import type { DataSource } from 'typeorm';
import type { Address } from '../../allowlist/address.js';
import { type Clock, today } from '../../day.js';
import type { DenialReason, RightsRequestKind } from '../../entities/rights-request.js';
import type { Keyring } from '../../secrets/keyring.js';
import type { ProcessorRegister } from '../processors.js';
import { type DrpAgents, type DrpAgentView, signedBy } from './drp-agents.js';
import type { Objection, RightsRequestRecord, RightsRequests } from './requests.js';
import type { RightsSubmission } from './submission.js';

const VERSION = '1.0';
/** What is good for longer is not taken: it would have to be remembered for as long. */
const MAX_LIFETIME_MS = 24 * 3_600_000;

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

/** Section 3.02. */
const DENIALS: { readonly [R in DenialReason]?: string } = {
  'identity-not-verified': 'insuf_verification',
  'fraud-suspected': 'suspected_fraud',
  'permission-forged': 'suspected_fraud',
  'no-data-found': 'no_match',
  'not-covered': 'claim_not_covered',
  excessive: 'too_many_requests',
};

/** Section 3.03. Days are ISO 8601, too: there are no times here. */
export interface ExerciseStatus {
  readonly request_id: string;
  readonly agent_request_id?: string;
  readonly received_at: string;
  readonly expected_by?: string;
  readonly status: 'in_progress' | 'fulfilled' | 'denied' | 'revoked';
  readonly reason?: string;
  readonly processing_details?: string;
  readonly user_verification_url?: string;
  readonly results_url?: string;
}

/** Section 3.06. `fatal`: sending it again does not help. */
export interface DrpError {
  readonly code: '400' | '403' | '404' | '409' | '429';
  readonly message: string;
  readonly fatal: boolean;
}

type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: DrpError };

interface Contact {
  readonly agentRequestId: string | null;
  readonly statusCallback: string | null;
}

function failed(code: DrpError['code'], message: string, fatal = true): { ok: false; error: DrpError } {
  return { ok: false, error: { code, message, fatal } };
}

const FORBIDDEN = failed('403', 'This agent may not do that.');

/** The agents' entry in the register of processors. */
const PROCESSOR = 'drp-agents';

export class DataRightsProtocol {
  /** `businessId`: ours in the directory. `portalUrl`: without a slash at its end. */
  constructor(
    private readonly parts: {
      readonly database: DataSource;
      readonly agents: DrpAgents;
      readonly keyring: Keyring;
      readonly processors: ProcessorRegister;
      readonly requests: RightsRequests;
      readonly submission: RightsSubmission;
      readonly businessId: string;
      readonly portalUrl: string;
      readonly clock: Clock;
    },
  ) {}

  /** Pair-wise key setup (section 2.05); null when anything is wrong, which is not said. */
  async setUp(agentId: string, body: string): Promise<string | null> {
    const agent = await this.parts.agents.find(agentId);
    if (agent === null) return null;
    const message = await this.checked(agent, body);
    return message.ok ? this.parts.agents.newToken(agent.id) : null;
  }

  agentOf(token: string): Promise<DrpAgentView | null> {
    return this.parts.agents.ofToken(token);
  }

  /** Section 2.01. */
  async exercise(agent: DrpAgentView, body: string, source: Address | null): Promise<Answer<ExerciseStatus>> {
    const message = await this.checked(agent, body);
    if (!message.ok) return message;
    const { exercise, regime, email } = message.value;
    const action =
      typeof exercise === 'string' && Object.hasOwn(ACTIONS, exercise) ? ACTIONS[exercise] : undefined;
    if (action === undefined) return failed('400', 'This rights action is not supported.');
    if (regime !== undefined && regime !== 'ccpa') return failed('400', 'This regime is not supported.');
    if (typeof email !== 'string') return failed('400', 'The request needs the claim email.');
    const outcome = await this.parts.submission.submitFor({
      kind: action.kind,
      details: action.objections === undefined ? {} : { objections: action.objections },
      country: 'US',
      usState: 'CA',
      email,
      source,
      agent: {
        drpAgentId: agent.id,
        agentRequestId: textOf(message.value['agent-request-id']),
        statusCallback: textOf(message.value.status_callback),
      },
    });
    if (outcome.ok) return { ok: true, value: await this.statusOf(outcome.value.request) };
    const tooMany = outcome.faults.some(({ code }) => code === 'TOO_MANY_ATTEMPTS');
    return tooMany
      ? failed('429', 'There have been too many requests. Try again later.', false)
      : failed('400', 'The claims of the request cannot be read.');
  }

  /** Section 2.02. */
  async status(agent: DrpAgentView, requestId: string): Promise<Answer<ExerciseStatus>> {
    const request = await this.ownRequest(agent, requestId);
    return request === null ? FORBIDDEN : { ok: true, value: await this.statusOf(request) };
  }

  /** Section 2.04. */
  async revoke(agent: DrpAgentView, requestId: string, body: string): Promise<Answer<ExerciseStatus>> {
    if ((await signedBy(agent, body)) === null) return failed('403', 'The signature does not verify.');
    const request = await this.ownRequest(agent, requestId);
    if (request === null) return FORBIDDEN;
    await this.parts.submission.withdraw(request.id, null);
    const revoked = (await this.ownRequest(agent, requestId)) ?? request;
    return revoked.status === 'withdrawn'
      ? { ok: true, value: await this.statusOf(revoked) }
      : failed('409', 'The request has its outcome already.');
  }

  /** Requests of which something has changed since their agents were last called back. */
  async untold(): Promise<{ requestId: string; tries: number }[]> {
    return this.parts.database.query<{ requestId: string; tries: number }[]>(
      `SELECT request_id AS "requestId", callback_tries AS tries
       FROM rights_request_agent WHERE callback_tries IS NOT NULL AND drp_agent_id IS NOT NULL`,
    );
  }

  /** What the agent of such a request is called back with; null when there is nothing to say, or nowhere to say it. */
  async callbackOf(
    requestId: string,
  ): Promise<{ url: string; status: ExerciseStatus; tries: number } | null> {
    const { database, agents, requests } = this.parts;
    const [row] = await database.query<{ agentId: string; tries: number }[]>(
      `SELECT drp_agent_id AS "agentId", callback_tries AS tries FROM rights_request_agent
       WHERE request_id = $1 AND callback_tries IS NOT NULL AND drp_agent_id IS NOT NULL`,
      [requestId],
    );
    if (row === undefined) return null;
    const [agent, request] = [
      await agents.find(row.agentId),
      await requests.find(database.manager, requestId),
    ];
    const url = (await this.contactOf(requestId))?.statusCallback ?? '';
    // The address stands in what an agent has sent; that it is the agent's own, only the register says.
    const known =
      agent?.callbackOrigin != null && URL.canParse(url) && new URL(url).origin === agent.callbackOrigin;
    if (request !== null && known) return { url, status: await this.statusOf(request), tries: row.tries };
    await this.told(requestId, null);
    return null;
  }

  /** `tries`: how often it was tried in vain; null: there is nothing left to tell. */
  async told(requestId: string, tries: number | null): Promise<void> {
    await this.parts.database.query(
      'UPDATE rights_request_agent SET callback_tries = $2 WHERE request_id = $1',
      [requestId, tries],
    );
  }

  /** Section 3.07, in its order; and that the message comes for the first time. */
  private async checked(agent: DrpAgentView, body: string): Promise<Answer<Record<string, unknown>>> {
    const { database, keyring, businessId, clock } = this.parts;
    const message = await signedBy(agent, body);
    if (message === null) return failed('403', 'The signature does not verify.');
    if (message['agent-id'] !== agent.id) return FORBIDDEN;
    if (message['business-id'] !== businessId) return failed('403', 'The request is for another business.');
    const [issued, expires] = [timeOf(message['issued-at']), timeOf(message['expires-at'])];
    const now = clock();
    if (!(issued <= now)) return failed('400', 'issued-at is not in the past.', false);
    if (!(now < expires)) return failed('400', 'expires-at is over.');
    if (expires - issued > MAX_LIFETIME_MS) return failed('400', 'The request is good for more than a day.');
    if (message['drp.version'] !== VERSION)
      return failed('400', 'This version of the protocol is not supported.');
    const [first] = await database.query<unknown[]>(
      `INSERT INTO drp_message (digest, expires_on) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING digest`,
      [keyring.digest('drp-message', `${agent.id} ${JSON.stringify(message)}`), today(expires)],
    );
    return first === undefined
      ? failed('409', 'This message has come before.')
      : { ok: true, value: message };
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

  private async contactOf(requestId: string): Promise<Contact | null> {
    const [row] = await this.parts.database.query<{ sealed: string }[]>(
      'SELECT sealed_contact AS sealed FROM rights_request_agent WHERE request_id = $1',
      [requestId],
    );
    const text = row === undefined ? null : this.parts.keyring.open('rights-request', row.sealed, requestId);
    return text === null ? null : (JSON.parse(text) as Contact);
  }

  private async statusOf(request: RightsRequestRecord): Promise<ExerciseStatus> {
    const contact = await this.contactOf(request.id);
    const { id, receivedOn, dueOn } = request;
    return this.parts.processors.permitted(PROCESSOR, {
      request_id: id,
      ...(contact?.agentRequestId != null && { agent_request_id: contact.agentRequestId }),
      received_at: receivedOn,
      ...(dueOn !== null && { expected_by: dueOn }),
      ...this.stateOf(request),
    });
  }

  private stateOf({
    kind,
    status,
    denialReason,
  }: RightsRequestRecord): Pick<
    ExerciseStatus,
    'status' | 'reason' | 'processing_details' | 'user_verification_url' | 'results_url'
  > {
    const { portalUrl } = this.parts;
    switch (status) {
      case 'submitted':
      case 'identity-required':
        return {
          status: 'in_progress',
          reason: 'need_user_verification',
          user_verification_url: `${portalUrl}/confirm-privacy-request`,
          processing_details: 'If the address has an account, a link was sent to it.',
        };
      case 'in-progress':
        return { status: 'in_progress' };
      case 'extended':
        return { status: 'in_progress', processing_details: 'The answer takes longer than usual.' };
      case 'fulfilled':
        return kind === 'access'
          ? { status: 'fulfilled', results_url: `${portalUrl}/privacy-requests` }
          : { status: 'fulfilled' };
      case 'withdrawn':
      case 'erased':
        return { status: 'revoked' };
      case 'expired':
        return { status: 'denied', reason: 'insuf_verification' };
      case 'denied':
        return { status: 'denied', reason: (denialReason && DENIALS[denialReason]) ?? 'other' };
    }
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value.length <= 2000 ? value : null;
}

/** Milliseconds since the epoch; NaN when it is no time. */
function timeOf(value: unknown): number {
  return typeof value === 'string' ? Date.parse(value) : Number.NaN;
}
