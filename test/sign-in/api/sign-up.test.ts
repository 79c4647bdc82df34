import { describe, expect, it } from 'vitest';
import { SignUp, type SignUpInput } from '../../../client/index.js';
import { useGateway } from '../../support/fixtures.js';
import { dayFromNow, errorsOf, someSource } from '../../support/gateway.js';
import { PASSWORD } from '../../support/people/account.js';
import { waitingMails } from '../../support/people/links.js';
import { queryDatabase } from '../../support/stores/postgres.js';

describe('signUp', () => {
  const gateway = useGateway();

  async function signUp(input: Partial<SignUpInput> & Pick<SignUpInput, 'email'>, source = someSource()) {
    const variables = { input: { password: PASSWORD, country: 'DE', attestedAge: 18, ...input } };
    const answer = await gateway.ask(SignUp, variables, { source });
    expect(answer.errors).toBeUndefined();
    return answer;
  }
  const refusals = async (input: Parameters<typeof signUp>[0]) => errorsOf((await signUp(input)).data.signUp);
  const rows = (sql: string, ...values: unknown[]) => queryDatabase(gateway.database.url, sql, values);
  const waiting = (email: string) => rows('SELECT *, expires_on::text FROM sign_up WHERE email = $1', email);

  it('makes no account: it waits, with a hash of the recommended cost, and a mail goes to the address', async () => {
    const { data, headers } = await signUp({
      email: ' Anna.Smith@Example.COM ',
      name: ' Anna ',
      locale: 'DE',
      country: 'de',
    });
    expect(data.signUp).toEqual({ userErrors: [] });
    expect(headers['set-cookie']).toBeUndefined();
    const [pending, ...more] = await waiting('anna.smith@example.com');
    expect(more).toEqual([]);
    expect(pending).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4/) as string,
      email: 'anna.smith@example.com',
      password_hash: expect.stringMatching(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/) as string,
      name: 'Anna',
      locale: 'de',
      country: 'DE',
      expires_on: dayFromNow(2),
    });
    expect(await waitingMails(gateway.database.url)).toContainEqual({
      template: 'sign-up',
      signUpId: pending!.id,
    });
    expect(await rows('SELECT * FROM account WHERE email = $1', 'anna.smith@example.com')).toEqual([]);
  });

  it('answers alike for an e-mail address that has an account, which stays as it was', async () => {
    const fresh = await signUp({ email: 'ben@example.com' });
    const { id } = await gateway.account({ email: 'ben@example.org' });
    const before = await rows('SELECT * FROM account WHERE id = $1', id);
    const known = await signUp({ email: 'BEN@example.org', password: 'another long enough passphrase' });
    expect(known.data).toEqual(fresh.data);
    expect({ ...known.headers, date: '' }).toEqual({ ...fresh.headers, date: '' });
    expect(await rows('SELECT * FROM account WHERE id = $1', id)).toEqual(before);
  });

  it('keeps no age, and asks for none but the one that the country needs: AGE_TOO_LOW', async () => {
    const tooLow = [{ field: 'attestedAge', code: 'AGE_TOO_LOW' }];
    expect(await refusals({ email: 'dan@example.com', country: 'DE', attestedAge: 17 })).toEqual(tooLow);
    expect(await refusals({ email: 'dan@example.com', country: 'TH', attestedAge: 19 })).toEqual(tooLow);
    expect(await refusals({ email: 'dan@example.com', country: 'TH', attestedAge: 20 })).toEqual([]);
  });

  it.each([
    ['US', 'CA', 18, []],
    ['US', ' ca ', 18, []],
    ['US', 'AL', 18, [{ field: 'attestedAge', code: 'AGE_TOO_LOW' }]],
    ['US', 'AL', 19, []],
    ['US', 'MS', 20, [{ field: 'attestedAge', code: 'AGE_TOO_LOW' }]],
    ['US', 'MS', 21, []],
    ['US', 'PR', 20, [{ field: 'attestedAge', code: 'AGE_TOO_LOW' }]],
    ['CA', 'QC', 18, []],
    ['CA', 'BC', 18, [{ field: 'attestedAge', code: 'AGE_TOO_LOW' }]],
    ['US', null, 17, [{ field: 'attestedAge', code: 'AGE_TOO_LOW' }]],
    ['US', null, 20, [{ field: 'subdivision', code: 'SUBDIVISION_NEEDED' }]],
    ['US', null, 21, []],
    ['US', 'QC', 21, [{ field: 'subdivision', code: 'UNKNOWN_SUBDIVISION' }]],
    ['US', '', 21, [{ field: 'subdivision', code: 'UNKNOWN_SUBDIVISION' }]],
    ['DE', 'BY', 18, []],
  ] as const)(
    'in %s, subdivision %j, at least %i years old: %j',
    async (country, subdivision, attestedAge, errorsOf) => {
      expect(
        await refusals({
          email: `place-${country}-${attestedAge}-${subdivision?.charCodeAt(1)}@example.com`,
          country,
          subdivision,
          attestedAge,
        }),
      ).toEqual(errorsOf);
    },
  );

  it('keeps no state: only the country waits with the sign-up', async () => {
    const email = 'state@example.com';
    expect(await refusals({ email, country: 'US', subdivision: 'WY', attestedAge: 18 })).toEqual([]);
    const [pending] = await waiting(email);
    expect(pending).toMatchObject({ country: 'US' });
    expect(Object.values(pending!)).not.toContain('WY');
  });

  it.each(['XX', '', 'Germany', 'D\u0001'])('refuses the country %j: UNKNOWN_COUNTRY', async (country) => {
    expect(await refusals({ email: 'dan@example.com', country })).toEqual([
      { field: 'country', code: 'UNKNOWN_COUNTRY' },
    ]);
  });

  it.each([
    ['a'.repeat(101), 'TEXT_TOO_LONG'],
    ['An\u0007na', 'INVALID_TEXT'],
    ['4111 1111 1111 1111', 'CARD_NUMBER'],
  ])('refuses the name %j with %s', async (name, code) => {
    expect(await refusals({ email: 'eva@example.com', name })).toEqual([{ field: 'name', code }]);
  });

  it.each([
    'no-at-sign.example.com',
    '@example.com',
    'anna@',
    'anna@localhost',
    'anna@-a.example',
    'anna@example..com',
    '.anna@example.com',
    'an na@example.com',
    'an\u0001na@example.com',
    `${'a'.repeat(65)}@example.com`,
    `anna@${'a.'.repeat(130)}com`,
  ])('refuses %j with INVALID_EMAIL', async (email) => {
    const { data } = await signUp({ email });
    expect(errorsOf(data.signUp)).toEqual([{ field: 'email', code: 'INVALID_EMAIL' }]);
    expect(data.signUp.userErrors[0]!.message).not.toContain(email);
  });

  it.each(["o'brien+tv@example.com", 'jürgen@bücher.example', 'x@a.b.c.d.example'])(
    'takes %j',
    async (email) => {
      expect(await refusals({ email })).toEqual([]);
    },
  );

  it('counts characters, not bytes: 14 are PASSWORD_TOO_SHORT and 15 are enough', async () => {
    const email = 'dora@example.com';
    expect(await refusals({ email, password: '🔑'.repeat(14) })).toEqual([
      { field: 'password', code: 'PASSWORD_TOO_SHORT' },
    ]);
    expect(await refusals({ email, password: '🔑'.repeat(15) })).toEqual([]);
  });

  it('refuses 257 characters with PASSWORD_TOO_LONG and takes 256', async () => {
    const email = 'emil@example.com';
    expect(await refusals({ email, password: 'a'.repeat(257) })).toEqual([
      { field: 'password', code: 'PASSWORD_TOO_LONG' },
    ]);
    expect(await refusals({ email, password: 'a'.repeat(256) })).toEqual([]);
  });

  it('refuses a password that is known from a breach with PASSWORD_BREACHED', async () => {
    expect(await refusals({ email: 'emil@example.com', password: '123456789987654321' })).toEqual([
      { field: 'password', code: 'PASSWORD_BREACHED' },
    ]);
  });

  it('refuses the e-mail address as password with PASSWORD_EQUALS_EMAIL', async () => {
    expect(await refusals({ email: 'franziska@example.com', password: 'Franziska@Example.com' })).toEqual([
      { field: 'password', code: 'PASSWORD_EQUALS_EMAIL' },
    ]);
  });

  it('returns the errors of all fields together, and stores nothing then', async () => {
    expect(
      await refusals({ email: 'nobody', password: 'short', name: '\u0007', country: 'TH', attestedAge: 19 }),
    ).toEqual([
      { field: 'email', code: 'INVALID_EMAIL' },
      { field: 'password', code: 'PASSWORD_TOO_SHORT' },
      { field: 'name', code: 'INVALID_TEXT' },
      { field: 'attestedAge', code: 'AGE_TOO_LOW' },
    ]);
    expect(await waiting('nobody')).toEqual([]);
  });

  it('refuses too many for one address, alike with an account and without: TOO_MANY_ATTEMPTS', async () => {
    await gateway.account({ email: 'gus@example.com' });
    for (const email of ['gus@example.com', 'no-gus@example.com']) {
      for (let count = 0; count < 5; count += 1) expect(await refusals({ email })).toEqual([]);
      expect(await refusals({ email })).toEqual([{ field: null, code: 'TOO_MANY_ATTEMPTS' }]);
    }
  });

  it('counts one mailbox once, however its domain is spelled', async () => {
    const spellings = ['example.net', 'ｅｘａｍｐｌｅ.net', '𝐞xample.net', 'EXAMPLE.NET', 'ｅxample.net'];
    for (const domain of spellings) {
      expect(await refusals({ email: `one-mailbox@${domain}` })).toEqual([]);
    }
    expect(await refusals({ email: 'one-mailbox@eｘample.net' })).toEqual([
      { field: null, code: 'TOO_MANY_ATTEMPTS' },
    ]);
  });

  it('refuses too many from one source: TOO_MANY_ATTEMPTS', async () => {
    const source = someSource();
    for (let count = 0; count < 20; count += 1) await signUp({ email: `heidi${count}@example.com` }, source);
    const { data } = await signUp({ email: 'heidi@example.com' }, source);
    expect(errorsOf(data.signUp)).toEqual([{ field: null, code: 'TOO_MANY_ATTEMPTS' }]);
  });
});
