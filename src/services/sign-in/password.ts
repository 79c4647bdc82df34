// Passwords: which are accepted, and hashing that a flood of sign-ins cannot turn against the machine's memory.
import { randomBytes } from 'node:crypto';
import { type Algorithm, hash, verify } from '@node-rs/argon2';
import { isLongerThan } from '../../input/text.js';
import type { UserError } from '../../input/user-error.js';
import { Overloaded } from '../../runtime/availability.js';
import type { BreachedPasswords } from './breached-passwords.js';

/** NIST SP 800-63B-4 section 3.1.1.2. */
const MIN_CHARACTERS_ALONE = 15;
const MIN_CHARACTERS_WITH_SECOND_FACTOR = 8;
const MAX_CHARACTERS = 256;
/** Of a text that composing may make short enough: four to a character. */
const MAX_CODE_UNITS = MAX_CHARACTERS * 4;

/** A `const enum` cannot be imported from a package that is compiled file by file. */
const ARGON2ID: Algorithm.Argon2id = 2;

/** The least that OWASP's Password Storage Cheat Sheet asks for: 19 MiB, two passes, one lane. */
const ARGON2 = { algorithm: ARGON2ID, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** How every hash of today begins (PHC string format). */
const CURRENT = `$argon2id$v=19$m=${ARGON2.memoryCost},t=${ARGON2.timeCost},p=${ARGON2.parallelism}$`;

/** Each hash takes one of the four threads that Node has for such work, and 19 MiB. */
const MAX_RUNNING = 2;
const MAX_WAITING = 200;

/** Which passwords an account may have. */
export class PasswordRules {
  constructor(private readonly breached: BreachedPasswords) {}

  /** Unicode characters (code points) are counted, as NIST SP 800-63B-4 asks. `email` is in its one form. */
  async check(
    password: string,
    email: string | null,
    account: { readonly secondFactor: boolean },
  ): Promise<UserError | null> {
    const field = 'password';
    const prepared = prepare(password);
    if (prepared === null) return { field, code: 'PASSWORD_TOO_LONG' };
    const least = account.secondFactor ? MIN_CHARACTERS_WITH_SECOND_FACTOR : MIN_CHARACTERS_ALONE;
    if ([...prepared].length < least) return { field, code: 'PASSWORD_TOO_SHORT' };
    if (email !== null && prepared.toLowerCase() === email) return { field, code: 'PASSWORD_EQUALS_EMAIL' };
    return (await this.breached.has(password)) ? { field, code: 'PASSWORD_BREACHED' } : null;
  }
}

/**
 * A password typed on another system must give the same bytes (NIST SP 800-63B-4 section 3.1.1.2). Null when it is too long:
 * a text that no composing makes short enough is not even composed, which takes seconds for many combining marks.
 */
function prepare(password: string): string | null {
  if (password.length > MAX_CODE_UNITS) return null;
  const prepared = password.normalize('NFKC');
  return isLongerThan(prepared, MAX_CHARACTERS) ? null : prepared;
}

/** Both methods reject with Overloaded when too many are waiting. */
export interface PasswordHasher {
  hash(password: string): Promise<string>;
  /** With no hash to compare (no such account) it does the same work and answers false. */
  verify(passwordHash: string | null, password: string): Promise<boolean>;
  /** Whether the hash was made with other parameters than those that `hash` uses today. */
  isOutdated(passwordHash: string): boolean;
}

/** The limits hold per hasher: a process makes one. */
export async function createPasswordHasher(
  limits: { running: number; waiting: number } = { running: MAX_RUNNING, waiting: MAX_WAITING },
): Promise<PasswordHasher> {
  const bounded = createBound(limits);
  const nobodysHash = await hash(randomBytes(32), ARGON2);
  return {
    async hash(password) {
      const prepared = prepare(password);
      if (prepared === null) throw new Error('a password that is too long was not refused');
      return bounded(() => hash(prepared, ARGON2));
    },
    async verify(passwordHash, password) {
      const prepared = prepare(password);
      if (prepared === null) return false;
      const matches = await bounded(() => verify(passwordHash ?? nobodysHash, prepared));
      return matches && passwordHash !== null;
    },
    isOutdated: (passwordHash) => !passwordHash.startsWith(CURRENT),
  };
}

/** Runs a few tasks at once, in order; lets some wait; rejects the rest with Overloaded. */
function createBound(limits: { running: number; waiting: number }) {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async <T>(task: () => Promise<T>): Promise<T> => {
    if (running >= limits.running) {
      if (waiting.length >= limits.waiting) throw new Overloaded();
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      running += 1;
    }
    try {
      return await task();
    } finally {
      // The place goes straight to the next in line, so that nobody slips in between.
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
