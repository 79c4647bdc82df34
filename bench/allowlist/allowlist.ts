// A large allowlist, ten million entries: how long a node takes to load it, in how much memory, how fast it is looked up in,
// how fast Redis moves networks, and how long such a move takes to reach every thread of three nodes that serve 20,000 queries a
// second meanwhile. Options: --entries N, --profiles N, --networks N, --changes N, --quick.

import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt, randomUUID } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import dnsPacket from 'dns-packet';
import { Redis } from 'ioredis';
import { startFollower } from '../../src/allowlist/follower.js';
import { AllowlistReader } from '../../src/allowlist/replica.js';
import { AllowlistWriter } from '../../src/allowlist/writer.js';
import { debianProgram } from '../../src/dev/embedded/debian.js';
import { type EmbeddedRedis, startEmbeddedRedis } from '../../src/dev/embedded/redis.js';
import { type Prefix, parsePrefix } from '../../src/lib/ip.js';
import { entryAt, fillAllowlist, IPV6_EVERY } from '../allowlist-entries.js';
import { quantiles } from '../quantiles.js';
import { runBench, unlessAborted } from '../run.js';
import { networkRates } from './networks.js';
import { startNode, stopAll, untilReady } from './node.js';

const ENTRIES_PER_NOTE = 1_000_000;
const LOOKUPS_PER_ENTRY = 0.5;
const NODES = 3;
const THREADS = 2;
const QUERIES_PER_SECOND = 20_000;
/** Sockets of one device at each node: the system deals them out, so that all threads are asked but once in 2^7 times. */
const SOCKETS = 8;
const STREAMED = 'www.netflix.com';
const NOERROR = 0;
const REFUSED = 5;

const TARGETS = { load_s: 30, bytes_per_entry: 16, change_p99_ms: 50 };

interface Loaded {
  readonly load_s: number;
  readonly bytes_per_entry: number;
  readonly lookups_per_second: number;
}

async function load({ nodeUrl }: EmbeddedRedis, entries: number): Promise<Loaded> {
  const lookups = Math.ceil(entries * LOOKUPS_PER_ENTRY);
  const start = performance.now();
  const follower = startFollower(nodeUrl);
  await follower.tried;
  const seconds = (performance.now() - start) / 1000;
  const { size, bytes } = follower.replica;
  const reader = new AllowlistReader(follower.replica.shared());
  await follower.close();
  const sought = Array.from({ length: 100_000 }, () => entryAt(randomInt(entries)));
  const began = performance.now();
  let found = 0;
  for (let count = 0; count < lookups; count++)
    if (reader.find(sought[count % sought.length]!) !== 0) found += 1;
  const perSecond = Math.round((lookups / (performance.now() - began)) * 1000);
  if (found !== lookups) throw new Error('what was loaded is not found');
  return { load_s: round(seconds), bytes_per_entry: round(bytes / size), lookups_per_second: perSecond };
}

/** Asks a node so many times a second until it is killed. */
function startLoad(dnsperf: string, port: number, queries: string): ChildProcess {
  const rate = String(Math.ceil(QUERIES_PER_SECOND / NODES));
  const options = ['-s', '127.0.0.1', '-p', String(port), '-d', queries, '-Q', rate, '-l', '3600', '-c', '4'];
  // The kernel ends it when the bench is killed.
  return spawn('setpriv', ['--pdeathsig', 'KILL', '--', dnsperf, ...options], { stdio: 'ignore' });
}

/** One socket of a device, which asks again and again. */
class Asker {
  private constructor(
    private readonly socket: Socket,
    private readonly query: Buffer,
  ) {}

  static async at(source: string, port: number): Promise<Asker> {
    const socket = createSocket('udp4');
    socket.bind(0, source);
    await once(socket, 'listening');
    socket.connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const questions = [{ type: 'A' as const, name: STREAMED }];
    return new Asker(socket, dnsPacket.encode({ type: 'query', flags: 0x0100, questions }));
  }

  /** When the first answer with the rcode was there, on the clock of `performance`. */
  async until(rcode: number): Promise<number> {
    for (;;) {
      this.socket.send(this.query);
      const [answer] = (await once(this.socket, 'message', { signal: AbortSignal.timeout(10_000) })) as [
        Buffer,
      ];
      if ((answer[3]! & 15) === rcode) return performance.now();
      await delay(1);
    }
  }

  close(): void {
    this.socket.close();
  }
}

/**
 * Milliseconds from before Redis is written until no thread of any node answers as before: a network comes, moves to another address
 * and goes.
 */
async function changes(
  { networks }: AllowlistWriter,
  ports: readonly number[],
  count: number,
  signal: AbortSignal,
): Promise<number[]> {
  const times: number[] = [];
  const preferences = { region: 'us', serviceRegions: new Map<string, string>() };
  for (let change = 0; change < count; change++) {
    signal.throwIfAborted();
    const [first, second] = [0, 100].map((offset) => {
      const text = `127.${1 + (change % 100) + offset}.${1 + Math.floor(change / 100)}.${randomInt(1, 255)}`;
      return parsePrefix(text) as Prefix;
    }) as [Prefix, Prefix];
    const askersAt = (source: Prefix) =>
      Promise.all(
        ports.flatMap((port) => Array.from({ length: SOCKETS }, () => Asker.at(source.text, port))),
      );
    const [atFirst, atSecond] = [await askersAt(first), await askersAt(second)];
    const id = randomUUID();
    const network = { id, name: '', addresses: [first], preferences, lastDay: null };
    for (const { write, served, refused } of [
      { write: () => networks.register('bench', network, 5), served: atFirst, refused: [] },
      { write: () => networks.move('bench', id, [second], null), served: atSecond, refused: atFirst },
      { write: () => networks.remove('bench', id), served: [], refused: atSecond },
    ]) {
      const start = performance.now();
      const known = Promise.all([
        ...served.map((asker) => asker.until(NOERROR)),
        ...refused.map((asker) => asker.until(REFUSED)),
      ]);
      await write();
      times.push(Math.max(...(await known)) - start);
    }
    const askers = [...atFirst, ...atSecond];
    for (const asker of askers) asker.close();
    if (change % 50 === 49) console.error(`${change + 1} of ${count} addresses …`);
  }
  return times;
}

function round(number: number): number {
  return Math.round(number * 100) / 100;
}

async function measure(
  {
    redisServer,
    folder,
    children,
    dnsperf,
  }: { redisServer: EmbeddedRedis; folder: string; children: ChildProcess[]; dnsperf: string },
  extent: Readonly<Record<'entries' | 'profiles' | 'networks' | 'changes', number>>,
  signal: AbortSignal,
): Promise<void> {
  const redis = new Redis(redisServer.url);
  await fillAllowlist(redisServer.url, extent.entries, {
    profiles: Array.from({ length: extent.profiles }, (_, index) => `46;us;service-${index}=uk`),
    signal,
    onProgress: (done) => done % ENTRIES_PER_NOTE === 0 && console.error(`Redis holds ${done} entries …`),
  });
  const loaded = await load(redisServer, extent.entries);
  console.log(`${extent.entries} entries, one in ${IPV6_EVERY} an IPv6 /64`);
  console.log(`loaded from Redis in ${loaded.load_s} s   (target: ${TARGETS.load_s} s)`);
  console.log(`${loaded.bytes_per_entry} bytes an entry   (target: ${TARGETS.bytes_per_entry})`);
  console.log(
    `${loaded.lookups_per_second} lookups a second in one thread, with ${extent.profiles} profiles`,
  );
  const writer = new AllowlistWriter(redis);
  const rates = await networkRates(writer, extent.networks);
  console.log(
    `${rates.unchanged_per_second} updates a second that change nothing, ${rates.moves_per_second} moves a second`,
  );
  const nodes: { child: ChildProcess; port: number }[] = [];
  for (let node = 1; node <= NODES; node++) {
    signal.throwIfAborted();
    console.error(`starting node ${node} of ${NODES} …`);
    const started = await startNode(redisServer, THREADS);
    children.push(started.child);
    await untilReady(started);
    nodes.push(started);
  }
  const queries = join(folder, 'queries');
  await writeFile(queries, `${STREAMED} A\n`);
  for (const { port } of nodes) children.push(startLoad(dnsperf, port, queries));
  await delay(2000);
  const ports = nodes.map(({ port }) => port);
  const { p50, p99, max } = quantiles(await changes(writer, ports, extent.changes, signal));
  console.log(
    `${extent.changes * 3} changes, to their effect on ${NODES} nodes of ${THREADS} threads at ${QUERIES_PER_SECOND} queries/s: ` +
      `p50 ${p50} ms   p99 ${p99} ms   max ${max} ms   (target: p99 ${TARGETS.change_p99_ms} ms)`,
  );
  console.log(JSON.stringify({ entries: extent.entries, ...loaded, ...rates, change_ms: { p50, p99, max } }));
  redis.disconnect();
}

await runBench(
  {
    entries: { full: 10_000_000, quick: 10_000, most: 100_000_000 },
    profiles: { full: 10_000, quick: 100, most: 100_000 },
    networks: { full: 20_000, quick: 200, most: 60_000 },
    changes: { full: 300, quick: 5, most: 10_000 },
  },
  async (extent, signal) => {
    const dnsperf = await debianProgram('dnsperf', ['dnsperf'], (line) => console.error(line));
    const folder = await mkdtemp(join(tmpdir(), 'gateway-bench-'));
    const children: ChildProcess[] = [];
    try {
      const redisServer = await startEmbeddedRedis({ dataDir: folder });
      try {
        const bench = { redisServer, folder, children, dnsperf };
        await unlessAborted(signal, measure(bench, extent, signal));
      } finally {
        await stopAll(children);
        await redisServer.stop();
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);
