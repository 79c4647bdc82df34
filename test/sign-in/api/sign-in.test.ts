import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { ChangePassword, SignIn, type SignInInput, ViewerAccount } from '../../../client/index.js';
import { useGateway } from '../../support/fixtures.js';
import { PASSWORD } from '../../support/people/account.js';

describe('signIn', () => {
  const gateway = useGateway();
  beforeAll(async () => {
    await gateway.account({ email: 'anna@example.com' });
  });

  const signIn = (input: SignInInput) => gateway.ask(SignIn, { input });

  it('sets an opaque cookie that scripts cannot read, and returns no token, by default', async () => {
    const { data, headers } = await signIn({ email: 'Anna@example.com', password: PASSWORD });
    expect(data.signIn).toEqual({
      session: {
        account: expect.objectContaining({ email: 'anna@example.com', role: 'USER' }),
        token: null,
        stepUpToken: expect.stringMatching(/^[\w-]{40,}$/),
      },
      challenge: null,
      userErrors: [],
    });
    const [cookie, ...more] = headers['set-cookie'] as string[];
    expect(more).toEqual([expect.stringMatching(/^__Host-known-browser=/)]);
    const [pair, ...attributes] = cookie!.split('; ');
    expect(pair).toMatch(/^__Host-session=[\w-]{43}$/);
    expect(attributes.filter((each) => !each.startsWith('Expires=')).sort()).toEqual([
      'HttpOnly',
      'Path=/',
      'SameSite=Lax',
      'Secure',
    ]);
    const viewer = await gateway.ask(ViewerAccount, {}, { headers: { cookie: pair! } });
    expect(viewer.data.viewer.account.email).toBe('anna@example.com');
  });

  it('returns the token and sets no cookie when a bearer token is asked for', async () => {
    const { data, headers } = await signIn({
      email: 'anna@example.com',
      password: PASSWORD,
      delivery: 'BEARER',
    });
    expect(headers['set-cookie']).toBeUndefined();
    const viewer = await gateway.ask(ViewerAccount, {}, { token: data.signIn.session!.token! });
    expect(viewer.data.viewer.account.email).toBe('anna@example.com');
  });

  it('counts as a fresh factor: what asks for one can be done at once', async () => {
    const { email } = await gateway.account();
    const { data } = await signIn({ email, password: PASSWORD, delivery: 'BEARER' });
    const token = data.signIn.session!.token!;
    const change = { input: { newPassword: 'another long enough passphrase' } };
    const without = await gateway.ask(ChangePassword, change, { token });
    expect(without.errors?.[0]?.extensions?.code).toBe('STEP_UP_REQUIRED');
    const headers = { 'step-up-token': data.signIn.session!.stepUpToken };
    const changed = await gateway.ask(ChangePassword, change, { token, headers });
    expect(changed.data.changePassword.userErrors).toEqual([]);
  });

  it('takes a password that was typed in another Unicode form', async () => {
    await gateway.account({
      email: 'zoe@example.com',
      password: 'caf\u00e9 au lait, s\u2019il vous pla\u00eet',
    });
    const { data } = await signIn({
      email: 'zoe@example.com',
      password: 'cafe\u0301 au lait, s\u2019il vous plai\u0302t',
    });
    expect(data.signIn.userErrors).toEqual([]);
  });

  it('keeps a digest of the token and, of time, the day on which the session ends', async () => {
    const { data } = await signIn({ email: 'anna@example.com', password: PASSWORD, delivery: 'BEARER' });
    const token = data.signIn.session!.token!;
    const key = `session:${createHash('sha256').update(token).digest('hex')}`;
    expect(Object.keys(JSON.parse((await gateway.store.get(key)) ?? '{}'))).toEqual([
      'accountId',
      'role',
      'secondFactor',
    ]);
    const expires = await gateway.store.expiretime(key);
    expect(expires % 86_400).toBe(0);
    const days = expires / 86_400 - Date.now() / 86_400_000;
    expect(days).toBeGreaterThan(28.9);
    expect(days).toBeLessThanOrEqual(30);
    expect((await gateway.store.keys('*')).join(' ')).not.toContain(token);
  });

  it('answers a wrong password and an unknown e-mail address alike: INVALID_CREDENTIALS', async () => {
    const wrong = await signIn({ email: 'anna@example.com', password: 'not this one, surely' });
    const unknown = await signIn({ email: 'nobody@example.com', password: PASSWORD });
    expect(wrong.data.signIn).toEqual({
      session: null,
      challenge: null,
      userErrors: [
        { field: null, code: 'INVALID_CREDENTIALS', message: expect.not.stringContaining('anna') as string },
      ],
    });
    expect(unknown.data).toEqual(wrong.data);
    expect({ ...unknown.headers, date: '' }).toEqual({ ...wrong.headers, date: '' });
  });

  it('refuses further tries with TOO_MANY_ATTEMPTS, alike with and without an account, and even the right one', async () => {
    await gateway.account({ email: 'bert@example.com' });
    const answers = [];
    for (const email of ['bert@example.com', 'no-bert@example.com']) {
      for (let count = 0; count < 10; count += 1) {
        const { data } = await signIn({ email, password: 'not this one, surely' });
        expect(data.signIn.userErrors).toMatchObject([{ code: 'INVALID_CREDENTIALS' }]);
      }
      answers.push(await signIn({ email, password: PASSWORD }));
    }
    const [known, unknown] = answers;
    expect(known!.data.signIn).toMatchObject({
      session: null,
      userErrors: [{ field: null, code: 'TOO_MANY_ATTEMPTS' }],
    });
    expect(unknown!.data).toEqual(known!.data);
    expect({ ...unknown!.headers, date: '' }).toEqual({ ...known!.headers, date: '' });
    const input = { email: 'bert@example.com', password: PASSWORD };
    const elsewhere = await gateway.ask(SignIn, { input }, { source: '127.0.0.9' });
    expect(elsewhere.data.signIn.userErrors).toEqual([]);
  });

  it('forgets wrong passwords after the right one', async () => {
    await gateway.account({ email: 'carla@example.com' });
    for (let count = 0; count < 12; count += 1) {
      const wrong = await signIn({ email: 'carla@example.com', password: 'not this one, surely' });
      expect(wrong.data.signIn.userErrors).toMatchObject([{ code: 'INVALID_CREDENTIALS' }]);
      const right = await signIn({ email: 'carla@example.com', password: PASSWORD });
      expect(right.data.signIn.userErrors).toEqual([]);
    }
  });

  it.each([
    ['no e-mail address at all', { email: 'an\u0007na', password: PASSWORD }],
    ['a password that is longer than any', { email: 'anna@example.com', password: 'a'.repeat(5000) }],
    ['an empty password', { email: 'anna@example.com', password: '' }],
  ])('refuses %s as INVALID_CREDENTIALS', async (_what, input) => {
    const { data } = await signIn(input);
    expect(data.signIn.userErrors).toMatchObject([{ code: 'INVALID_CREDENTIALS' }]);
  });

  it('does not take what is not a session token', async () => {
    for (const token of ['x', 'a'.repeat(43), `${'a'.repeat(42)}*`]) {
      const { errors } = await gateway.ask(ViewerAccount, {}, { token });
      expect(errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED');
    }
  });
});
