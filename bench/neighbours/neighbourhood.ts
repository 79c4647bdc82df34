// An edge with its upstream, and attackers that come and go: each in a process of its own.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Ports } from './sources.js';

/** Built programs stand beside this file, or in dist when this file runs as it is. */
const PROGRAMS = import.meta.url.endsWith('.ts')
  ? new URL('../../dist/bench/neighbours/', import.meta.url)
  : new URL('./', import.meta.url);

export interface Neighbourhood {
  readonly ports: Ports;
  /** In the text form of Prometheus. */
  metrics(): Promise<string>;
  /** Resolves when all of them have begun, with what ends them. */
  attack(): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

export async function startNeighbourhood(): Promise<Neighbourhood> {
  const upstream = run('upstream.js');
  const [port] = await firstMessage(upstream);
  const edge = run('edge.js', String(port));
  const [{ ports }] = (await firstMessage(edge)) as [{ ports: Ports }];
  return {
    ports,
    async metrics() {
      edge.send('metrics');
      const [{ metrics }] = (await once(edge, 'message')) as [{ metrics: string }];
      return metrics;
    },
    async attack() {
      const attackers = run('attackers.js', JSON.stringify(ports));
      await firstMessage(attackers);
      return () => end(attackers);
    },
    async close() {
      await end(edge);
      await end(upstream);
    },
  };
}

function run(program: string, ...args: string[]): ChildProcess {
  return fork(new URL(program, PROGRAMS), args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
}

async function firstMessage(child: ChildProcess): Promise<unknown[]> {
  const ended = once(child, 'exit').then(() => {
    throw new Error('a process of the neighbourhood has ended');
  });
  ended.catch(() => {});
  return await Promise.race([once(child, 'message'), ended]);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
