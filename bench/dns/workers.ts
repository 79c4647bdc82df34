// What a second worker adds. Two cores that server and load share cannot show twice the queries, so what is measured is
// what the queries cost the busiest thread: a core of its own would let that thread, and so the node, do so many a second.

import { median } from '../median.js';
import { BOTH_CORES, cpuByThread, cpuOf } from '../process.js';
import type { Bench, Server } from './bench.js';
import type { QueryFiles } from './names.js';
import { type Installation, startOurs } from './ours.js';

export interface WorkersCost {
  readonly workers: number;
  /** Microseconds of CPU per query, of all threads. */
  readonly cpu: number;
  /** Queries per second of CPU of the busiest thread. */
  readonly capacity: number;
  /** Queries a second, of a server that shares its cores with dnsperf. */
  readonly perSecond: number;
}

/** Sockets of dnsperf: enough for the kernel to spread them evenly over the workers. */
const CLIENTS = 250;
/** At most. */
const WARM_UP_SECONDS = 1;

/** One worker and two, in turn, both on both cores beside dnsperf, relayed names. */
export async function measureWorkers(
  bench: Bench,
  options: {
    installation: Installation;
    upstream: number;
    files: QueryFiles;
    rounds: number;
    seconds: number;
  },
): Promise<readonly [one: WorkersCost, two: WorkersCost]> {
  const { installation, upstream, files, rounds, seconds } = options;
  const servers = [
    await startOurs(bench, installation, { upstream, workers: 1, cores: BOTH_CORES }),
    await startOurs(bench, installation, { upstream, workers: 2, cores: BOTH_CORES }),
  ];
  const samples: WorkersCost[] = [];
  for (let round = 1; round <= rounds; round++) {
    for (const [index, server] of servers.entries()) {
      const sample = { workers: index + 1, ...(await measure(bench, server, { files, seconds })) };
      samples.push(sample);
      bench.say(
        `  workers, round ${round} of ${rounds}: ${sample.workers} at ${sample.cpu.toFixed(2)} µs a query`,
      );
    }
  }
  for (const server of servers) await server.process.stop();
  return [summary(1, samples), summary(2, samples)];
}

async function measure(
  bench: Bench,
  { port, process }: Server,
  { files, seconds }: { files: QueryFiles; seconds: number },
): Promise<Omit<WorkersCost, 'workers'>> {
  const { ticksPerSecond } = bench.needs;
  const load = { port, queries: files.relayed, clients: CLIENTS, cores: BOTH_CORES };
  await bench.dnsperf.run({ ...load, seconds: Math.min(WARM_UP_SECONDS, seconds) });
  const threads = await cpuByThread(process.pid, ticksPerSecond);
  const start = await cpuOf(process.pid, ticksPerSecond);
  const { completed, perSecond } = await bench.dnsperf.run({ ...load, seconds });
  process.mustRun();
  const used = (await cpuOf(process.pid, ticksPerSecond)) - start;
  const after = await cpuByThread(process.pid, ticksPerSecond);
  const busiest = Math.max(...[...after].map(([thread, cpu]) => cpu - (threads.get(thread) ?? 0)));
  return { cpu: used / completed, capacity: (completed / busiest) * 1e6, perSecond };
}

function summary(workers: number, samples: readonly WorkersCost[]): WorkersCost {
  const own = samples.filter((sample) => sample.workers === workers);
  return {
    workers,
    cpu: median(own.map(({ cpu }) => cpu)),
    capacity: median(own.map(({ capacity }) => capacity)),
    perSecond: median(own.map(({ perSecond }) => perSecond)),
  };
}
