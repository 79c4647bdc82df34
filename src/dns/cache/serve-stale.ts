// Serve-stale (RFC 8767): when an expired answer may be sent, for how long, how it is marked, and when to forward again.
import { DAY_MS } from '../../lib/durations.js';
import type { Answer } from '../wire/answer.js';
import { extendedError } from '../wire/reply.js';
import { EXTENDED_ERROR, RCODE } from '../wire/wire.js';
import type { CachedAnswer } from './cache-reader.js';

/** All figures: RFC 8767 section 5. An expired answer may be sent for this long (maximum stale timer). */
const MAX_STALE_MS = DAY_MS;
/** How long a client waits for a fresh answer when there is a stale one (client response timer). */
const CLIENT_RESPONSE_MS = 1800;
/** After a failure the stale answer is sent for this long without forwarding again (failure recheck timer). */
const FAILURE_RECHECK_MS = 30_000;
/** Seconds that a client may keep a stale answer. */
const STALE_TTL = 30;

/** How `writeAnswer` sets the TTLs of a stale answer. */
export const STALE_TIMES = { age: 0, ttl: STALE_TTL };

const STALE_ANSWER = extendedError(EXTENDED_ERROR.STALE_ANSWER);
const STALE_NXDOMAIN_ANSWER = extendedError(EXTENDED_ERROR.STALE_NXDOMAIN_ANSWER);

/** Whether the answer may be sent although it has expired. `now`: milliseconds on the cache's clock. */
export function mayServeStale({ rcode, expiresAt }: CachedAnswer, now: number): boolean {
  return rcode !== RCODE.SERVFAIL && now < expiresAt + MAX_STALE_MS;
}

/** Whether the stale answer is sent at once, because forwarding has failed a short time ago. */
export function servesStaleNow(answer: CachedAnswer, now: number): boolean {
  return now < answer.retryAt && mayServeStale(answer, now);
}

/** When the query may be forwarded again after a failure, in milliseconds on the cache's clock. */
export function recheckAt(now: number): number {
  return now + FAILURE_RECHECK_MS;
}

/** The fresh answer; null when it has not come after the client response timer, or is a failure. */
export async function freshInTime(forwarded: Promise<Answer | null>): Promise<Answer | null> {
  const { promise: late, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(() => resolve(null), CLIENT_RESPONSE_MS);
  const answer = await Promise.race([forwarded, late]).finally(() => clearTimeout(timer));
  return answer?.rcode === RCODE.SERVFAIL ? null : answer;
}

/** The same answer with the extended error that marks it as stale (RFC 8914 sections 4.4 and 4.20). */
export function markedStale(answer: Answer): Answer {
  const options = staleOption(answer.rcode);
  return { ...answer, options, optionsLength: options.length };
}

/** As `markedStale`, in place and without allocating: `answer` is a copy that its reader overwrites next time. */
export function markStale(answer: CachedAnswer): void {
  const option = staleOption(answer.rcode);
  for (let i = 0; i < option.length; i++) answer.options[i] = option[i]!;
  answer.optionsLength = option.length;
}

function staleOption(rcode: number): Uint8Array {
  return rcode === RCODE.NXDOMAIN ? STALE_NXDOMAIN_ANSWER : STALE_ANSWER;
}
