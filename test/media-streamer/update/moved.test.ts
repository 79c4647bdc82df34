import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendUpdate } from '../../support/http/update-client.js';
import { ask, askUntil } from '../../support/network/dns-client.js';
import { makeAccount, type NewTestAccount } from '../../support/people/account.js';
import { makeNetwork } from '../../support/people/network.js';
import { type Product, startProduct } from '../../support/product.js';
import { type FreshDatabase, freshDatabase } from '../../support/stores/postgres.js';
import { startRedis, type TestRedis } from '../../support/stores/redis.js';

describe('the address that a router has left', () => {
  let redis: TestRedis;
  let database: FreshDatabase;
  let product: Product;
  let store: Redis;
  beforeAll(async () => {
    [redis, database] = await Promise.all([startRedis(), freshDatabase()]);
    product = await startProduct({ databaseUrl: database.url, redis });
    store = new Redis(redis.operatorUrl);
  });
  afterAll(async () => {
    store?.disconnect();
    await product?.stop();
    await Promise.all([redis?.stop(), database?.drop()]);
  });

  it('is refused by the dns-node in the same revision in which the new one is answered', async () => {
    const account = (options?: NewTestAccount) =>
      makeAccount({ databaseUrl: database.url, redisUrl: redis.url }, options);
    const home = await makeNetwork({ store, account });
    const device = (source: string) => ({ port: product.dnsPort, source, name: 'www.netflix.com' });
    const move = (source: string) => sendUpdate(product.graphqlUrl, { password: home.token, source });

    // Sources of a /24 each: the response rate limit counts by it.
    let before = '127.0.71.1';
    expect((await move(before)).text).toBe(`good ${before}\n`);
    await askUntil('NOERROR', device(before));
    for (const after of ['127.0.72.1', '127.0.73.1', '127.0.74.1']) {
      expect((await move(after)).text).toBe(`good ${after}\n`);
      const [[, fields]] = (await store.xrevrange('{allowlist}:changes', '+', '-', 'COUNT', 1)) as [
        [string, string[]],
      ];
      expect(fields.slice(2).sort()).toEqual(['', keyOf(before), keyOf(after), '4;-'].sort());
      await askUntil('NOERROR', device(after));
      // Asked once: it is refused from the moment on in which the new one is answered.
      expect((await ask(device(before))).rcode).toBe('REFUSED');
      before = after;
    }
  });
});

/** The key of an IPv4 address in the allowlist. */
function keyOf(address: string): string {
  const hex = address.split('.').map((byte) => Number(byte).toString(16).padStart(2, '0'));
  return `4${hex.join('')}20`;
}
