// Hosts that vanish without a word, such as by a loss of power: nothing ever says that their connections are dead.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { someSource, startTestGateway, type TestGateway } from '../support/gateway.js';
import { type Watching, watch } from '../support/http/live-client.js';
import { type MovingName, movingName, type NetworkWay, networkWay } from '../support/network/network.js';
import type { TestAccount } from '../support/people/account.js';

const REGISTER = 'mutation { registerNetwork(input: { name: "Home" }) { userErrors { code } } }';
const VIEWER = '{ viewer { account { role } } }';
const SIGN_IN =
  'mutation { signIn(input: { email: "nobody@example.com", password: "not the one" }) { userErrors { code } } }';
const SUBMIT = 'mutation { submitRightsRequest(input: { kind: PORTABILITY }) { userErrors { code } } }';
const ADDRESSES = 'subscription { networksChanged { addresses { address } } }';
const REQUESTS = 'subscription { rightsRequestChanged { kind } }';

/** What a gateway needs to notice that a host is gone, and to connect to another one, with room for a busy machine. */
const BACK_MS = 12_000;

interface Store {
  readonly part: string;
  readonly name: MovingName;
  readonly first: NetworkWay;
  /** Another host with the same data: what the name leads to after the failover. */
  readonly second: NetworkWay;
}

describe('a store whose host vanishes', () => {
  const stores: Store[] = [];
  const watching: Watching[] = [];
  let gateway: TestGateway;
  let anna: TestAccount;

  beforeAll(async () => {
    const parts = ['postgres', 'redis', 'redis-ephemeral'];
    gateway = await startTestGateway({
      async through(url) {
        const part = parts[stores.length]!;
        const [first, second] = [await networkWay(url), await networkWay(url)];
        const name = movingName(`${part}.internal`, first.address);
        stores.push({ part, name, first, second });
        const named = new URL(url);
        named.hostname = name.name;
        return named.href;
      },
    });
    anna = await gateway.account();
  });
  afterEach(async () => {
    for (const each of watching.splice(0)) await each.stop();
  });
  afterAll(async () => {
    await gateway?.stop();
    for (const { first, second, name } of stores.toReversed()) {
      name.forget();
      await first.close();
      await second.close();
    }
  });

  async function begin(query: string): Promise<Watching> {
    const before = await metric('gateway_subscriptions');
    const begun = watch(gateway.url, 'websocket', { query, token: anna.token });
    watching.push(begun);
    await expect.poll(() => metric('gateway_subscriptions')).toBe(before + 1);
    return begun;
  }

  async function metric(name: string): Promise<number> {
    const text = await (await fetch(`${gateway.metricsUrl}/metrics`)).text();
    const line = text.split('\n').find((each) => each.startsWith(`${name} `));
    return Number(line?.slice(name.length + 1));
  }

  const ready = async () => (await fetch(`${gateway.metricsUrl}/readyz`)).status;
  const codes = async (query: string, source = someSource()) =>
    (await gateway.call({ query, token: anna.token, headers: anna.fresh, source })).errors?.map(
      ({ extensions }) => extensions?.code,
    ) ?? [];
  const events = (part: string) =>
    gateway.log
      .map((line) => JSON.parse(line))
      .filter((line) => line.part === part && line.event.startsWith('dependency.'))
      .map(({ event }) => event);

  /** Packets vanish; the name is moved as soon as the gateway knows it, and then it works again. */
  async function failOver(part: string): Promise<void> {
    const { first, second, name } = stores.find((each) => each.part === part)!;
    first.vanish();
    await expect.poll(ready, { timeout: BACK_MS }).toBe(503);
    name.moveTo(second.address);
    await expect.poll(ready, { timeout: BACK_MS }).toBe(200);
  }

  it('Redis: the gateway leaves it, and live updates go on', { timeout: 40_000 }, async () => {
    const addresses = await begin(ADDRESSES);
    await failOver('redis');
    const source = someSource();
    expect(await codes(REGISTER, source)).toEqual([]);
    expect((await addresses.next()).value.data.networksChanged).toEqual([
      { addresses: [{ address: source }] },
    ]);
    expect(events('redis')).toEqual(['dependency.lost', 'dependency.back']);
  });

  it('the ephemeral Redis: sign-ins are counted again', { timeout: 40_000 }, async () => {
    await failOver('redis-ephemeral');
    expect(await codes(SIGN_IN)).toEqual([]);
    expect(events('redis-ephemeral')).toEqual(['dependency.lost', 'dependency.back']);
  });

  it('Postgres: every connection leaves it, and live updates go on', { timeout: 40_000 }, async () => {
    // So that the pools hold connections that nobody uses when the host vanishes.
    await Promise.all(Array.from({ length: 20 }, () => codes(VIEWER)));
    const requests = await begin(REQUESTS);
    await failOver('postgres');
    // Readiness goes by one connection; the others have noticed within the same seconds.
    const all = async () => (await Promise.all(Array.from({ length: 20 }, () => codes(VIEWER)))).flat();
    await expect.poll(all, { timeout: BACK_MS }).toEqual([]);
    expect(await all()).toEqual([]);
    await expect.poll(() => events('postgres')).toEqual(['dependency.lost', 'dependency.back']);
    expect(await codes(SUBMIT)).toEqual([]);
    expect((await requests.next()).value.data.rightsRequestChanged).toEqual({ kind: 'PORTABILITY' });
    // What works in the background has no dead connection left either.
    // There is no mail server here, and the request that was submitted has a mail.
    const lines = () => gateway.log.filter((line) => !line.includes('"part":"smtp"'));
    const count = (name: string) => lines().filter((line) => line.includes(`"event":"${name}"`)).length;
    await expect
      .poll(() => count('dependency.lost') - count('dependency.back'), { timeout: BACK_MS })
      .toBe(0);
  });
});
