import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD } from '../support/account.js';
import { faults, startTestGateway, type TestGateway } from '../support/gateway.js';

const SIGN_UP = `mutation ($input: SignUpInput!) {
  signUp(input: $input) { userErrors { field code message } }
}`;

describe('signUp', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway();
  });
  afterAll(() => gateway?.stop());

  async function signUp(email: string, password: string = PASSWORD) {
    const answer = await gateway.call({ query: SIGN_UP, variables: { input: { email, password } } });
    expect(answer.errors).toBeUndefined();
    return answer;
  }

  async function accounts(): Promise<{ id: string; email: string; password_hash: string; role: string }[]> {
    const client = new pg.Client({ connectionString: gateway.database.url });
    await client.connect();
    const { rows } = await client.query('SELECT * FROM account');
    await client.end();
    return rows;
  }

  it('makes an account of the role user, with a random id and an Argon2id hash of the recommended cost', async () => {
    expect((await signUp(' Anna.Smith@Example.COM ')).data.signUp).toEqual({ userErrors: [] });
    const [account] = await accounts();
    expect(account).toMatchObject({ email: 'anna.smith@example.com', role: 'user' });
    expect(account?.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    expect(account?.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  it('answers alike for an e-mail address that has an account, which stays as it was', async () => {
    const fresh = await signUp('ben@example.com');
    const before = await accounts();
    const known = await signUp('BEN@example.com', 'another long enough passphrase');
    expect(known.data).toEqual(fresh.data);
    expect({ ...known.headers, date: '' }).toEqual({ ...fresh.headers, date: '' });
    expect(await accounts()).toEqual(expect.arrayContaining(before));
    expect(await accounts()).toHaveLength(before.length);
  });

  it('begins no session', async () => {
    const { headers } = await signUp('carla@example.com');
    expect(headers['set-cookie']).toBeUndefined();
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
    'an\u0000na@example.com',
    `${'a'.repeat(65)}@example.com`,
    `anna@${'a.'.repeat(130)}com`,
  ])('refuses %j with INVALID_EMAIL', async (email) => {
    const { data } = await signUp(email);
    expect(faults(data.signUp)).toEqual([{ field: 'email', code: 'INVALID_EMAIL' }]);
    expect(data.signUp.userErrors[0].message).not.toContain(email);
  });

  it.each(["o'brien+tv@example.com", 'jürgen@bücher.example', 'x@a.b.c.d.example'])(
    'takes %j',
    async (email) => {
      expect((await signUp(email)).data.signUp.userErrors).toEqual([]);
    },
  );

  it('counts characters, not octets: 14 are PASSWORD_TOO_SHORT and 15 are enough', async () => {
    const { data } = await signUp('dora@example.com', '🔑'.repeat(14));
    expect(faults(data.signUp)).toEqual([{ field: 'password', code: 'PASSWORD_TOO_SHORT' }]);
    expect((await signUp('dora@example.com', '🔑'.repeat(15))).data.signUp.userErrors).toEqual([]);
  });

  it('refuses 257 characters with PASSWORD_TOO_LONG and takes 256', async () => {
    const { data } = await signUp('emil@example.com', 'a'.repeat(257));
    expect(faults(data.signUp)).toEqual([{ field: 'password', code: 'PASSWORD_TOO_LONG' }]);
    expect((await signUp('emil@example.com', 'a'.repeat(256))).data.signUp.userErrors).toEqual([]);
  });

  it('refuses the e-mail address as password with PASSWORD_EQUALS_EMAIL', async () => {
    const { data } = await signUp('franziska@example.com', 'Franziska@Example.com');
    expect(faults(data.signUp)).toEqual([{ field: 'password', code: 'PASSWORD_EQUALS_EMAIL' }]);
  });

  it('tells of both fields at once', async () => {
    const { data } = await signUp('nobody', 'short');
    expect(faults(data.signUp)).toEqual([
      { field: 'email', code: 'INVALID_EMAIL' },
      { field: 'password', code: 'PASSWORD_TOO_SHORT' },
    ]);
  });
});
