// The figures: tables for people, and one line of JSON for programs.
import type { Cost, Extent } from './measure.js';
import { DAYS, OPERATIONS, type Operation } from './operations.js';
import { OURS, PEERS } from './servers.js';

type Costs = Readonly<Record<Operation, readonly Cost[]>>;

const TITLES: Readonly<Record<Operation, string>> = {
  usage: `usage: a summary of ${DAYS} days`,
  viewer: 'viewer: the account',
  addresses: 'addresses: three registered ones; from Redis, the peers from Postgres',
  mutation: 'mutation: updateProfile, each time written',
};

export function tables(costs: Costs, { rounds, seconds }: Extent): string {
  return [
    `Server on one core, wrk with 32 connections, Postgres and Redis on the other; medians of ${rounds} rounds of ${seconds} seconds,`,
    'servers in turn. The gateway with sessions, permissions, limits and masking of errors; of those the peers have what they',
    'bring with them. A core well below 100 % says that the server had to wait for what shares the other core.',
    ...OPERATIONS.flatMap((operation) => ['', TITLES[operation], ...table(costs[operation])]),
    '',
  ].join('\n');
}

/** `{"usage":{"vs_mercurius":…},…}`: our requests a second divided by theirs. */
export function summaryLine(costs: Costs): string {
  return JSON.stringify(
    Object.fromEntries(OPERATIONS.map((operation) => [operation, ratiosOf(costs[operation])])),
  );
}

function ratiosOf(costs: readonly Cost[]): Record<string, number> {
  const perSecond = (name: string) => costs.find(({ server }) => server === name)!.perSecond;
  return Object.fromEntries(
    PEERS.map((peer) => [`vs_${peer}`, Math.round((perSecond(OURS) / perSecond(peer)) * 1000) / 1000]),
  );
}

function table(costs: readonly Cost[]): string[] {
  const ours = costs.find(({ server }) => server === OURS)!.perSecond;
  return [
    row(['', 'requests/s', 'CPU µs', 'core', 'p50 ms', 'p99 ms', 'ours/theirs']),
    ...costs.map(({ server, perSecond, cpu, busy, p50, p99 }) =>
      row([
        server,
        perSecond.toFixed(0),
        cpu.toFixed(0),
        `${(busy * 100).toFixed(0)} %`,
        p50.toFixed(2),
        p99.toFixed(2),
        server === OURS ? '' : (ours / perSecond).toFixed(3),
      ]),
    ),
  ];
}

function row([first = '', ...cells]: readonly string[]): string {
  return `  ${first.padEnd(12)}${cells.map((cell) => cell.padStart(12)).join('')}`.trimEnd();
}
