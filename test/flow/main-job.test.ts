import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RegisterNetwork, RemoveNetwork, SignIn } from '../../client/index.js';
import type { Readiness } from '../../src/runtime/health.js';
import { send } from '../support/http/graphql-client.js';
import { ask, askUntil } from '../support/network/dns-client.js';
import { makeAccount, PASSWORD } from '../support/people/account.js';
import { type Product, startProduct } from '../support/product.js';
import { emptyDatabase, type FreshDatabase } from '../support/stores/postgres.js';
import { initialiseAllowlist, startRedis, type TestRedis } from '../support/stores/redis.js';

const STREAMED = 'www.netflix.com';
describe('the main job, from sign-up to an answer', () => {
  let redis: TestRedis;
  let database: FreshDatabase;
  let product: Product;
  let anna: string;
  let ben: string;

  beforeAll(async () => {
    [redis, database] = await Promise.all([startRedis(), emptyDatabase()]);
    product = await startProduct({ databaseUrl: database.url, redis });
    const stores = { databaseUrl: database.url, redisUrl: redis.url };
    anna = (await makeAccount(stores, { email: 'anna@example.com' })).token;
    ben = (await makeAccount(stores, { email: 'ben@example.com' })).token;
  });
  afterAll(async () => {
    await product?.stop();
    await Promise.all([redis?.stop(), database?.drop()]);
  });

  async function register(token: string, source: string, region = 'us') {
    const variables = { input: { name: 'Living room', regionId: region } };
    const { data, errors } = await send(product.graphqlUrl, RegisterNetwork, {
      variables,
      token,
      source,
    });
    expect(errors).toBeUndefined();
    expect(data.registerNetwork.userErrors).toEqual([]);
    return data.registerNetwork.network!;
  }

  async function remove(token: string, { id: networkId }: { readonly id: string }) {
    const variables = { input: { networkId } };
    const { data } = await send(product.graphqlUrl, RemoveNetwork, { variables, token });
    expect(data.removeNetwork.userErrors).toEqual([]);
  }

  const from = (source: string) => ({ port: product.dnsPort, source, name: STREAMED });

  it('refuses a device whose address nobody has registered', async () => {
    expect((await ask(from('127.0.0.7'))).rcode).toBe('REFUSED');
  });

  it.each(['udp', 'tcp'] as const)(
    'answers over %s once the address is registered, and refuses once it is removed',
    async (transport) => {
      const network = await register(anna, '127.0.0.7');
      expect(network.addresses).toMatchObject([{ address: '127.0.0.7' }]);
      const answer = await askUntil('NOERROR', { ...from('127.0.0.7'), transport });
      expect(answer.addresses).toHaveLength(1);
      await remove(anna, network);
      await askUntil('REFUSED', { ...from('127.0.0.7'), transport });
    },
  );

  it('keeps answering a shared address until its last owner leaves it', async () => {
    const hers = await register(anna, '127.0.0.8');
    const his = await register(ben, '127.0.0.8');
    await askUntil('NOERROR', from('127.0.0.8'));
    await remove(anna, hers);
    const other = await register(anna, '127.0.0.9');
    // The later change has arrived, so the earlier one has too: the node applies them in order.
    await askUntil('NOERROR', from('127.0.0.9'));
    expect((await ask(from('127.0.0.8'))).rcode).toBe('NOERROR');
    await remove(ben, his);
    await askUntil('REFUSED', from('127.0.0.8'));
    await remove(anna, other);
  });

  it('answers from the last state during an outage of Redis, reports it, and follows again afterwards', async () => {
    const network = await register(anna, '127.0.0.10');
    await askUntil('NOERROR', from('127.0.0.10'));
    await redis.kill();

    expect((await ask(from('127.0.0.10'))).rcode).toBe('NOERROR');
    await untilStatus(`${product.dnsMetricsUrl}/readyz`, 503);
    const refused = await send(product.graphqlUrl, RemoveNetwork, {
      variables: { input: { networkId: network.id } },
      token: anna,
    });
    expect(refused.errors?.[0]?.extensions?.code).toBe('SERVICE_UNAVAILABLE');

    await redis.restart();
    await untilStatus(`${product.dnsMetricsUrl}/readyz`, 200);
    expect((await ask(from('127.0.0.10'))).rcode).toBe('NOERROR');
    await untilStatus(`${product.gatewayMetricsUrl}/readyz`, 200);
    await remove(anna, network);
    await askUntil('REFUSED', from('127.0.0.10'));
  });

  it('keeps answering after a failover to an empty Redis, until an operator declares the loss', async () => {
    await register(anna, '127.0.0.11');
    await askUntil('NOERROR', from('127.0.0.11'));
    await redis.kill();
    await redis.restartEmpty();
    await untilCheck(`${product.dnsMetricsUrl}/readyz`, 'allowlist', 'empty-store');
    await untilCheck(`${product.gatewayMetricsUrl}/readyz`, 'allowlist', 'not-initialised');

    // Sessions were in the lost store; a new one does not make it the allowlist.
    const signIn = await send(product.graphqlUrl, SignIn, {
      variables: { input: { email: 'anna@example.com', password: PASSWORD, delivery: 'BEARER' } },
    });
    const again = signIn.data.signIn.session!.token!;
    const variables = { input: { name: 'Living room', regionId: 'us' } };
    const source = '127.0.0.12';
    const refused = await send(product.graphqlUrl, RegisterNetwork, {
      variables,
      token: again,
      source,
    });
    expect(refused.errors?.[0]?.extensions?.code).toBe('SERVICE_UNAVAILABLE');
    expect((await ask(from('127.0.0.11'))).rcode).toBe('NOERROR');

    await initialiseAllowlist(redis.url);
    await askUntil('REFUSED', from('127.0.0.11'));
    await register(again, source);
    await askUntil('NOERROR', from(source));
  });
});

async function untilCheck(url: string, name: string, result: string): Promise<void> {
  const said = async () => ((await (await fetch(url)).json()) as Readiness).checks[name];
  await expect.poll(said, { timeout: 15_000 }).toBe(result);
}

async function untilStatus(url: string, status: number): Promise<void> {
  await expect.poll(async () => (await fetch(url)).status, { timeout: 15_000 }).toBe(status);
}
