// Sessions: opaque tokens, of which only a digest is kept, and which end on a day rather than at a time. An index by
// account knows them, so that all can be ended at once.

import { hash, randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { OWNER_CHANGED } from '../../allowlist/keys.js';
import { accountTopic } from '../../db/account-changes.js';
import type { Role } from '../../entities/account/account.js';
import { type Day, today } from '../../lib/calendar.js';
import { DAY_SECONDS } from '../../lib/durations.js';

const LIFETIME_DAYS = 30;
/** 256 bits in base64url without padding. */
const TOKEN = /^[\w-]{43}$/;

const SESSION = 'session:';
export const SESSIONS_OF = 'account-sessions:';

export interface Session {
  readonly accountId: string;
  readonly role: Role;
  /** Whether the person has shown a second factor to begin it. */
  readonly secondFactor: boolean;
  /** The version of the privacy policy under which its use has been recorded; absent until then. */
  readonly policyVersion?: string;
}

/** A session as its owner sees it. Only its token identifies it. */
export interface SessionView {
  readonly endsOn: Day;
  readonly secondFactor: boolean;
  readonly policyVersion: string | null;
}

export interface NewSession {
  readonly token: string;
  /** A midnight in UTC, at most 30 days away. */
  readonly expires: Date;
}

/**
 * Each script changes sessions and index together. KEYS: the session, or the index of the account. The index is sorted
 * by deadline, and forgets on the way what has passed it.
 */
const SCRIPTS = {
  /** KEYS: session, index. ARGV: value, deadline, digest, the last midnight; times in seconds since the epoch. */
  createSession: `
redis.call('SET', KEYS[1], ARGV[1], 'EXAT', ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', ARGV[4])
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[3])
redis.call('EXPIREAT', KEYS[2], ARGV[2])
`,
  /** KEYS: session. ARGV: prefix of indexes, digest, channel. */
  revokeSession: `
local value = redis.call('GETDEL', KEYS[1])
if not value then return end
local id = cjson.decode(value).accountId
redis.call('ZREM', ARGV[1] .. id, ARGV[2])
redis.call('PUBLISH', ARGV[3], redis.sha1hex('account:' .. id))
`,
  /** KEYS: index. ARGV: prefix of sessions, digest of the session that stays or empty, channel, topic of the account. */
  revokeSessions: `
for _, digest in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  if digest ~= ARGV[2] then
    redis.call('DEL', ARGV[1] .. digest)
    redis.call('ZREM', KEYS[1], digest)
  end
end
redis.call('PUBLISH', ARGV[3], ARGV[4])
`,
  /** KEYS: session. ARGV: value, the value that it takes the place of or empty for any. */
  replaceSession: `
if ARGV[2] == '' or redis.call('GET', KEYS[1]) == ARGV[2] then
  redis.call('SET', KEYS[1], ARGV[1], 'XX', 'KEEPTTL')
end
`,
} as const;

type Script = keyof typeof SCRIPTS;
type Scripts = Readonly<Record<Script, (keys: number, ...args: (string | number)[]) => Promise<unknown>>>;

interface Lookup {
  readonly key: string;
  resolve(session: Session | null): void;
  reject(error: unknown): void;
}

export class SessionService {
  private readonly redis: Redis & Scripts;
  private lookups: Lookup[] = [];

  constructor(redis: Redis) {
    for (const [name, lua] of Object.entries(SCRIPTS)) redis.defineCommand(name, { lua });
    this.redis = redis as Redis & Scripts;
  }

  /** `now`: milliseconds since the epoch. */
  async create(session: Session, now: number = Date.now()): Promise<NewSession> {
    const token = randomBytes(32).toString('base64url');
    const digest = digestOf(token);
    const seconds = Math.floor(now / 1000);
    // All sessions of one day end together, so the deadline reveals a day and no time.
    const expires = (Math.floor(seconds / DAY_SECONDS) + LIFETIME_DAYS) * DAY_SECONDS;
    const keys = [SESSION + digest, SESSIONS_OF + session.accountId];
    // A command that removes something is written to the append-only file with its numbers.
    const midnight = expires - LIFETIME_DAYS * DAY_SECONDS;
    await this.redis.createSession(2, ...keys, serialise(session), expires, digest, midnight);
    return { token, expires: new Date(expires * 1000) };
  }

  /** The session of the token, or null when there is none. */
  async find(token: string): Promise<Session | null> {
    if (!TOKEN.test(token)) return null;
    return new Promise((resolve, reject) => {
      // All that one turn of the event loop asks for is looked up at once: nearly every request asks.
      if (this.lookups.length === 0) setImmediate(() => this.lookUp());
      this.lookups.push({ key: SESSION + digestOf(token), resolve, reject });
    });
  }

  private async lookUp(): Promise<void> {
    const { lookups } = this;
    this.lookups = [];
    try {
      const values = await this.redis.mget(lookups.map(({ key }) => key));
      for (const [index, { resolve }] of lookups.entries()) {
        const value = values[index] ?? null;
        resolve(value === null ? null : (JSON.parse(value) as Session));
      }
    } catch (error) {
      for (const { reject } of lookups) reject(error);
    }
  }

  /** Whether a second factor counts as shown in this session from now on; one that has ended stays ended. */
  async setSecondFactor(token: string, secondFactor: boolean): Promise<void> {
    const session = await this.find(token);
    if (session === null) return;
    const value = serialise({ ...session, secondFactor });
    await this.redis.replaceSession(1, SESSION + digestOf(token), value, '');
  }

  /** Remembers that the session's use under the version has been recorded; a session that has changed since, or ended, stays as it is. */
  async rememberPolicy(token: string, session: Session, policyVersion: string): Promise<void> {
    const value = serialise({ ...session, policyVersion });
    await this.redis.replaceSession(1, SESSION + digestOf(token), value, serialise(session));
  }

  /** The account's sessions, by the day on which each ends. */
  async ofAccount(accountId: string): Promise<SessionView[]> {
    const index = await this.redis.zrange(SESSIONS_OF + accountId, 0, -1, 'WITHSCORES');
    const views: SessionView[] = [];
    for (let at = 0; at < index.length; at += 2) {
      const value = await this.redis.get(SESSION + index[at]!);
      if (value === null) continue;
      const { secondFactor, policyVersion = null } = JSON.parse(value) as Session;
      views.push({ endsOn: today(Number(index[at + 1]) * 1000), secondFactor, policyVersion });
    }
    const key = (view: SessionView) => JSON.stringify(view);
    return views.sort((one, other) => (key(one) < key(other) ? -1 : 1));
  }

  /** Ends the session; one that has ended stays ended. */
  async revoke(token: string): Promise<void> {
    if (!TOKEN.test(token)) return;
    const digest = digestOf(token);
    await this.redis.revokeSession(1, SESSION + digest, SESSIONS_OF, digest, OWNER_CHANGED);
  }

  /** Ends all sessions of the account but the one of `exceptToken`. */
  async revokeAll(accountId: string, exceptToken?: string): Promise<void> {
    const kept = exceptToken === undefined ? '' : digestOf(exceptToken);
    await this.redis.revokeSessions(
      1,
      SESSIONS_OF + accountId,
      SESSION,
      kept,
      OWNER_CHANGED,
      accountTopic(accountId),
    );
  }
}

/** Fields have one order, so that it reveals nothing about how the session was started. */
function serialise({ accountId, role, secondFactor, policyVersion }: Session): string {
  return JSON.stringify({ accountId, role, secondFactor, policyVersion });
}

function digestOf(token: string): string {
  return hash('sha256', token);
}
