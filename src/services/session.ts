// Sessions: opaque tokens, of which only a digest is kept, and which end on a day rather than at a time.
import { createHash, randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Role } from '../entities/account.js';

const LIFETIME_DAYS = 30;
const DAY_SECONDS = 86_400;
/** 256 bits in base64url without padding. */
const TOKEN = /^[\w-]{43}$/;

export interface Session {
  readonly accountId: string;
  readonly role: Role;
  /** Whether the person has shown a second factor to begin it. */
  readonly secondFactor: boolean;
}

export interface NewSession {
  readonly token: string;
  /** A midnight in UTC, at most 30 days away. */
  readonly expires: Date;
}

export class SessionService {
  constructor(private readonly redis: Redis) {}

  /** `now`: milliseconds since the epoch. */
  async create(session: Session, now: number = Date.now()): Promise<NewSession> {
    const token = randomBytes(32).toString('base64url');
    // All sessions of one day end together, so the deadline tells a day and no time.
    const expires = (Math.floor(now / 1000 / DAY_SECONDS) + LIFETIME_DAYS) * DAY_SECONDS;
    const { accountId, role, secondFactor } = session;
    const value = JSON.stringify({ accountId, role, secondFactor });
    await this.redis.set(keyOf(token), value, 'EXAT', expires);
    return { token, expires: new Date(expires * 1000) };
  }

  /** The session that the token stands for, or null when it stands for none. */
  async find(token: string): Promise<Session | null> {
    if (!TOKEN.test(token)) return null;
    const value = await this.redis.get(keyOf(token));
    return value === null ? null : (JSON.parse(value) as Session);
  }

  /** Ends the session; one that has ended stays ended. */
  async revoke(token: string): Promise<void> {
    if (TOKEN.test(token)) await this.redis.del(keyOf(token));
  }
}

function keyOf(token: string): string {
  return `session:${createHash('sha256').update(token).digest('hex')}`;
}
