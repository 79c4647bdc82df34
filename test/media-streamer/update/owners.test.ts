import { beforeEach, describe, expect, it } from 'vitest';
import { AllowlistWriter } from '../../../src/allowlist/writer.js';
import { daysAfter, today } from '../../../src/lib/calendar.js';
import { useGateway } from '../../support/fixtures.js';
import { someSource } from '../../support/gateway.js';
import { sendUpdate } from '../../support/http/update-client.js';
import { Ways } from '../../support/network/fault-proxy.js';
import { makeNetwork, type TestNetwork } from '../../support/people/network.js';

const ways = new Ways();
const gateway = useGateway({ through: ways.through });

let home: TestNetwork;
let source: string;
beforeEach(async () => {
  home = await makeNetwork(gateway);
  source = someSource();
  await update();
});

const update = (from = source) =>
  sendUpdate(gateway.url, { password: home.token, source: from }).then(({ status, text }) => [status, text]);

async function mutate(operation: string): Promise<void> {
  const { token, fresh: headers } = home.owner;
  const { data, errors } = await gateway.call({ query: `mutation { ${operation} }`, token, headers });
  expect(errors).toBeUndefined();
  expect(Object.values<{ userErrors: unknown[] }>(data)[0]?.userErrors).toEqual([]);
}

describe('a router', () => {
  it('ends with the account of its owner: 401, and no address of it is left', async () => {
    expect(await home.addresses()).toEqual([source]);
    await mutate('closeAccount { userErrors { code } }');
    await expect.poll(() => home.addresses()).toEqual([]);
    expect(await update()).toEqual([401, 'badauth\n']);
    expect(await update(someSource())).toEqual([401, 'badauth\n']);
    expect(await home.addresses()).toEqual([]);
  });

  it('moves nothing while its owner restricts processing, and goes on when that is lifted', async () => {
    await mutate('submitRightsRequest(input: { kind: RESTRICTION }) { userErrors { code } }');
    const next = someSource();
    expect(await update(next)).toEqual([200, '!donator\n']);
    expect(await home.addresses()).toEqual([source]);
    await mutate('liftRestriction { userErrors { code } }');
    expect(await update(next)).toEqual([200, `good ${next}\n`]);
    expect(await home.addresses()).toEqual([next]);
  });

  it('waits while it cannot be known whether its owner restricts processing', async () => {
    const postgres = ways.all[0]!;
    await postgres.cut();
    expect(await update()).toEqual([200, `nochg ${source}\n`]);
    expect(await update(someSource())).toEqual([503, '911\n']);
    await postgres.mend();
    expect(await home.addresses()).toEqual([source]);
  });

  it('ends with the last day of its network: 401', async () => {
    home = await makeNetwork(gateway, { lastDay: today() });
    expect(await update()).toEqual([200, `good ${source}\n`]);
    await new AllowlistWriter(gateway.store).expire(daysAfter(today(), 1));
    expect(await update()).toEqual([401, 'badauth\n']);
    expect(await home.addresses()).toEqual([]);
  });

  it('that is off for 35 days loses its address, and has it again with its next update', async () => {
    await new AllowlistWriter(gateway.store).expire(daysAfter(today(), 36));
    expect(await home.addresses()).toEqual([]);
    expect(await update()).toEqual([200, `good ${source}\n`]);
  });
});
