// What many profiles cost: relayed names asked for from 10,000 networks, each with a profile of its own or all with the same.
import { fileURLToPath } from 'node:url';
import { formatAddress, type Prefix, prefixOf } from '../../src/lib/ip.js';
import { OperatorError } from '../../src/lib/operator-error.js';
import { median } from '../median.js';
import { cpuOf, LOAD_CORE, runOn } from '../process.js';
import type { Bench, Server } from './bench.js';
import { compile } from './compile.js';
import type { QueryFiles } from './names.js';

const NETWORKS = 10_000;
/** Services that have a region of their own in a profile. */
const SERVICES_OF_A_PROFILE = 3;

/** The first address of the networks with one profile each, and of those with the same one. */
const FIRST = { distinct: 0x7f010000, same: 0x7f020000 } as const;
type Kind = keyof typeof FIRST;
const KINDS = Object.keys(FIRST) as Kind[];

/** Microseconds of CPU per query, medians over the rounds. */
export type ProfilesCost = Readonly<Record<Kind, number>>;

const SOURCE = fileURLToPath(new URL('../../../bench/dns/sources.c', import.meta.url));
const WARM_UP_SECONDS = 1;

/** The networks of both kinds with their profiles, which differ in the regions of four choices. */
export function networks(
  regions: readonly string[],
  services: readonly string[],
): (readonly [Prefix, string])[] {
  const chosen = services.toSorted().slice(0, SERVICES_OF_A_PROFILE);
  const profileOf = (index: number) => {
    const region = (place: number) => regions[Math.floor(index / regions.length ** place) % regions.length]!;
    return ['46', region(0), ...chosen.map((service, at) => `${service}=${region(at + 1)}`)].join(';');
  };
  return KINDS.flatMap((kind) =>
    Array.from({ length: NETWORKS }, (_, index) => {
      const prefix = prefixOf({ family: 4, words: [FIRST[kind] + index] }, 32);
      return [prefix, profileOf(kind === 'distinct' ? index : 0)] as const;
    }),
  );
}

/** One server, asked by both kinds in turn. Null where there is no C compiler. */
export async function measureProfiles(
  bench: Bench,
  options: { server: Server; files: QueryFiles; rounds: number; seconds: number },
): Promise<ProfilesCost | null> {
  const { server, files, rounds, seconds } = options;
  const program = await compile(bench, 'sources', SOURCE);
  if (program === null) return null;
  const run = async (kind: Kind, length: number) => {
    const { ticksPerSecond } = bench.needs;
    const first = formatAddress({ family: 4, words: [FIRST[kind]] });
    const start = await cpuOf(server.process.pid, ticksPerSecond);
    const load = [program, server.port, first, NETWORKS, length, files.relayed].map(String);
    const [good = 0, bad = 0] = (await runOn(LOAD_CORE, load, bench.signal)).split(' ').map(Number);
    server.process.mustRun();
    if (bad > 0 || good === 0) throw new OperatorError(`${server.name} did not answer all networks`);
    return ((await cpuOf(server.process.pid, ticksPerSecond)) - start) / good;
  };
  const found: Record<Kind, number[]> = { distinct: [], same: [] };
  for (const kind of KINDS) await run(kind, Math.min(WARM_UP_SECONDS, seconds));
  for (let round = 1; round <= rounds; round++) {
    for (const kind of KINDS) {
      const cpu = await run(kind, seconds);
      found[kind].push(cpu);
      bench.say(`  profiles, round ${round} of ${rounds}: ${kind} at ${cpu.toFixed(2)} µs a query`);
    }
  }
  return { distinct: median(found.distinct), same: median(found.same) };
}
