import { describe, expect, it } from 'vitest';
import { useGateway } from '../../support/fixtures.js';
import { errorsOf } from '../../support/gateway.js';
import { makeSession, PASSWORD } from '../../support/people/account.js';
import { waitingMails } from '../../support/people/links.js';
import { queryDatabase } from '../../support/stores/postgres.js';

const CLOSE = 'mutation { closeAccount { userErrors { code } } }';
const VIEWER = '{ viewer { account { email } } }';

const gateway = useGateway();

const rows = (sql: string, ...values: unknown[]) => queryDatabase(gateway.database.url, sql, values);

/** An account that has something in every table and store, and another session. */
async function settled(email: string) {
  const account = await gateway.account({ email, locale: 'de' });
  const elsewhere = await makeSession(gateway.redis.url, account);
  const mutate = async (operation: string, source = '127.0.0.1') => {
    const query = `mutation { ${operation} { userErrors { code } } }`;
    const { token, fresh: headers } = account;
    const { data, errors } = await gateway.call({ query, token, headers, source });
    expect(errors).toBeUndefined();
    expect(Object.values<{ userErrors: unknown[] }>(data)[0]?.userErrors).toEqual([]);
  };
  await mutate('registerNetwork(input: { name: "Flat" })', '127.0.0.60');
  await mutate('setConsent(input: { purpose: DIAGNOSTICS, granted: true })');
  await mutate('changeEmail(input: { newEmail: "elsewhere@example.org" })');
  await mutate(
    'updateBillingProfile(input: { version: 0, name: "A", addressLine1: "1", city: "B", country: "DE" })',
  );
  await rows(
    "INSERT INTO password_reset (id, email, expires_on) VALUES (gen_random_uuid(), $1, '2999-01-01')",
    email,
  );
  await rows(
    `INSERT INTO sign_up (id, email, password_hash, locale, country, expires_on)
     VALUES (gen_random_uuid(), $1, '', 'en', 'DE', '2999-01-01')`,
    email,
  );
  return { ...account, elsewhere };
}

/** The tables that hold the text or the id anywhere. */
async function tablesWith(...texts: string[]): Promise<unknown[]> {
  const tables = await rows(
    `SELECT table_name AS name FROM information_schema.tables
     WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
  );
  const found: unknown[] = [];
  for (const { name } of tables) {
    const query = `SELECT 1 FROM "${name}" AS row WHERE row::text LIKE ANY ($1) LIMIT 1`;
    if (
      (
        await rows(
          query,
          texts.map((text) => `%${text}%`),
        )
      ).length > 0
    )
      found.push(name);
  }
  return found;
}

async function keysOf(accountId: string): Promise<string[]> {
  const keys = await gateway.store.keys('*');
  return keys.filter((key) => key.includes(accountId));
}

describe('closeAccount', () => {
  it('leaves nothing of the account in any store, and frees its e-mail address', async () => {
    const email = 'anna@example.com';
    const { id, token, fresh, elsewhere } = await settled(email);
    expect(await tablesWith(email, id)).toEqual(
      expect.arrayContaining([
        'account',
        'billing_profile',
        'consent',
        'email_change',
        'password_reset',
        'sign_up',
      ]),
    );
    expect(await keysOf(id)).not.toEqual([]);

    const { data, headers } = await gateway.call({ query: CLOSE, token, headers: fresh });
    expect(data).toEqual({ closeAccount: { userErrors: [] } });
    expect(headers['set-cookie']).toEqual([
      expect.stringMatching(/^__Host-session=; .*Expires=Thu, 01 Jan 1970/),
      expect.stringMatching(/^__Host-known-browser=; .*Expires=Thu, 01 Jan 1970/),
    ]);
    expect(await tablesWith(email, id, 'elsewhere@example.org')).toEqual([]);
    expect(await keysOf(id)).toEqual([]);
    for (const ended of [token, elsewhere]) {
      const { errors } = await gateway.call({ query: VIEWER, token: ended });
      expect(errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED');
    }
    const signIn = `mutation { signIn(input: { email: "${email}", password: "${PASSWORD}" }) { userErrors { field code } } }`;
    expect(errorsOf((await gateway.call({ query: signIn })).data.signIn)).toEqual([
      { field: null, code: 'INVALID_CREDENTIALS' },
    ]);
    expect(await waitingMails(gateway.database.url)).toContainEqual({
      template: 'account-closed',
      address: email,
      locale: 'de',
      caseReference: null,
    });
    expect((await gateway.account({ email })).id).not.toBe(id);
  });

  it('takes along whatever hangs on an account: every table that names one goes with it', async () => {
    // Those of usage are too large for foreign keys: their rows are deleted by name (test/erasure/erasure.test.ts). A rights
    // request stays without its person, and an erasure's row goes with its last step.
    const naming = await rows(
      `SELECT table_name AS name FROM information_schema.columns
       WHERE table_schema = 'public' AND column_name = 'account_id'
         AND table_name NOT IN ('usage_report_row', 'usage_day', 'rights_request', 'erasure')
         AND table_name NOT IN (SELECT relname FROM pg_class WHERE relispartition) ORDER BY 1`,
    );
    const cascading = await rows(
      `SELECT conrelid::regclass::text AS name FROM pg_constraint
       WHERE confrelid = 'account'::regclass AND contype = 'f' AND confdeltype = 'c' ORDER BY 1`,
    );
    expect(naming).not.toEqual([]);
    expect(cascading).toEqual(naming);
  });

  it('completes by itself what broke in the middle', async () => {
    const { id, token, fresh, email } = await settled('dora@example.com');
    await rows('ALTER TABLE graphile_worker._private_jobs RENAME TO elsewhere');
    const broken = await gateway.call({ query: CLOSE, token, headers: fresh });
    expect(await tablesWith(id)).toContain('account');
    await rows('ALTER TABLE graphile_worker.elsewhere RENAME TO _private_jobs');
    expect(broken.errors?.[0]?.extensions?.code).toBe('INTERNAL_SERVER_ERROR');
    await expect.poll(() => tablesWith(email, id), { timeout: 20_000 }).toEqual([]);
    await expect.poll(() => keysOf(id), { timeout: 20_000 }).toEqual([]);
  });

  it('touches nobody else', async () => {
    const [bert, carla] = [await gateway.account(), await settled('carla@example.com')];
    const before = await tablesWith(carla.id);
    await gateway.call({ query: CLOSE, token: bert.token, headers: bert.fresh });
    expect(await tablesWith(carla.id)).toEqual(before);
    expect((await gateway.call({ query: VIEWER, token: carla.token })).errors).toBeUndefined();
  });

  it('needs a fresh factor: STEP_UP_REQUIRED', async () => {
    const { errors } = await gateway.call({ query: CLOSE, token: await gateway.user() });
    expect(errors?.[0]?.extensions?.code).toBe('STEP_UP_REQUIRED');
  });
});
