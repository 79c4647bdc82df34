// The names that are asked for, the same in every run, and the files in which dnsperf and the servers get them.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Suffixes that the catalogue gets beside those of the services that are shipped. */
const GENERATED_SUFFIXES = 2000;
const SUFFIXES_OF_A_SERVICE = 10;
const CACHED_NAMES = 500;
const ABSENT_NAMES = 100;
const MIX_LINES = 20_000;

/** The zone of the local upstream. Names below FETCHED_ZONE all exist there. */
export const FORWARDED_ZONE = 'forwarded.example.net';
export const FETCHED_ZONE = 'fetched.example.net';

/** Per cent of the packets of the mix. */
export const SHARES = { relayed: 35, cached: 45, absent: 10, unlisted: 5, malformed: 5 } as const;

/** How a name relates to a suffix of the catalogue, in turn. */
const BELOW = ['', 'www.', 'edge7.cdn.'];

/** Services as the catalogue's file has them. */
export interface ServiceEntry {
  readonly id: string;
  readonly name: string;
  readonly domains: readonly string[];
}

export function generatedServices(): ServiceEntry[] {
  return Array.from({ length: GENERATED_SUFFIXES / SUFFIXES_OF_A_SERVICE }, (_, service) => ({
    id: `generated-${service}`,
    name: `Generated ${service}`,
    domains: Array.from(
      { length: SUFFIXES_OF_A_SERVICE },
      (_, each) => `media${each}.service${service}.example`,
    ),
  }));
}

export const CACHED = numbered(CACHED_NAMES, (index) => `host${index}.${FORWARDED_ZONE}`);
/** Those that the upstream says do not exist. */
const ABSENT = numbered(ABSENT_NAMES, (index) => `absent${index}.${FORWARDED_ZONE}`);

/** Files of lines as dnsperf reads them. */
export interface QueryFiles {
  readonly relayed: string;
  readonly cached: string;
  /** Relayed, cached and absent names in the proportion of SHARES. */
  readonly mix: string;
  /** Each name that has to be in a cache before it is asked for. */
  readonly toWarm: string;
}

export async function writeQueryFiles(folder: string, suffixes: readonly string[]): Promise<QueryFiles> {
  const random = sequence();
  const relayed = shuffled(
    suffixes.map((suffix, index) => BELOW[index % BELOW.length] + suffix),
    random,
  );
  const cached = shuffled(CACHED, random);
  const { relayed: ofRelayed, cached: ofCached, absent: ofAbsent } = SHARES;
  const mix = numbered(MIX_LINES, () => {
    const share = random(ofRelayed + ofCached + ofAbsent);
    const names = share < ofRelayed ? relayed : share < ofRelayed + ofCached ? cached : ABSENT;
    return names[random(names.length)]!;
  });
  const [relayedFile, cachedFile, mixFile, toWarm] = await Promise.all([
    writeQueries(folder, 'relayed', relayed),
    writeQueries(folder, 'cached', cached),
    writeQueries(folder, 'mix', mix),
    writeQueries(folder, 'to-warm', [...CACHED, ...ABSENT]),
  ]);
  return { relayed: relayedFile, cached: cachedFile, mix: mixFile, toWarm };
}

/** The path of a file that asks for an A record of each name. */
export async function writeQueries(folder: string, name: string, names: readonly string[]): Promise<string> {
  const file = join(folder, `${name}.queries`);
  await writeFile(file, names.map((each) => `${each} A\n`).join(''));
  return file;
}

function numbered(count: number, name: (index: number) => string): string[] {
  return Array.from({ length: count }, (_, index) => name(index));
}

/** Whole numbers below a limit, the same in every run (a linear congruential generator, its high bits). */
function sequence(): (below: number) => number {
  let state = 1;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Fisher and Yates. */
function shuffled(names: readonly string[], random: (below: number) => number): string[] {
  const list = [...names];
  for (let last = list.length - 1; last > 0; last--) {
    const other = random(last + 1);
    [list[last], list[other]] = [list[other]!, list[last]!];
  }
  return list;
}
