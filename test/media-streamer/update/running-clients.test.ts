import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../../../src/dev/embedded/process.js';
import { type Router, startRouter } from '../../support/network/router.js';
import { makeAccount, type NewTestAccount } from '../../support/people/account.js';
import { makeNetwork, type TestNetwork } from '../../support/people/network.js';
import { type ProductProcess, startProcess } from '../../support/product.js';
import { GATEWAY_SETTINGS } from '../../support/settings.js';
import { startStores, type TestStores } from '../../support/stores/stores.js';
import { type ClientDaemon, ddclient, inadyn, type UpdateClient } from '../../support/update-clients.js';

describe.each([
  ['ddclient', ddclient],
  ['inadyn', inadyn],
])('%s, as it runs in a home,', (_name, startClient) => {
  let stores: TestStores;
  let store: Redis;
  let settings: Record<string, string>;
  let gateway: ProductProcess;
  let router: Router;
  let home: TestNetwork;
  let client: UpdateClient;
  let daemon: ClientDaemon | undefined;
  beforeAll(async () => {
    stores = await startStores();
    store = new Redis(stores.redis.operatorUrl);
    // It is down for a while in these tests.
    store.on('error', () => {});
    settings = {
      ...GATEWAY_SETTINGS,
      ...stores.settings,
      GATEWAY_PORT: String(await freePort()),
      GATEWAY_METRICS_PORT: String(await freePort()),
      TRUSTED_PROXIES: '127.0.0.1',
    };
    gateway = await startProcess('gateway', [], settings);
  });
  afterAll(async () => {
    await gateway?.stop();
    store?.disconnect();
    await stores?.stop();
  });
  beforeEach(async () => {
    const account = (options?: NewTestAccount) =>
      makeAccount({ databaseUrl: stores.database.url, redisUrl: stores.redis.url }, options);
    home = await makeNetwork({ store, account });
    router = await startRouter(`http://127.0.0.1:${settings.GATEWAY_PORT}`, '8.8.4.5');
    client = await startClient(router.host, home.token);
  });
  afterEach(async () => {
    await daemon?.stop();
    daemon = undefined;
    await router.close();
    await client.remove();
  });

  const ready = async () => (await fetch(`http://127.0.0.1:${settings.GATEWAY_METRICS_PORT}/readyz`)).status;
  it('registers the address of the home, gets nochg for the same one, and follows the next ones', async () => {
    for (const address of ['8.8.4.5', '8.8.4.6', '8.8.4.7']) {
      router.address = address;
      const { output, code } = await client.cycle();
      expect([code, output]).toEqual([0, expect.stringContaining(`good ${address}`)]);
      expect(await home.addresses()).toEqual([address]);
      const again = await client.cycle(true);
      expect([again.code, again.output]).toEqual([0, expect.stringContaining(`nochg ${address}`)]);
    }
  });

  it('goes on through an outage of the store and a restart of the gateway, and is right one cycle later', async () => {
    const first = router.until(/\ngood 8\.8\.4\.5\n/);
    const running = client.daemon();
    daemon = running;
    await first;
    const next = async (address: string, answer: RegExp) => {
      router.address = address;
      const answered = router.until(answer);
      running.goOn();
      await answered;
      expect(running.isRunning()).toBe(true);
    };

    await stores.redis.halt();
    await next('8.8.4.6', /^HTTP\/1\.1 503 [\s\S]*\n911\n$/m);
    await stores.redis.restart();
    await expect.poll(ready, { timeout: 10_000 }).toBe(200);
    await next('8.8.4.6', /\ngood 8\.8\.4\.6\n/);
    expect(await home.addresses()).toEqual(['8.8.4.6']);

    expect(await gateway.stop()).toBe(0);
    await next('8.8.4.7', /unreachable/);
    gateway = await startProcess('gateway', [], settings);
    await next('8.8.4.7', /\ngood 8\.8\.4\.7\n/);
    expect(await home.addresses()).toEqual(['8.8.4.7']);
  });

  it('gets 401 and badauth for a token that was revoked, and for nothing else', async () => {
    await client.cycle();
    await home.setToken(null);
    const { output } = await client.cycle(true);
    expect(output).toContain('401');
    expect(await home.addresses()).toEqual(['8.8.4.5']);
  });
});
