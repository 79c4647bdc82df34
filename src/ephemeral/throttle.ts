// Limits attempts per account, e-mail address and source. Attempts are counted in Redis under keyed digests, and counted alike
// whether or not the account exists.
import type { Redis } from 'ioredis';
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { type Address, userPrefix } from '../lib/ip.js';
import type { MemoryKey } from './memory-key.js';

const MINUTES = 60;
const HOURS = 60 * MINUTES;
const DAYS = 24 * HOURS;

/** Who makes the attempt. An absent part is not counted; a second call can name it. */
export interface Subject {
  /** In its canonical form; null when the string was no address, which is not counted. */
  readonly email?: string | null;
  readonly accountId?: string;
  /** Of a registered agent. */
  readonly agentId?: string;
  readonly networkId?: string;
  /** Of a network's addresses, in its canonical form. */
  readonly prefix?: string;
  /** Known only to a browser or a session of the person. Given instead of the other parts, and counted on its own. */
  readonly known?: string;
  /** Null when it cannot be determined: all such sources are counted as one. */
  readonly source?: Address | null;
}

/** Stands for every source that cannot be determined. */
const UNKNOWN_SOURCE = 'unknown';

type Part = 'email' | 'accountId' | 'agentId' | 'networkId' | 'prefix' | 'known' | 'source';

/** At most `tries` within `seconds` of the first of them, for each combination of the parts. */
interface Rule {
  readonly by: readonly Part[];
  readonly tries: number;
  readonly seconds: number;
}

/**
 * Rules are counted in order, and a refused attempt does not count for later rules: one source cannot use up the daily attempts of
 * a person at once. NIST SP 800-63B-4 section 3.2.2 allows at most 100 failures in a row.
 */
const RULES = {
  'sign-in': [
    { by: ['email', 'source'], tries: 10, seconds: 15 * MINUTES },
    { by: ['source'], tries: 100, seconds: 15 * MINUTES },
    { by: ['email'], tries: 100, seconds: DAYS },
    { by: ['known'], tries: 10, seconds: 15 * MINUTES },
    { by: ['known'], tries: 100, seconds: DAYS },
  ],
  'second-factor': [
    { by: ['accountId'], tries: 5, seconds: 15 * MINUTES },
    { by: ['accountId'], tries: 100, seconds: DAYS },
    { by: ['known'], tries: 5, seconds: 15 * MINUTES },
    { by: ['known'], tries: 100, seconds: DAYS },
  ],
  'step-up': [
    { by: ['known'], tries: 10, seconds: 15 * MINUTES },
    { by: ['known'], tries: 100, seconds: DAYS },
  ],
  'sign-up': [
    { by: ['source'], tries: 20, seconds: HOURS },
    { by: ['email'], tries: 5, seconds: HOURS },
  ],
  'confirm-sign-up': [{ by: ['email'], tries: 10, seconds: 15 * MINUTES }],
  'password-reset': [
    { by: ['source'], tries: 20, seconds: HOURS },
    { by: ['email'], tries: 5, seconds: HOURS },
  ],
  'reset-password': [{ by: ['email'], tries: 10, seconds: 15 * MINUTES }],
  'email-change': [
    { by: ['source'], tries: 20, seconds: HOURS },
    { by: ['accountId'], tries: 5, seconds: HOURS },
    { by: ['email'], tries: 5, seconds: HOURS },
  ],
  // Only grants: the withdrawal of a consent is never refused.
  consent: [{ by: ['accountId'], tries: 50, seconds: HOURS }],
  'rights-request': [
    { by: ['accountId'], tries: 10, seconds: 10 * MINUTES },
    { by: ['accountId'], tries: 30, seconds: DAYS },
  ],
  'rights-request-for': [{ by: ['source'], tries: 20, seconds: HOURS }],
  'rights-opt-out': [
    { by: ['source'], tries: 60, seconds: HOURS },
    { by: ['accountId'], tries: 30, seconds: DAYS },
  ],
  // Together with the source: nobody else uses up the requests of the owner of an address.
  'rights-request-about': [{ by: ['email', 'source'], tries: 5, seconds: DAYS }],
  // Mails to an address that anyone can enter. Beyond the limit the request is accepted, and no mail is sent.
  'rights-mail': [
    { by: ['email', 'source'], tries: 5, seconds: DAYS },
    { by: ['email'], tries: 20, seconds: DAYS },
  ],
  'rights-agent-mail': [{ by: ['email'], tries: 10, seconds: DAYS }],
  // A data protection officer enters the letters of a day.
  'rights-entry': [{ by: ['accountId'], tries: 200, seconds: HOURS }],
  // The server of an agent sends requests for thousands of people from one address.
  'drp-request': [{ by: ['agentId'], tries: 5000, seconds: HOURS }],
  'rights-document': [
    { by: ['source'], tries: 30, seconds: HOURS },
    { by: ['source'], tries: 60, seconds: DAYS },
  ],
  'usage-handle': [{ by: ['accountId'], tries: 5, seconds: HOURS }],
  // Whether it is one that the network has not had in this hour.
  'network-address': [{ by: ['networkId', 'prefix'], tries: 1, seconds: HOURS }],
  'network-addresses': [{ by: ['networkId'], tries: 30, seconds: HOURS }],
  // Between addresses that the network had in this hour, as a router with two lines does.
  'network-change': [{ by: ['networkId'], tries: 120, seconds: HOURS }],
  visit: [{ by: ['source'], tries: 300, seconds: HOURS }],
} as const satisfies Record<string, readonly Rule[]>;

export type Action = keyof typeof RULES;

interface Counter {
  readonly rule: Rule;
  readonly limiter: RateLimiterRedis;
}

export class Throttle {
  private readonly counters: Readonly<Record<Action, readonly Counter[]>>;

  constructor(
    redis: Redis,
    private readonly key: () => MemoryKey,
    private readonly clock: () => number = Date.now,
  ) {
    const counter = (rule: Rule): Counter => ({
      rule,
      limiter: new RateLimiterRedis({
        storeClient: redis,
        keyPrefix: 'throttle',
        points: rule.tries,
        duration: rule.seconds,
      }),
    });
    this.counters = Object.fromEntries(
      Object.entries(RULES).map(([action, rules]) => [action, rules.map(counter)]),
    ) as unknown as Record<Action, readonly Counter[]>;
  }

  /** Counts an attempt, before the work is done. Returns false when there were too many. Counts restart at midnight UTC. */
  async allows(action: Action, subject: Subject): Promise<boolean> {
    return (await this.refusedBy(action, subject)) === null;
  }

  /** As `allows`, but returns the parts whose limit is reached; null when the attempt is allowed. */
  async refusedBy(action: Action, subject: Subject): Promise<readonly Part[] | null> {
    for (const { rule, limiter } of this.counters[action]) {
      const key = this.keyOf(action, rule, subject);
      if (key !== null && !(await consumes(limiter, key))) return rule.by;
    }
    return null;
  }

  /**
   * After a success: attempts per account or e-mail address are forgotten. The source gets only this attempt back; otherwise its
   * owner could guess the passwords of others between two of their own sign-ins.
   */
  async forget(action: Action, subject: Subject): Promise<void> {
    await this.clear(action, subject);
    for (const { rule, limiter } of this.counters[action]) {
      const key = namesPerson(rule) ? null : this.keyOf(action, rule, subject);
      if (key !== null) await limiter.reward(key);
    }
  }

  /** After a proof that was not an attempt: attempts per account or e-mail address are forgotten, those of sources stay. */
  async clear(action: Action, subject: Subject): Promise<void> {
    for (const { rule, limiter } of this.counters[action]) {
      const key = namesPerson(rule) ? this.keyOf(action, rule, subject) : null;
      if (key !== null) await limiter.delete(key);
    }
  }

  private keyOf(action: Action, rule: Rule, subject: Subject): string | null {
    const parts = rule.by.map((part) => textOf(part, subject));
    if (parts.some((part) => part === null)) return null;
    return this.key().digest(JSON.stringify(['throttle', action, rule, ...parts]), this.clock());
  }
}

function namesPerson({ by }: Rule): boolean {
  return by.some((part) => part !== 'source');
}

function textOf(part: Part, subject: Subject): string | null {
  if (part !== 'source') return subject[part] ?? null;
  if (subject.source === undefined) return null;
  return subject.source === null ? UNKNOWN_SOURCE : userPrefix(subject.source).text;
}

async function consumes(limiter: RateLimiterRedis, key: string): Promise<boolean> {
  try {
    await limiter.consume(key);
    return true;
  } catch (error) {
    if (error instanceof RateLimiterRes) return false;
    throw error;
  }
}
