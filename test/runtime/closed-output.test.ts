// All that a gateway writes while its stores come and go under it, with what packages and Node itself would print.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../src/dev/embedded/process.js';
import { read } from '../repo/source-files.js';
import { graphql } from '../support/http/graphql-client.js';
import { Ways } from '../support/network/fault-proxy.js';
import { type ProductProcess, startProcess } from '../support/product.js';
import { GATEWAY_SETTINGS } from '../support/settings.js';
import { startStores, type TestStores } from '../support/stores/stores.js';

/** The closed list, as the source has it. */
const EVENTS = [...read('src/runtime/log.ts').matchAll(/^ {2}\| '([a-z.-]+)'/gm)].map(([, event]) => event);

/** Prints and warns as packages do (graphile-worker by `console.trace`), when the process gets the signal. */
const PRELOAD = `data:text/javascript,${encodeURIComponent(`
  process.on('SIGUSR2', () => {
    console.trace(Object.assign(new TypeError('of anna@example.com'), { code: '57P01' }));
    console.error('anna@example.com');
    process.emitWarning('anna@example.com', { type: 'DeprecationWarning', code: 'DEP0190' });
    process.emitWarning('anna@example.com', { type: 'anna@example.com' });
  });
`)}`;

describe('what a gateway writes', () => {
  const ways = new Ways();
  let stores: TestStores;
  let gateway: ProductProcess;
  let url: string;
  beforeAll(async () => {
    stores = await startStores();
    const port = await freePort();
    url = `http://127.0.0.1:${port}/graphql`;
    gateway = await startProcess('gateway', ['--import', PRELOAD], {
      ...GATEWAY_SETTINGS,
      GATEWAY_PORT: String(port),
      GATEWAY_METRICS_PORT: String(await freePort()),
      DATABASE_URL: await ways.through(stores.database.url),
      REDIS_URL: await ways.through(stores.redis.url),
      REDIS_EPHEMERAL_URL: await ways.through(stores.ephemeral.url),
    });
  });
  afterAll(async () => {
    await gateway?.stop();
    ways.close();
    await stores?.stop();
  });

  const lines = () => gateway.output().trimEnd().split('\n');
  const wrote = (text: string) => lines().some((line) => line.includes(text));
  const ask = () =>
    graphql(url, {
      query:
        'mutation { requestPasswordReset(input: { email: "anna@example.com" }) { userErrors { code } } }',
    });

  it('consists only of lines of the closed log, whatever goes wrong', { timeout: 30_000 }, async () => {
    await ways.cut();
    for (let i = 0; i < 3; i += 1) {
      expect((await ask()).errors).toMatchObject([{ extensions: { code: 'SERVICE_UNAVAILABLE' } }]);
    }
    await expect.poll(() => wrote('"event":"dependency.lost","part":"postgres"')).toBe(true);
    await ways.mend();
    await expect
      .poll(() => wrote('"event":"dependency.back","part":"postgres"'), { timeout: 10_000 })
      .toBe(true);
    gateway.child.kill('SIGUSR2');
    await expect.poll(() => wrote('"error":"DeprecationWarning","code":"DEP0190"')).toBe(true);
    expect(wrote('"part":"console","error":"TypeError","code":"57P01"')).toBe(true);
    expect(wrote('"part":"warning","error":"Warning"')).toBe(true);
    expect(await gateway.stop()).toBe(0);

    const events = lines().map((line) => JSON.parse(line).event);
    expect(events.filter((event) => !EVENTS.includes(event))).toEqual([]);
    expect(gateway.output()).not.toMatch(/anna|example\.com|127\.0\.0\.1:\d+\/|graphile/i);
    const lost = lines().filter((line) => /dependency\.(lost|back)","part":"postgres"/.test(line));
    expect(lost).toHaveLength(2);
  });
});
