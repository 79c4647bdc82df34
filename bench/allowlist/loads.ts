// Ten dns-nodes that start at once and load a million entries from one Redis, while the list changes five times a second and
// a gateway's sweeper forgets old changes: how long until all are ready, and how long Redis keeps others waiting meanwhile.
// Options: --entries N, --nodes N, --quick.

import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { plainProfile } from '../../src/allowlist/profile.js';
import { startSweeper } from '../../src/allowlist/sweeper.js';
import { AllowlistWriter } from '../../src/allowlist/writer.js';
import { type EmbeddedRedis, startEmbeddedRedis } from '../../src/dev/embedded/redis.js';
import { prefixOf } from '../../src/lib/ip.js';
import { createLogger } from '../../src/runtime/log.js';
import { fillAllowlist } from '../allowlist-entries.js';
import { quantiles } from '../quantiles.js';
import { runBench, unlessAborted } from '../run.js';
import { type BenchNode, startNode, stopAll, untilReady } from './node.js';

const CHANGES_PER_SECOND = 5;
const PING_EVERY_MS = 10;
const ENTRIES_PER_NOTE = 250_000;
const TARGET_S = 120;
/** The documentation's network, in which no other entry lies. */
const CHANGED = 0xc6336400;

/** Adds an address and takes it away again, so many times a second, until the signal. */
async function change(writer: AllowlistWriter, signal: AbortSignal): Promise<number> {
  let changes = 0;
  for (; !signal.aborted; changes += 1) {
    const address = { family: 4 as const, words: [CHANGED + ((changes >> 1) & 255)] };
    const prefix = prefixOf(address, 32);
    if (changes % 2 === 0)
      await writer.put({ prefix, profile: plainProfile(prefix, 'us'), label: '', lastDay: null });
    else await writer.remove(prefix);
    await delay(1000 / CHANGES_PER_SECOND, undefined, { signal }).catch(() => {});
  }
  return changes;
}

/** Milliseconds that each PING took, until the signal. */
async function ping(redis: Redis, signal: AbortSignal): Promise<number[]> {
  const times: number[] = [];
  while (!signal.aborted) {
    const start = performance.now();
    await redis.ping();
    times.push(performance.now() - start);
    await delay(PING_EVERY_MS, undefined, { signal }).catch(() => {});
  }
  return times;
}

async function metric({ metricsPort }: BenchNode, name: string): Promise<number> {
  const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  const line = metrics.split('\n').find((each) => each.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1));
}

/** Every node has every change. */
async function untilEqual(nodes: readonly BenchNode[], writer: AllowlistWriter): Promise<void> {
  const { revision, entries } = await writer.stats();
  for (const node of nodes) {
    while ((await metric(node, 'dns_allowlist_revision')) < revision) await delay(50);
    if ((await metric(node, 'dns_allowlist_entries')) !== entries) throw new Error('a node has another list');
  }
}

async function measure(
  {
    redisServer,
    children,
    clients,
  }: { redisServer: EmbeddedRedis; children: ChildProcess[]; clients: Redis[] },
  extent: { readonly entries: number; readonly nodes: number },
  signal: AbortSignal,
): Promise<void> {
  await fillAllowlist(redisServer.url, extent.entries, {
    profiles: ['4;us', '4;de'],
    signal,
    onProgress: (done) => done % ENTRIES_PER_NOTE === 0 && console.error(`Redis holds ${done} entries …`),
  });
  const open = () => {
    const redis = new Redis(redisServer.url);
    clients.push(redis);
    return redis;
  };
  const writer = new AllowlistWriter(open());
  const sweeper = startSweeper(
    writer,
    createLogger('gateway', () => {}),
    { clock: async () => Date.now() },
  );
  const ended = new AbortController();
  const changing = change(writer, ended.signal);
  const pinging = ping(open(), ended.signal);
  const start = performance.now();
  const nodes: BenchNode[] = [];
  for (let node = 0; node < extent.nodes; node++) {
    const started = await startNode(redisServer, 1);
    children.push(started.child);
    nodes.push(started);
  }
  const times = await Promise.all(
    nodes.map(async (node) => {
      await untilReady(node);
      return (performance.now() - start) / 1000;
    }),
  );
  ended.abort();
  const changes = await changing;
  const { p50, p99, max } = quantiles(await pinging);
  await untilEqual(nodes, writer);
  const brokenOff = await Promise.all(
    nodes.map((node) => metric(node, 'dns_allowlist_loads_total{outcome="broken-off"}')),
  );
  const broken = brokenOff.reduce((sum, each) => sum + each, 0);
  await sweeper.stop();
  const [first, last] = [Math.min(...times), Math.max(...times)].map(
    (seconds) => Math.round(seconds * 10) / 10,
  );
  console.log(
    `${extent.nodes} nodes have loaded ${extent.entries} entries, with ${changes} changes meanwhile`,
  );
  console.log(
    `the first after ${first} s, all after ${last} s   (target: ${TARGET_S} s); ${broken} loads broken off`,
  );
  console.log(`PING to Redis meanwhile: p50 ${p50} ms   p99 ${p99} ms   max ${max} ms`);
  console.log(
    JSON.stringify({ ...extent, all_loaded_s: last, broken_off: broken, ping_ms: { p50, p99, max } }),
  );
}

await runBench(
  {
    entries: { full: 1_000_000, quick: 5000, most: 20_000_000 },
    nodes: { full: 10, quick: 2, most: 100 },
  },
  async (extent, signal) => {
    const folder = await mkdtemp(join(tmpdir(), 'gateway-bench-'));
    const children: ChildProcess[] = [];
    const clients: Redis[] = [];
    try {
      const redisServer = await startEmbeddedRedis({ dataDir: folder });
      try {
        await unlessAborted(signal, measure({ redisServer, children, clients }, extent, signal));
      } finally {
        await stopAll(children);
        for (const client of clients) client.disconnect();
        await redisServer.stop();
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);
