import { beforeAll, expect, it } from 'vitest';
import { useGateway } from '../support/fixtures.js';

const gateway = useGateway();
beforeAll(async () => {
  // Rows go as soon as their mail has: what counts is that they were written.
  await gateway.query('CREATE TABLE written_reset ()');
  await gateway.query(`CREATE FUNCTION count_reset() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO written_reset DEFAULT VALUES; RETURN NULL; END $$`);
  await gateway.query(
    'CREATE TRIGGER counted AFTER INSERT ON password_reset FOR EACH ROW EXECUTE FUNCTION count_reset()',
  );
});

/** The second of its fields fails without a fresh factor, when the first has done its work. */
const HALF = `mutation ($email: String!) {
  requestPasswordReset(input: { email: $email }) { userErrors { code } }
  changePassword(input: { newPassword: "another long passphrase" }) { userErrors { code } } }`;

it('an operation that fails is executed once, also when it has a plan', async () => {
  const { token } = await gateway.account();
  for (const time of ['new', 'known', 'known again']) {
    const before = await resets();
    const { errors } = await gateway.call({ query: HALF, variables: { email: 'anna@example.net' }, token });
    expect(errors?.map(({ extensions }) => extensions?.code)).toEqual(['STEP_UP_REQUIRED']);
    expect((await resets()) - before, time).toBe(1);
  }
});

it('a failure is counted and logged once', async () => {
  const ask = () => gateway.call({ query: '{ viewer { mediaStreamer { networks { id } } } }', token });
  const token = await gateway.user();
  await ask();
  await ask();
  await gateway.store.del('{allowlist}:epoch-4');
  const before = { failed: await failed(), lines: lines() };
  expect((await ask()).errors).toHaveLength(1);
  expect({ failed: (await failed()) - before.failed, lines: lines() - before.lines }).toEqual({
    failed: 1,
    lines: 1,
  });
});

async function resets(): Promise<number> {
  return (await gateway.query('SELECT FROM written_reset')).length;
}

async function failed(): Promise<number> {
  const metrics = await (await fetch(`${gateway.metricsUrl}/metrics`)).text();
  const counted = /^gateway_requests_total\{operation_type="query",outcome="failed"\} (\d+)$/m.exec(metrics);
  return Number(counted?.[1] ?? 0);
}

function lines(): number {
  return gateway.log.filter((line) => line.includes('"request.failed"')).length;
}
