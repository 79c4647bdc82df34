import { describe, expect, it } from 'vitest';
import { useGateway } from '../../support/fixtures.js';
import { dayFromNow, errorsOf } from '../../support/gateway.js';
import type { TestAccount } from '../../support/people/account.js';
import { callAsNode, makeNode, RECORD_USAGE } from '../../support/people/vpn-node.js';

const ROTATE = 'mutation { rotateUsageHandle { usageHandle userErrors { field code } } }';
const UUID_4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('rotateUsageHandle', () => {
  const gateway = useGateway();

  const rotate = async ({ token }: TestAccount) =>
    (await gateway.call({ query: ROTATE, token })).data.rotateUsageHandle;
  const handle = async ({ token }: TestAccount) =>
    (await gateway.call({ query: '{ viewer { usageHandle } }', token })).data.viewer.usageHandle;
  const stored = ({ id }: TestAccount) =>
    gateway.query(
      'SELECT handle, retired_on::text FROM usage_handle WHERE account_id = $1 ORDER BY retired_on NULLS LAST',
      [id],
    );

  it('finds a handle with every account, which is not its id', async () => {
    const account = await gateway.account();
    const first = await handle(account);
    expect(first).toMatch(UUID_4);
    expect(first).not.toBe(account.id);
    expect(await handle(await gateway.account())).not.toBe(first);
  });

  it('puts another in its place, and keeps the old one for days that may yet be reported', async () => {
    const account = await gateway.account();
    const before = await handle(account);
    const { usageHandle, userErrors } = await rotate(account);
    expect(userErrors).toEqual([]);
    expect(usageHandle).toMatch(UUID_4);
    expect(usageHandle).not.toBe(before);
    expect(await handle(account)).toBe(usageHandle);
    expect(await stored(account)).toEqual([
      { handle: before, retired_on: dayFromNow(0) },
      { handle: usageHandle, retired_on: null },
    ]);
  });

  it('loses nothing of a day that is reported under both', async () => {
    const account = await gateway.account();
    const node = await makeNode(gateway);
    const before = await handle(account);
    const { usageHandle } = await rotate(account);
    const yesterday = dayFromNow(-1);
    const rows = [before, usageHandle].map((each) => ({
      handle: each,
      location: node.location,
      country: 'DE',
      provider: 64496,
      megabytes: 21,
      connected: true,
    }));
    const variables = { input: { day: yesterday, rows } };
    await callAsNode(gateway, { query: RECORD_USAGE, variables, token: node.token });
    const query = `{ viewer { usage(days: { from: "${yesterday}", to: "${yesterday}" }) { daysConnected megabytes } } }`;
    const { data } = await gateway.call({ query, token: account.token });
    expect(data.viewer.usage).toEqual({ daysConnected: 1, megabytes: 42 });
  });

  it('leaves one present handle however many ask at the same time', async () => {
    const account = await gateway.account();
    const before = await handle(account);
    const answers = await Promise.all(Array.from({ length: 5 }, () => rotate(account)));
    const given = answers.map(({ usageHandle }) => usageHandle);
    const present = await handle(account);
    expect(given).toContain(present);
    const retired = (await stored(account)).filter((row) => row.retired_on !== null);
    expect(retired.map((row) => row.handle).sort()).toEqual(
      [before, ...given].filter((each) => each !== present).sort(),
    );
  });

  it('refuses more than five an hour: TOO_MANY_ATTEMPTS', async () => {
    const account = await gateway.account();
    for (let tries = 0; tries < 5; tries += 1) expect((await rotate(account)).userErrors).toEqual([]);
    const present = await handle(account);
    const refused = await rotate(account);
    expect(refused.usageHandle).toBeNull();
    expect(errorsOf(refused)).toEqual([{ field: null, code: 'TOO_MANY_ATTEMPTS' }]);
    expect(await handle(account)).toBe(present);
    expect((await rotate(await gateway.account())).userErrors).toEqual([]);
  });

  it.each([ROTATE, '{ viewer { usageHandle } }'])(
    'answers a session whose account is gone with UNAUTHENTICATED: %s',
    async (query) => {
      const { id, token } = await gateway.account();
      await gateway.query('DELETE FROM account WHERE id = $1', [id]);
      const { errors } = await gateway.call({ query, token });
      expect(errors?.map((error) => error.extensions?.code)).toEqual(['UNAUTHENTICATED']);
    },
  );
});
