import { describe, expect, it } from 'vitest';
import { isUnavailable, Overloaded } from '../../src/services/availability.js';
import { createPasswordHasher } from '../../src/services/password.js';

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

  it('verifies nothing where there is no account', async () => {
    const passwords = await createPasswordHasher();
    expect(await passwords.verify(null, 'any password')).toBe(false);
  });
});
