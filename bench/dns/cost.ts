// What a query costs each server: CPU time per packet while dnsperf asks for as much as it gets, server after server.
import { fileURLToPath } from 'node:url';
import { OperatorError } from '../../src/lib/operator-error.js';
import { median } from '../median.js';
import { cpuOf, LOAD_CORE, runOn } from '../process.js';
import type { Bench, Server } from './bench.js';
import { type Load, UNLISTED } from './dnsperf.js';
import { type QueryFiles, SHARES } from './names.js';
import { mustResolve } from './probe.js';

export const SCENARIOS = ['relayed', 'cached', 'mix'] as const;
export type Scenario = (typeof SCENARIOS)[number];

/** Medians over the rounds. */
export interface Cost {
  readonly server: string;
  /** Microseconds of CPU per packet. */
  readonly cpu: number;
  /** The least and the most of all rounds. */
  readonly range: readonly [number, number];
  /** Packets answered, or rightly not answered, a second. */
  readonly perSecond: number;
  /** Of the core, from 0 to 1. */
  readonly busy: number;
  /** Queries of the allowed client without a response, in all rounds. */
  readonly lost: number;
}

interface Sample {
  readonly cpu: number;
  readonly perSecond: number;
  readonly busy: number;
  readonly lost: number;
}

/** At most. */
const WARM_UP_SECONDS = 1;
const MALFORMED = fileURLToPath(new URL('malformed.js', import.meta.url));
/** The rcodes that a server may send to an allowed client. */
const RCODES: Readonly<Record<Scenario, readonly string[]>> = {
  relayed: ['NOERROR'],
  cached: ['NOERROR'],
  mix: ['NOERROR', 'NXDOMAIN'],
};

/** `servers` are asked in turn, in each of the rounds; the floor, if it is among them, has no TCP and knows no names. */
export async function measureCosts(
  bench: Bench,
  options: {
    servers: readonly Server[];
    files: QueryFiles;
    rounds: number;
    seconds: number;
    /** A name of each kind that every server has to resolve. */
    samples: readonly string[];
  },
): Promise<Record<Scenario, Cost[]>> {
  const { servers, files, rounds, seconds, samples } = options;
  for (const server of servers) {
    await warm(bench, server, files);
    for (const name of samples) await mustResolve(server.name, server.port, name);
  }
  const costs = {} as Record<Scenario, Cost[]>;
  for (const scenario of SCENARIOS) {
    const found = new Map<Server, Sample[]>(servers.map((server) => [server, []]));
    for (let round = 1; round <= rounds; round++) {
      for (const server of servers) {
        const sample = await measure(bench, { server, scenario, files, seconds });
        found.get(server)!.push(sample);
        bench.say(
          `  ${scenario}, round ${round} of ${rounds}: ${server.name} ${sample.cpu.toFixed(2)} µs a packet, ` +
            `${sample.perSecond.toFixed(0)} a second`,
        );
      }
    }
    costs[scenario] = [...found].map(([{ name }, list]) => summary(name, list));
  }
  return costs;
}

/** Fills the cache of a server, over TCP: the dns-node forwards no query of an unvalidated source. */
async function warm(bench: Bench, { name, port }: Server, { toWarm }: QueryFiles): Promise<void> {
  if (name === 'floor') return;
  await bench.dnsperf.run({ port, queries: toWarm, transport: 'tcp', clients: 1, outstanding: 10 });
}

async function measure(
  bench: Bench,
  options: { server: Server; scenario: Scenario; files: QueryFiles; seconds: number },
): Promise<Sample> {
  const { server, scenario, files, seconds } = options;
  const { port, process } = server;
  const { ticksPerSecond } = bench.needs;
  const queries = files[scenario];
  await warm(bench, server, files);
  const before = await bench.dnsperf.run({ port, queries, seconds: Math.min(WARM_UP_SECONDS, seconds) });
  const start = await cpuOf(process.pid, ticksPerSecond);
  const [load, beside] = await Promise.all([
    bench.dnsperf.run({ port, queries, seconds }),
    scenario === 'mix' ? sendBeside(bench, { port, files, seconds, perSecond: before.perSecond }) : 0,
  ]);
  process.mustRun();
  const used = (await cpuOf(process.pid, ticksPerSecond)) - start;
  if (server.name !== 'floor') mustBeRight(server.name, scenario, load);
  const packets = load.completed + beside;
  const { lost } = load;
  return { cpu: used / packets, perSecond: packets / seconds, busy: used / 1e6 / seconds, lost };
}

/**
 * The part of the mix that comes from elsewhere or is no query, at the rate that makes it the share of the whole, for as
 * long as the rest. Resolves with the number of packets sent, which is what all servers alike have had to look at.
 */
async function sendBeside(
  bench: Bench,
  {
    port,
    files,
    seconds,
    perSecond,
  }: { port: number; files: QueryFiles; seconds: number; perSecond: number },
): Promise<number> {
  const rate = (share: number) => Math.max(1, Math.round((perSecond * share) / 100));
  const unlisted = rate(SHARES.unlisted);
  const [refused, malformed] = await Promise.all([
    bench.dnsperf.run({
      port,
      queries: files.relayed,
      seconds,
      source: UNLISTED,
      rate: unlisted,
      // Silence must not slow it down.
      outstanding: Math.min(unlisted * 2, 60_000),
    }),
    runOn(
      LOAD_CORE,
      [globalThis.process.execPath, MALFORMED, String(port), String(rate(SHARES.malformed)), String(seconds)],
      bench.signal,
    ),
  ]);
  return refused.sent + Number(malformed);
}

/** A measurement of wrong answers would be useless. */
function mustBeRight(server: string, scenario: Scenario, { rcodes }: Load): void {
  const wrong = Object.keys(rcodes).filter((rcode) => !RCODES[scenario].includes(rcode));
  if (wrong.length > 0) throw new OperatorError(`${server} answered ${wrong.join(', ')} (${scenario})`);
}

function summary(server: string, samples: readonly Sample[]): Cost {
  const cpu = samples.map((sample) => sample.cpu);
  return {
    server,
    cpu: median(cpu),
    range: [Math.min(...cpu), Math.max(...cpu)],
    perSecond: median(samples.map((sample) => sample.perSecond)),
    busy: median(samples.map((sample) => sample.busy)),
    lost: samples.reduce((sum, { lost }) => sum + lost, 0),
  };
}
