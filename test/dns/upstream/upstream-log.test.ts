import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { plainProfile } from '../../../src/allowlist/profile.js';
import { AllowlistWriter } from '../../../src/allowlist/writer.js';
import { freePort } from '../../../src/dev/embedded/process.js';
import { parsePrefix } from '../../../src/lib/ip.js';
import { ask, askUntil } from '../../support/network/dns-client.js';
import { type ProductProcess, startProcess } from '../../support/product.js';
import { startRedis, type TestRedis } from '../../support/stores/redis.js';
import { startUpstream, type TestUpstream } from '../support/upstream-server.js';

const CUSTOMER = '127.0.0.31';

let redis: TestRedis;
let upstream: TestUpstream;
let node: ProductProcess;
let dnsPort: number;
let metricsPort: number;
beforeAll(async () => {
  redis = await startRedis();
  const client = new Redis(redis.url);
  const writer = new AllowlistWriter(client);
  await writer.initialise();
  const prefix = parsePrefix(CUSTOMER);
  if (typeof prefix === 'string') throw new Error(prefix);
  await writer.put({ prefix, profile: plainProfile(prefix, 'us'), label: '', lastDay: null });
  client.disconnect();
  upstream = await startUpstream();
  [dnsPort, metricsPort] = [await freePort(), await freePort()];
  node = await startProcess('dns-node', [], {
    DNS_PORT: String(dnsPort),
    DNS_METRICS_PORT: String(metricsPort),
    REDIS_URL: redis.nodeUrl,
    DNS_UPSTREAMS: `127.0.0.1:${upstream.port}`,
    DNS_REQUIRE_COOKIE: 'false',
  });
});
afterAll(async () => {
  await node?.stop();
  await upstream?.close();
  await redis?.stop();
});

const question = (name: string) => ({ port: dnsPort, source: CUSTOMER, name });
const events = () => node.output().match(/"event":"dependency\.[^}]*(?=\})/g) ?? [];
const upMetric = async () => {
  const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  return metrics.match(/^dns_upstream_up\{.*$/gm);
};

it('an outage of an upstream is logged once at its start and once at its end: by position, without its address', async () => {
  await askUntil('NOERROR', question('before.example.org'));
  await upstream.close();
  for (let index = 0; index < 20; index++) {
    expect((await ask(question(`while-${index}.example.org`))).rcode).toBe('SERVFAIL');
  }
  await expect
    .poll(upMetric)
    .toEqual([
      'dns_upstream_up{upstream="1",transport="udp"} 0',
      'dns_upstream_up{upstream="1",transport="tcp"} 1',
    ]);
  await upstream.reopen();
  expect((await ask(question('after.example.org'))).rcode).toBe('NOERROR');
  await expect
    .poll(events)
    .toEqual([
      '"event":"dependency.lost","part":"upstream","upstream":1,"transport":"udp"',
      '"event":"dependency.back","part":"upstream","upstream":1,"transport":"udp"',
    ]);
  expect(node.output()).not.toContain(String(upstream.port));
});
