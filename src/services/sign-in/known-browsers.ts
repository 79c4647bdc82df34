// Browsers in which a person has signed in. Their tries are counted apart from everybody else's, so that nobody who guesses at
// a password can lock its owner out of them (decision 0038). A cookie says so itself, and nothing is stored.
import { randomBytes } from 'node:crypto';
import { type Day, daysAfter, today } from '../../lib/calendar.js';
import type { Keyring } from '../../secrets/keyring.js';

const LIFETIME_DAYS = 90;
/** The most accounts for which one browser is known: those that signed in last. */
const ACCOUNTS = 4;
const ID_BYTES = 16;

export interface BrowserCookie {
  /** Opaque. */
  readonly value: string;
  /** A midnight in UTC. */
  readonly expires: Date;
}

interface Entry {
  /** Digest of the e-mail address: the cookie is looked at before anybody looks for an account. */
  readonly email: string;
  /** Random; what the browser's tries for this account are counted by. */
  readonly id: string;
}

export class KnownBrowsers {
  constructor(private readonly keyring: Keyring) {}

  /**
   * What tries in the browser are counted by; null when it is not known for the e-mail address. `cookie`: what the browser
   * sent, which may be anything.
   */
  find(cookie: string | null, email: string | null): string | null {
    if (cookie === null || email === null) return null;
    const digest = this.digest(email);
    return this.entries(cookie).find((each) => each.email === digest)?.id ?? null;
  }

  /** The browser's next cookie, after somebody has signed in. */
  remember(cookie: string | null, email: string, now: Day = today()): BrowserCookie {
    const known = cookie === null ? [] : this.entries(cookie);
    const digest = this.digest(email);
    const before = known.find((each) => each.email === digest);
    // The same as before, so that copies of one cookie share one count.
    const entry = before ?? { email: digest, id: randomBytes(ID_BYTES).toString('base64url') };
    const others = known.filter((each) => each.email !== digest);
    const expires = new Date(`${daysAfter(now, LIFETIME_DAYS)}T00:00:00Z`);
    const value = JSON.stringify([entry, ...others].slice(0, ACCOUNTS));
    return { value: this.keyring.issue('known-browser', value, expires.getTime()), expires };
  }

  private entries(cookie: string): readonly Entry[] {
    const value = this.keyring.redeem('known-browser', cookie);
    return value === null ? [] : (JSON.parse(value) as Entry[]);
  }

  private digest(email: string): string {
    return this.keyring.digest('known-browser', email);
  }
}
