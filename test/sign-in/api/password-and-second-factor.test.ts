import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorsOf, startTestGateway, type TestGateway } from '../../support/gateway.js';
import { PASSWORD, type TestAccount } from '../../support/people/account.js';
import { blockedStatements } from '../../support/stores/postgres.js';

const CHANGE = `mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { userErrors { field code } } }`;
const REMOVE = `mutation ($input: RemovePasskeyInput!) { removePasskey(input: $input) { userErrors { field code } } }`;
const PATIENCE = { timeout: 10_000 };
const SHORT = 'brief but rare';

describe('a short password and the second factor that it needs', () => {
  let gateway: TestGateway;
  let client: pg.Client;
  beforeAll(async () => {
    gateway = await startTestGateway();
    client = new pg.Client({ connectionString: gateway.database.url });
    await client.connect();
  });
  afterAll(async () => {
    await client?.end();
    await gateway?.stop();
  });

  /** An account with one passkey, whose row somebody else is changing. */
  async function withPasskey(): Promise<{ account: TestAccount; passkey: string }> {
    const account = await gateway.account();
    const passkey = randomUUID();
    await client.query(
      `INSERT INTO passkey (id, account_id, credential_id, public_key, counter, label, backed_up)
       VALUES ($1, $2::uuid, 'credential of ' || $2::text, 'AA', '0', 'Key', false)`,
      [passkey, account.id],
    );
    await client.query('BEGIN');
    await client.query('SELECT FROM account WHERE id = $1 FOR NO KEY UPDATE', [account.id]);
    return { account, passkey };
  }

  const blocked = () => blockedStatements(gateway.database.url);

  it('is not taken when the second factor goes at the same moment', async () => {
    const { account } = await withPasskey();
    const { token, fresh: headers } = account;
    const answer = gateway.call({
      query: CHANGE,
      variables: { input: { newPassword: SHORT } },
      token,
      headers,
    });
    await expect.poll(blocked, PATIENCE).toBe(1);
    await client.query('DELETE FROM passkey WHERE account_id = $1', [account.id]);
    await client.query('COMMIT');
    const { data } = await answer;
    expect(errorsOf(data.changePassword)).toEqual([{ field: 'newPassword', code: 'CONFLICT' }]);
  });

  it('keeps its second factor when it comes at the moment in which that is removed', async () => {
    const { account, passkey } = await withPasskey();
    const { token, fresh: headers } = account;
    const input = { id: passkey, password: PASSWORD };
    const answer = gateway.call({ query: REMOVE, variables: { input }, token, headers });
    await expect.poll(blocked, PATIENCE).toBe(1);
    await client.query(`UPDATE account SET password_hash = 'of a short one' WHERE id = $1`, [account.id]);
    await client.query('COMMIT');
    const { data } = await answer;
    expect(errorsOf(data.removePasskey)).toEqual([{ field: 'password', code: 'CONFLICT' }]);
    const left = await client.query('SELECT FROM passkey WHERE id = $1', [passkey]);
    expect(left.rowCount).toBe(1);
  });
});
