// Signed messages of agents (Data Rights Protocol 1.0, section 3.07): checked in its order. Each message is valid for one action. A message
// is remembered in the transaction that does what it asks, so that one that was refused can come again, and one whose answer
// was lost finds what it has done.

import type { EntityManager } from 'typeorm';
import { type Clock, today } from '../../../lib/calendar.js';
import { DAY_MS } from '../../../lib/durations.js';
import type { Keyring } from '../../../secrets/keyring.js';
import { type DrpAgentView, signedBy } from './drp-agents.js';

const VERSION = '1.0';
/** Messages that are valid for longer are refused: the replay guard would have to remember them for as long. */
const MAX_LIFETIME_MS = DAY_MS;

/** Section 3.06. `fatal`: sending it again does not help. */
export interface DrpError {
  readonly code: '400' | '403' | '404' | '409' | '413' | '415' | '429' | '500' | '503';
  readonly message: string;
  readonly fatal: boolean;
}

export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: DrpError };

export interface DrpMessage {
  readonly claims: Readonly<Record<string, unknown>>;
  /** By which it is remembered. */
  readonly digest: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

/** It has come before, perhaps at this moment to another gateway. */
export class MessageSeen extends Error {
  override readonly name = 'MessageSeen';
}

export function failed(
  code: DrpError['code'],
  message: string,
  fatal = true,
): { ok: false; error: DrpError } {
  return { ok: false, error: { code, message, fatal } };
}

export const FORBIDDEN = failed('403', 'This agent may not do that.');

export class DrpMessages {
  /** `businessId`: ours in the directory. */
  constructor(
    private readonly parts: { readonly keyring: Keyring; readonly businessId: string; readonly clock: Clock },
  ) {}

  /** What the agent has signed, when it is its own, for us, and good at this moment. */
  async check(agent: DrpAgentView, body: string): Promise<Answer<DrpMessage>> {
    const { keyring, businessId, clock } = this.parts;
    const claims = await signedBy(agent, body);
    if (claims === null) return failed('403', 'The signature does not verify.');
    if (claims['agent-id'] !== agent.id) return FORBIDDEN;
    if (claims['business-id'] !== businessId) return failed('403', 'The request is for another business.');
    const [issued, expires] = [timeOf(claims['issued-at']), timeOf(claims['expires-at'])];
    const now = clock();
    if (!(issued <= now)) return failed('400', 'issued-at is not in the past.', false);
    if (!(now < expires)) return failed('400', 'expires-at is over.');
    if (expires - issued > MAX_LIFETIME_MS) return failed('400', 'The request is valid for more than a day.');
    if (claims['drp.version'] !== VERSION) {
      return failed('400', 'This version of the protocol is not supported.');
    }
    const digest = keyring.digest('drp-message', `${agent.id} ${JSON.stringify(claims)}`);
    return { ok: true, value: { claims, digest, expires } };
  }

  /** The request that came of it, or null when none did; undefined: it has not come before. */
  async requestOf(
    manager: Pick<EntityManager, 'query'>,
    { digest }: DrpMessage,
  ): Promise<string | null | undefined> {
    const [seen] = await manager.query<{ requestId: string | null }[]>(
      'SELECT request_id AS "requestId" FROM drp_message WHERE digest = $1',
      [digest],
    );
    return seen?.requestId;
  }

  /** Throws MessageSeen; of two transactions at once, the second waits for the first. `requestId`: null for a key setup. */
  async remember(
    manager: Pick<EntityManager, 'query'>,
    { digest, expires }: DrpMessage,
    requestId: string | null,
  ): Promise<void> {
    const first = await manager.query<unknown[]>(
      `INSERT INTO drp_message (digest, expires_on, request_id) VALUES ($1, $2, $3)
       ON CONFLICT DO NOTHING RETURNING digest`,
      [digest, today(expires), requestId],
    );
    if (first.length === 0) throw new MessageSeen();
  }
}

/** Milliseconds since the epoch; NaN when it is no time. */
function timeOf(value: unknown): number {
  return typeof value === 'string' && value.length <= 64 ? Date.parse(value) : Number.NaN;
}
