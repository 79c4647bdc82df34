import { randomUUID } from 'node:crypto';
import { hash } from '@node-rs/argon2';
import { Redis } from 'ioredis';
import type { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDataSource } from '../../ormconfig.js';
import { databaseStatements } from '../../src/db/database-statements.js';
import { Account } from '../../src/entities/account/account.js';
import { MemoryKey } from '../../src/ephemeral/memory-key.js';
import { RedisReplayGuard } from '../../src/ephemeral/replay-guard.js';
import { Throttle } from '../../src/ephemeral/throttle.js';
import type { Outcome } from '../../src/input/user-error.js';
import { Keyring } from '../../src/secrets/keyring.js';
import { AccountService } from '../../src/services/account/account.js';
import { CredentialService } from '../../src/services/sign-in/credentials.js';
import { createPasswordHasher, type PasswordHasher } from '../../src/services/sign-in/password.js';
import { FreshFactorService } from '../../src/services/sign-in/second-factors/fresh-factor.js';
import type { SecondFactors } from '../../src/services/sign-in/second-factors/second-factor.js';
import { SessionService } from '../../src/services/sign-in/session.js';
import { type Challenge, type SignedIn, SignInService } from '../../src/services/sign-in/sign-in.js';
import { StepUpService } from '../../src/services/sign-in/step-up.js';
import { type FreshDatabase, freshDatabase } from '../support/stores/postgres.js';
import { startRedis, type TestRedis } from '../support/stores/redis.js';

const PASSWORD = 'a long enough passphrase';
const CODE = { totpCode: '123456' };

/** A person whose second factor takes one code; what it takes is tested where second factors are. */
const secondFactors: SecondFactors = {
  methods: async () => ['TOTP'],
  verify: async (_accountId, proof) => 'totpCode' in proof && proof.totpCode === CODE.totpCode,
};
const none: SecondFactors = { methods: async () => [], verify: async () => false };

let database: FreshDatabase;
let server: TestRedis;
let redis: Redis;
let source: DataSource;
let passwords: PasswordHasher;
let passwordHash: string;
beforeAll(async () => {
  [database, server] = await Promise.all([freshDatabase(), startRedis()]);
  redis = new Redis(server.operatorUrl);
  source = await createDataSource(database.url).initialize();
  passwords = await createPasswordHasher();
  passwordHash = await passwords.hash(PASSWORD);
});
afterAll(async () => {
  redis?.disconnect();
  await source?.destroy();
  await Promise.all([database?.drop(), server?.stop()]);
});

let anna: { id: string; email: string };
let sessions: SessionService;
let credentials: CredentialService;
let stepUp: StepUpService;
let key: MemoryKey;
beforeEach(async () => {
  await redis.flushdb();
  anna = { id: randomUUID(), email: `${randomUUID()}@example.com` };
  await source.getRepository(Account).insert({ ...anna, role: 'user', passwordHash });
  sessions = new SessionService(redis);
  credentials = new CredentialService(source.getRepository(Account), passwords);
  key = MemoryKey.random(Date.now() - 60_000);
});
afterEach(() => {
  vi.useRealTimers();
});

/** What the services of a gateway with such second factors depend on. */
async function parts(factors: SecondFactors) {
  const keyring = new Keyring(Buffer.alloc(32, 1));
  stepUp = new StepUpService(keyring);
  const throttle = new Throttle(redis, () => key);
  const replayGuard = await RedisReplayGuard.open(redis, () => key);
  const accounts = new AccountService(databaseStatements(source));
  const accountUse = { mark: async () => {} };
  return {
    accounts,
    accountUse,
    credentials,
    secondFactors: factors,
    sessions,
    stepUp,
    throttle,
    replayGuard,
    keyring,
  };
}

const code = (outcome: Outcome<unknown>) => (outcome.ok ? null : outcome.userErrors[0]?.code);
function value<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(code(outcome) ?? '');
  return outcome.value;
}
const setHash = (to: string) => source.getRepository(Account).update({ id: anna.id }, { passwordHash: to });
const enter = (service: SignInService, password = PASSWORD) =>
  service.signIn({ email: anna.email, password }, null);

describe('signing in with a password alone', () => {
  it('begins a session without a second factor, in which a factor was shown now', async () => {
    const { session, stepUpToken, account } = value(
      await enter(new SignInService(await parts(none))),
    ) as SignedIn;
    expect(account).toMatchObject({ ...anna, role: 'user' });
    expect(await sessions.find(session.token)).toEqual({
      accountId: anna.id,
      role: 'user',
      secondFactor: false,
    });
    expect(stepUp.isFresh(session.token, stepUpToken)).toBe(true);
  });

  it('does the work of a wrong password for an address that is locked, with an account and without', async () => {
    const given = await parts(none);
    const service = new SignInService(given);
    const verify = vi.spyOn(passwords, 'verify');
    for (const email of [anna.email, 'nobody@example.com']) {
      // From a hundred sources; the throttle has tests of its own.
      for (let count = 0; count < 100; count += 1) await given.throttle.allows('sign-in', { email });
      verify.mockClear();
      const outcome = await service.signIn({ email, password: PASSWORD }, null);
      expect(code(outcome)).toBe('INVALID_CREDENTIALS');
      expect(verify).toHaveBeenCalledTimes(1);
    }
    verify.mockRestore();
  });

  it('replaces a hash with old parameters, once for many sign-ins at the same time', async () => {
    const outdated = await hash(PASSWORD, { memoryCost: 19_456, timeCost: 1, parallelism: 1 });
    await setHash(outdated);
    const service = new SignInService(await parts(none));
    for (const outcome of await Promise.all([enter(service), enter(service), enter(service)])) {
      expect(await sessions.find((value(outcome) as SignedIn).session.token)).not.toBeNull();
    }
    const renewed = (await credentials.holder(anna.id))!.passwordHash;
    expect(passwords.isOutdated(renewed)).toBe(false);
    expect(await passwords.verify(renewed, PASSWORD)).toBe(true);
    await enter(service);
    expect((await credentials.holder(anna.id))!.passwordHash).toBe(renewed);
  });

  it('does not bring an old password back when it changes while its hash is replaced', async () => {
    await setHash(await hash(PASSWORD, { memoryCost: 19_456, timeCost: 1, parallelism: 1 }));
    const changed = await passwords.hash('another long passphrase');
    vi.spyOn(passwords, 'hash').mockImplementationOnce(async (password) => {
      await setHash(changed);
      return passwords.hash(password);
    });
    expect(code(await enter(new SignInService(await parts(none))))).toBe('INVALID_CREDENTIALS');
    expect((await credentials.holder(anna.id))!.passwordHash).toBe(changed);
  });

  it('leaves no session when the password changes before the session has begun', async () => {
    const create = sessions.create.bind(sessions);
    vi.spyOn(sessions, 'create').mockImplementationOnce(async (session) => {
      // As a change of the password does.
      await setHash(await passwords.hash('another long passphrase'));
      await sessions.revokeAll(anna.id);
      return create(session);
    });
    expect(code(await enter(new SignInService(await parts(none))))).toBe('INVALID_CREDENTIALS');
    expect(await redis.keys('*session*')).toEqual([]);
  });
});

describe('signing in while a second factor is being enrolled', () => {
  it('leaves no session without it', async () => {
    const methods = vi.fn(none.methods).mockResolvedValueOnce([]).mockResolvedValueOnce(['TOTP']);
    const service = new SignInService(await parts({ ...none, methods }));
    expect(code(await enter(service))).toBe('INVALID_CREDENTIALS');
    expect(await redis.keys('*session*')).toEqual([]);
  });
});

describe('signing in with a second factor', () => {
  let service: SignInService;
  beforeEach(async () => {
    service = new SignInService(await parts(secondFactors));
  });
  const challenge = async () => value(await enter(service)) as Challenge;

  it('takes a challenge and a code, and begins one session', async () => {
    const { token, methods } = await challenge();
    expect(methods).toEqual(['TOTP']);
    expect(await redis.keys('session:*')).toEqual([]);
    const { session, stepUpToken } = value(await service.complete(token, CODE));
    expect(await sessions.find(session.token)).toMatchObject({ accountId: anna.id, secondFactor: true });
    expect(stepUp.isFresh(session.token, stepUpToken)).toBe(true);
    expect(code(await service.complete(token, CODE))).toBe('CHALLENGE_INVALID');
  });

  it('begins one session of a challenge that is completed many times at once', async () => {
    const { token } = await challenge();
    const outcomes = await Promise.all([1, 2, 3, 4].map(() => service.complete(token, CODE)));
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await redis.keys('session:*')).toHaveLength(1);
  });

  it('lets a wrong code be put right', async () => {
    const { token } = await challenge();
    expect(code(await service.complete(token, { totpCode: '000000' }))).toBe('SECOND_FACTOR_WRONG');
    expect(code(await service.complete(token, { recoveryCode: '123456' }))).toBe('SECOND_FACTOR_WRONG');
    expect((await service.complete(token, CODE)).ok).toBe(true);
  });

  it('takes a challenge again when the factor could not be looked at', async () => {
    const { token } = await challenge();
    const away = vi.fn(secondFactors.verify).mockRejectedValueOnce(new Error('the store is away'));
    const service = new SignInService({
      ...(await parts(secondFactors)),
      secondFactors: { ...secondFactors, verify: away },
    });
    await expect(service.complete(token, CODE)).rejects.toThrow('away');
    expect((await service.complete(token, CODE)).ok).toBe(true);
  });

  it('refuses the sixth code, whatever challenge it comes with, and forgets wrong ones after a right one', async () => {
    const { token } = await challenge();
    for (let count = 0; count < 4; count += 1) await service.complete(token, { totpCode: '000000' });
    expect((await service.complete(token, CODE)).ok).toBe(true);
    for (let count = 0; count < 5; count += 1) {
      const wrong = await service.complete((await challenge()).token, { totpCode: '000000' });
      expect(code(wrong)).toBe('SECOND_FACTOR_WRONG');
    }
    expect(code(await service.complete((await challenge()).token, CODE))).toBe('TOO_MANY_ATTEMPTS');
  });

  it('takes a challenge for five minutes', async () => {
    const { token } = await challenge();
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.now() + 5 * 60_000);
    expect(code(await service.complete(token, CODE))).toBe('CHALLENGE_INVALID');
  });

  it('takes no challenge that is made up, of another password, or of an account that is gone', async () => {
    expect(code(await service.complete('made up', CODE))).toBe('CHALLENGE_INVALID');
    const { token } = await challenge();
    await setHash(await passwords.hash('another long passphrase'));
    expect(code(await service.complete(token, CODE))).toBe('CHALLENGE_INVALID');
    await setHash(passwordHash);
    const last = await challenge();
    await source.getRepository(Account).delete({ id: anna.id });
    expect(code(await service.complete(last.token, CODE))).toBe('CHALLENGE_INVALID');
  });

  it('takes no challenge of a time of which it is not known what was spent', async () => {
    const { token } = await challenge();
    key = MemoryKey.random(Date.now() + 1);
    expect(code(await service.complete(token, CODE))).toBe('CHALLENGE_INVALID');
  });
});

describe('showing a factor again', () => {
  let token: string;
  beforeEach(async () => {
    const begun = await sessions.create({ accountId: anna.id, role: 'user', secondFactor: false });
    token = begun.token;
  });
  const show = async (factors: SecondFactors, factor: Parameters<FreshFactorService['show']>[1]) =>
    new FreshFactorService(await parts(factors)).show({ accountId: anna.id, token }, factor);

  it('takes the password of an account without a second factor', async () => {
    const proof = value(await show(none, { password: PASSWORD }));
    expect(stepUp.isFresh(token, proof)).toBe(true);
    expect(await sessions.find(token)).toMatchObject({ secondFactor: false });
    expect(code(await show(none, { password: 'not this one, surely' }))).toBe('PASSWORD_WRONG');
    expect(code(await show(none, CODE))).toBe('SECOND_FACTOR_WRONG');
  });

  it('takes the second factor of an account that has one, and not the password', async () => {
    expect(code(await show(secondFactors, { password: PASSWORD }))).toBe('SECOND_FACTOR_NEEDED');
    expect(code(await show(secondFactors, { totpCode: '000000' }))).toBe('SECOND_FACTOR_WRONG');
    expect(await sessions.find(token)).toMatchObject({ secondFactor: false });
    expect(stepUp.isFresh(token, value(await show(secondFactors, CODE)))).toBe(true);
  });

  it('counts the second factor for the session from then on', async () => {
    await show(secondFactors, CODE);
    expect(await sessions.find(token)).toEqual({ accountId: anna.id, role: 'user', secondFactor: true });
  });

  it('is refused after ten wrong passwords or five wrong codes', async () => {
    for (let count = 0; count < 10; count += 1) await show(none, { password: 'not this one, surely' });
    expect(code(await show(none, { password: PASSWORD }))).toBe('TOO_MANY_ATTEMPTS');
    for (let count = 0; count < 5; count += 1) await show(secondFactors, { totpCode: '000000' });
    expect(code(await show(secondFactors, CODE))).toBe('TOO_MANY_ATTEMPTS');
  });
});
