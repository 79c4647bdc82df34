// Prints the figures: tables for people, and one line of JSON for programs.
import type { Cost, Extent } from './measure.js';
import { DAYS, OPERATIONS, type Operation } from './operations.js';
import { OURS } from './servers.js';

type Costs = Readonly<Record<Operation, readonly Cost[]>>;

const TITLES: Readonly<Record<Operation, string>> = {
  usage: `usage: a summary of ${DAYS} days`,
  viewer: 'viewer: the account',
  networks: 'networks: three with one address each; from Redis, the peers from Postgres',
  mutation: 'mutation: updateProfile, each time written',
};

export function tables(costs: Costs, { rounds, seconds }: Extent): string {
  return [
    `Server on one core, wrk with 32 connections, Postgres and Redis on the other; medians of ${rounds} rounds of ${seconds} seconds,`,
    'servers in turn; ours/theirs is the median of what each round gave. The gateway with sessions, permissions, limits and masking',
    'of errors; of those the peers have what they bring with them. A core well below 100 % says that the server had to wait for what',
    'shares the other core.',
    ...OPERATIONS.flatMap((operation) => ['', TITLES[operation], ...table(costs[operation])]),
    '',
  ].join('\n');
}

/** `{"usage":{"vs_mercurius":…},…}`: the gateway's requests a second divided by the peer's. */
export function summaryLine(costs: Costs): string {
  const ratios = (of: readonly Cost[]) =>
    Object.fromEntries(
      of.flatMap(({ server, ratio }) =>
        server === OURS ? [] : [[`vs_${server}`, Number(ratio.toFixed(3))]],
      ),
    );
  return JSON.stringify(
    Object.fromEntries(OPERATIONS.map((operation) => [operation, ratios(costs[operation])])),
  );
}

function table(costs: readonly Cost[]): string[] {
  return [
    row(['', 'requests/s', 'CPU µs', 'core', 'p50 ms', 'p99 ms', 'ours/theirs']),
    ...costs.map(({ server, perSecond, ratio, cpu, busy, p50, p99 }) =>
      row([
        server,
        perSecond.toFixed(0),
        cpu.toFixed(0),
        `${(busy * 100).toFixed(0)} %`,
        p50.toFixed(2),
        p99.toFixed(2),
        server === OURS ? '' : ratio.toFixed(3),
      ]),
    ),
  ];
}

function row([first = '', ...cells]: readonly string[]): string {
  return `  ${first.padEnd(12)}${cells.map((cell) => cell.padStart(12)).join('')}`.trimEnd();
}
