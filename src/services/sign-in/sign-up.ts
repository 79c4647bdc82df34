// Signing up: an account begins when the link that was mailed comes back together with the password that was chosen, so
// that nobody can create one without both the mailbox and the password.

import { randomUUID } from 'node:crypto';
import type { DataSource, EntityManager } from 'typeorm';
import type { Throttle } from '../../ephemeral/throttle.js';
import { parseEmail } from '../../input/email.js';
import { isUserError } from '../../input/listing.js';
import { nameError } from '../../input/names.js';
import { written } from '../../input/text.js';
import { done, type Outcome, refused } from '../../input/user-error.js';
import { daysAfter, today } from '../../lib/calendar.js';
import type { Address } from '../../lib/ip.js';
import type { Locale } from '../../lib/locale.js';
import type { Outbox } from '../../mail/outbox.js';
import type { Keyring } from '../../secrets/keyring.js';
import type { AgeService } from '../account/age.js';
import { countryCode, residenceError, subdivisionCode } from '../account/profile.js';
import type { Holder } from './credentials.js';
import { signUpMail } from './mails/sign-up.js';
import type { PasswordHasher, PasswordRules } from './password.js';
import type { SignedIn, SignInService } from './sign-in.js';

/** Days that a sign-up waits beyond its own: the mail may take one, and its link lives for another. */
const LIFETIME_DAYS = 2;

export interface NewSignUp {
  readonly email: string;
  readonly password: string;
  readonly name: string | null;
  readonly locale: Locale;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  /** The second half of a code of ISO 3166-2. It decides the age that counts, and is not stored. */
  readonly subdivision: string | null;
  /** "I am at least so many years old." */
  readonly attestedAge: number;
}

interface Pending {
  readonly email: string;
  readonly hash: string;
}

export class SignUpService {
  constructor(
    private readonly parts: {
      readonly database: DataSource;
      readonly outbox: Outbox;
      readonly keyring: Keyring;
      readonly passwords: PasswordHasher;
      readonly passwordRules: PasswordRules;
      readonly throttle: Throttle;
      readonly ages: AgeService;
      readonly signIn: SignInService;
    },
  ) {}

  /** Whether the e-mail address has an account is not even looked up, so that neither the answer nor its time can reveal it. */
  async begin(input: NewSignUp, source: Address | null): Promise<Outcome<null>> {
    const { database, outbox, passwords, passwordRules, throttle, ages } = this.parts;
    const tooMany = refused({ field: null, code: 'TOO_MANY_ATTEMPTS' });
    // Before the strings are checked: anyone may make that costly.
    if (!(await throttle.allows('sign-up', { source }))) return tooMany;
    const email = parseEmail(input.email);
    const name = written(input.name);
    const country = countryCode(input.country);
    const userErrors = [
      email === null ? ({ field: 'email', code: 'INVALID_EMAIL' } as const) : null,
      await passwordRules.check(input.password, email, { secondFactor: false }),
      nameError(name, 'name'),
      residenceError(ages, { country, subdivision: subdivisionCode(input.subdivision) }, input.attestedAge),
    ].filter(isUserError);
    if (email === null || userErrors.length > 0) return refused(...userErrors);
    if (!(await throttle.allows('sign-up', { email }))) return tooMany;
    const hash = await passwords.hash(input.password);
    const id = randomUUID();
    await database.transaction(async (manager) => {
      await manager.query(
        `INSERT INTO sign_up (id, email, password_hash, name, locale, country, expires_on)
         VALUES ($1, $2, $3, $4, $5, $6, $7)`,
        [id, email, hash, name, input.locale, country, daysAfter(today(), LIFETIME_DAYS)],
      );
      await outbox.put(manager, signUpMail, { signUpId: id });
    });
    return done(null);
  }

  /** A wrong password leaves the sign-up as it is. */
  async confirm(token: string, password: string): Promise<Outcome<SignedIn>> {
    const { database, keyring, passwords, throttle, signIn } = this.parts;
    const invalid = refused({ field: 'token', code: 'LINK_INVALID' });
    const id = keyring.redeem('sign-up-link', token);
    const pending = id === null ? null : await this.find(id);
    if (id === null || pending === null) return invalid;
    const subject = { email: pending.email };
    if (!(await throttle.allows('confirm-sign-up', subject))) {
      return refused({ field: null, code: 'TOO_MANY_ATTEMPTS' });
    }
    if (!(await passwords.verify(pending.hash, password))) {
      return refused({ field: 'password', code: 'PASSWORD_WRONG' });
    }
    await throttle.forget('confirm-sign-up', subject);
    const holder = await database.transaction((manager) => open(manager, id, pending.email));
    const signedIn = holder === null ? null : await signIn.begin(holder, false);
    return signedIn === null ? invalid : done(signedIn);
  }

  private async find(id: string): Promise<Pending | null> {
    const [row] = await this.parts.database.query<Pending[]>(
      'SELECT email, password_hash AS hash FROM sign_up WHERE id = $1 AND expires_on >= $2',
      [id, today()],
    );
    return row ?? null;
  }
}

/**
 * The account that the sign-up was for; null when it was used meanwhile, or when the address has come by an account in
 * another way. Either way nothing of the address waits any more.
 */
async function open(manager: EntityManager, id: string, email: string): Promise<Holder | null> {
  // Of two that come at once with the same address, the second waits here until the first has made its account.
  const [row] = await manager.query<Holder[]>(
    `INSERT INTO account (id, email, password_hash, role, name, locale, country)
     SELECT $1, email, password_hash, 'user', name, locale, country FROM sign_up WHERE id = $2
     ON CONFLICT (email) DO NOTHING RETURNING id, email, role, password_hash AS "passwordHash"`,
    [randomUUID(), id],
  );
  await manager.query('DELETE FROM sign_up WHERE email = $1', [email]);
  return row ?? null;
}
