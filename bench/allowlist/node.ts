// A dns-node as a process of its own, on free ports of this machine.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../src/dev/embedded/process.js';

export interface BenchNode {
  readonly child: ChildProcess;
  readonly port: number;
  readonly metricsPort: number;
}

/** In production settings. `threads`: those that answer over UDP. */
export async function startNode(redis: { readonly nodeUrl: string }, threads: number): Promise<BenchNode> {
  const port = await freePort();
  const metricsPort = await freePort();
  const child = spawn(process.execPath, [new URL('../../src/bin/dns-node.js', import.meta.url).pathname], {
    env: {
      DNS_PORT: String(port),
      DNS_METRICS_PORT: String(metricsPort),
      REDIS_URL: redis.nodeUrl,
      DNS_UPSTREAMS: '',
      DNS_WORKERS: String(threads),
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  return { child, port, metricsPort };
}

/** Resolves when the node has its list; rejects when it has ended. */
export async function untilReady({ child, metricsPort }: BenchNode): Promise<void> {
  const ready = async () =>
    (await fetch(`http://127.0.0.1:${metricsPort}/readyz`).catch(() => null))?.ok === true;
  while (!(await ready())) {
    if (child.exitCode !== null) throw new Error('a dns-node has ended');
    await delay(200);
  }
}

/** Kills those that still run; resolves when all have ended. */
export async function stopAll(children: readonly ChildProcess[]): Promise<void> {
  await Promise.all(
    children.map(async (child) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }),
  );
}
