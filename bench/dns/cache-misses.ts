// How long a cache miss takes: through the dns-node, through unbound, and at the upstream itself.
import { OperatorError } from '../../src/lib/operator-error.js';
import { type Quantiles, quantiles } from '../quantiles.js';
import type { Bench, Server } from './bench.js';
import { FETCHED_ZONE, writeQueries } from './names.js';
import { mustResolve } from './probe.js';

const RATE = 200;
const TRANSPORTS = ['udp', 'tcp'] as const;
export type MissTransport = (typeof TRANSPORTS)[number];

/** Milliseconds from question to answer. */
export interface MissTime extends Quantiles {
  readonly server: string;
  readonly transport: MissTransport;
}

/** Each server in turn, in each round, over one socket or connection; every name is asked for once. */
export async function measureCacheMisses(
  bench: Bench,
  { servers, rounds, seconds }: { servers: readonly Server[]; rounds: number; seconds: number },
): Promise<MissTime[]> {
  const count = Math.ceil(RATE * seconds);
  const times = new Map<string, number[]>();
  for (const { name, port } of servers) await mustResolve(name, port, `first.${name}.${FETCHED_ZONE}`);
  for (let round = 1; round <= rounds; round++) {
    bench.say(`  cache misses, round ${round} of ${rounds}`);
    for (const { name, port } of servers) {
      for (const transport of TRANSPORTS) {
        const fresh = (_: unknown, index: number) => `${transport}${round}-${index}.${name}.${FETCHED_ZONE}`;
        const queries = await writeQueries(
          bench.folder,
          'cache-misses',
          Array.from({ length: count }, fresh),
        );
        const measured = await bench.dnsperf.latencies({ port, queries, transport, rate: RATE, clients: 1 });
        if (measured.load.rcodes.NOERROR !== count)
          throw new OperatorError(`${name} lost cache misses (${transport})`);
        const key = `${name} ${transport}`;
        times.set(key, [...(times.get(key) ?? []), ...measured.times]);
      }
    }
  }
  return TRANSPORTS.flatMap((transport) =>
    servers.map(({ name }) => ({
      server: name,
      transport,
      ...quantiles(times.get(`${name} ${transport}`) ?? []),
    })),
  );
}
