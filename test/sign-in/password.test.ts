import { hash } from '@node-rs/argon2';
import { describe, expect, it, vi } from 'vitest';
import { isUnavailable, Overloaded } from '../../src/runtime/availability.js';
import { BreachedPasswords } from '../../src/services/sign-in/breached-passwords.js';
import { createPasswordHasher, PasswordRules } from '../../src/services/sign-in/password.js';

describe('the rules for passwords', () => {
  const rules = new PasswordRules(new BreachedPasswords());
  const alone = { secondFactor: false };
  const withSecondFactor = { secondFactor: true };
  const code = async (password: string, account = alone) =>
    (await rules.check(password, 'anna.mueller@example.com', account))?.code ?? null;

  it('ask for 15 to 256 characters, or 8 to 256 with a second factor', async () => {
    expect(await code('m'.repeat(14))).toBe('PASSWORD_TOO_SHORT');
    expect(await code('m'.repeat(15))).toBeNull();
    expect(await code('m'.repeat(256))).toBeNull();
    expect(await code('m'.repeat(257))).toBe('PASSWORD_TOO_LONG');
    expect(await code('m'.repeat(7), withSecondFactor)).toBe('PASSWORD_TOO_SHORT');
    expect(await code('m!m!m!m!', withSecondFactor)).toBeNull();
    expect(await code('m'.repeat(257), withSecondFactor)).toBe('PASSWORD_TOO_LONG');
  });

  it('count characters, not bytes or code units', async () => {
    expect(await code('\u{1f511}'.repeat(14))).toBe('PASSWORD_TOO_SHORT');
    expect(await code('\u{1f511}'.repeat(15))).toBeNull();
    expect(await code('\u{1f511}'.repeat(256))).toBeNull();
  });

  it('refuse what is far too long without composing it, and take what composing makes short enough', async () => {
    const normalize = vi.spyOn(String.prototype, 'normalize');
    expect(await code('\u0315\u0300'.repeat(30_000))).toBe('PASSWORD_TOO_LONG');
    expect(normalize).not.toHaveBeenCalled();
    normalize.mockRestore();
    expect(await code('u\u0308\u0304'.repeat(256))).toBeNull();
  });

  it('refuse the e-mail address, and what is known from breaches', async () => {
    expect(await code('Anna.Mueller@example.com')).toBe('PASSWORD_EQUALS_EMAIL');
    expect(await code('123456789987654321')).toBe('PASSWORD_BREACHED');
    expect(await code('PassWord1', withSecondFactor)).toBe('PASSWORD_BREACHED');
  });
});

describe('password hashing', () => {
  it('runs few at a time, lets some wait, and refuses the rest as overload', async () => {
    const passwords = await createPasswordHasher({ running: 1, waiting: 2 });
    const results = await Promise.allSettled(
      Array.from({ length: 5 }, (_, index) => passwords.hash(`password number ${index}`)),
    );
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
    ]);
    const reason = results[3]?.status === 'rejected' ? results[3].reason : null;
    expect(reason).toBeInstanceOf(Overloaded);
    expect(isUnavailable(reason)).toBe(true);
    expect(await passwords.hash('and room again afterwards')).toMatch(/^\$argon2id\$/);
  });

  it('salts: the same password never gives the same hash, and each is verified', async () => {
    const passwords = await createPasswordHasher();
    const [one, two] = await Promise.all([
      passwords.hash('the same password'),
      passwords.hash('the same password'),
    ]);
    expect(one).not.toBe(two);
    for (const hash of [one, two]) expect(await passwords.verify(hash, 'the same password')).toBe(true);
    expect(await passwords.verify(one, 'another password')).toBe(false);
  });

  it('knows hashes that were made with other parameters', async () => {
    const passwords = await createPasswordHasher();
    expect(passwords.isOutdated(await passwords.hash('a password'))).toBe(false);
    expect(passwords.isOutdated(await hash('a password', { memoryCost: 19_456, timeCost: 1 }))).toBe(true);
    expect(passwords.isOutdated('$2b$12$abcdefghijklmnopqrstuv')).toBe(true);
  });

  it('verifies nothing where there is no account', async () => {
    const passwords = await createPasswordHasher();
    expect(await passwords.verify(null, 'any password')).toBe(false);
  });
});
