// The figures: tables for people, and one line of JSON for programs.

import type { MissTime, MissTransport } from './cache-misses.js';
import { type Cost, SCENARIOS, type Scenario } from './cost.js';
import { SHARES } from './names.js';
import type { ProfilesCost } from './profiles.js';
import type { WorkersCost } from './workers.js';

export interface Figures {
  readonly costs: Readonly<Record<Scenario, readonly Cost[]>>;
  /** Null: not measured. */
  readonly profiles: ProfilesCost | null;
  readonly workers: readonly [one: WorkersCost, two: WorkersCost];
  readonly cold: readonly MissTime[];
}

export const OURS = 'dns-node';
const PEERS = ['unbound', 'dnsdist', 'dnsmasq', 'floor'];

const TITLES: Readonly<Record<Scenario, string>> = {
  relayed: 'Names of the catalogue',
  cached: 'Forwarded names from the cache',
  mix:
    `Mix, in per cent: relayed ${SHARES.relayed}, cached ${SHARES.cached}, cached NXDOMAIN ${SHARES.absent}, ` +
    `unlisted source ${SHARES.unlisted}, malformed ${SHARES.malformed}`,
};

export function tables(
  { costs, profiles, workers, cold }: Figures,
  context: {
    suffixes: number;
    entries: number;
    versions: readonly string[];
    rounds: number;
    seconds: number;
  },
): string {
  const { suffixes, entries, versions, rounds, seconds } = context;
  return [
    `dns-node with ${entries} allowlist entries and ${suffixes} suffixes; ${versions.join(', ')}`,
    `Server on one core, dnsperf on the other, EDNS; medians of ${rounds} rounds of ${seconds} seconds, servers in turn`,
    ...SCENARIOS.flatMap((scenario) => ['', TITLES[scenario], ...costTable(costs[scenario])]),
    '  unbound refuses the unlisted source and dnsdist drops what it sends; dnsmasq and floor, which have no list of',
    '  sources, answer it.',
    '',
    'Relayed names from 10,000 networks, microseconds a query: each network with a profile of its own, or all with the same',
    ...(profiles === null
      ? ['  There is no C compiler.']
      : [row(['own', profiles.distinct.toFixed(2)]), row(['same', profiles.same.toFixed(2)])]),
    '',
    'Workers, relayed names, server and dnsperf together on both cores; what two cores share cannot double, so the last',
    'column has the queries for each CPU second of the busiest thread: what a core of its own would let it do',
    row(['', 'µs/query', 'queries/s', 'per busiest']),
    ...workers.map(({ workers: count, cpu, perSecond, capacity }) =>
      row([String(count), cpu.toFixed(2), perSecond.toFixed(0), capacity.toFixed(0)]),
    ),
    '',
    'Names that nobody asked for before, 200 a second, forwarded to the same upstream; milliseconds',
    row(['', '', 'p50', 'p99']),
    ...cold.map(({ server, transport, p50, p99 }) =>
      row([server, transport, p50.toFixed(3), p99.toFixed(3)]),
    ),
    '',
  ].join('\n');
}

/** `{"relayed":{"vs_unbound":…},…}`: our CPU time per packet divided by theirs, null for one that was not there. */
export function summaryLine({ costs, profiles, workers: [one, two], cold }: Figures): string {
  const ratios = SCENARIOS.map((scenario) => [scenario, ratiosOf(costs[scenario])] as const);
  const coldOf = (transport: MissTransport) =>
    Object.fromEntries(
      cold
        .filter((time) => time.transport === transport)
        .map(({ server, p50, p99 }) => [server.replace('-', '_'), { p50, p99 }]),
    );
  return JSON.stringify({
    ...Object.fromEntries(ratios),
    profiles: profiles === null ? null : { ratio: rounded(profiles.distinct / profiles.same) },
    workers: {
      ratio: rounded(two.capacity / one.capacity),
      cpu_ratio: rounded(two.cpu / one.cpu),
      queries_per_second: [Math.round(one.perSecond), Math.round(two.perSecond)],
    },
    cold_ms: { udp: coldOf('udp'), tcp: coldOf('tcp') },
  });
}

function ratiosOf(costs: readonly Cost[]): Record<string, number | null> {
  const cpuOf = (name: string) => costs.find(({ server }) => server === name)?.cpu;
  const ours = cpuOf(OURS)!;
  return Object.fromEntries(
    PEERS.map((peer) => {
      const theirs = cpuOf(peer);
      return [`vs_${peer}`, theirs === undefined ? null : rounded(ours / theirs)];
    }),
  );
}

function costTable(costs: readonly Cost[]): string[] {
  const ours = costs.find(({ server }) => server === OURS)!.cpu;
  return [
    row(['', 'µs/packet', 'packets/s', 'core', 'lost', 'least–most', 'ours/theirs']),
    ...costs.map(({ server, cpu, range, perSecond, busy, lost }) =>
      row([
        server,
        cpu.toFixed(2),
        perSecond.toFixed(0),
        `${(busy * 100).toFixed(0)} %`,
        String(lost),
        range.map((each) => each.toFixed(2)).join('–'),
        server === OURS ? '' : (ours / cpu).toFixed(3),
      ]),
    ),
  ];
}

function row([first = '', ...cells]: readonly string[]): string {
  return `  ${first.padEnd(10)}${cells.map((cell) => cell.padStart(13)).join('')}`.trimEnd();
}

/** To three decimals. */
function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
