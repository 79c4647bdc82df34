// A Redis without users, whose client may do everything: demote it, take its memory, cut its clients off.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort, startServerProcess } from '../../../src/dev/embedded/process.js';
import { debianPackage } from '../debian.js';

export interface PlainRedis {
  readonly url: string;
  readonly port: number;
  /** For what an operator does. */
  readonly operator: Redis;
  stop(): Promise<void>;
}

export async function startPlainRedis(): Promise<PlainRedis> {
  const port = await freePort();
  const dir = await mkdtemp(join(tmpdir(), 'gateway-test-redis-'));
  const server = await startServerProcess({
    name: 'Redis',
    command: await debianPackage('redis-server'),
    args: [
      ...['--bind', '127.0.0.1', '--port', String(port), '--dir', dir],
      ...['--save', '', '--repl-diskless-sync-delay', '0'],
    ],
    deathSignal: 'TERM',
    readyLine: /ready to accept connections/i,
  });
  const url = `redis://127.0.0.1:${port}`;
  const operator = new Redis(url, { retryStrategy: () => 50 });
  return {
    url,
    port,
    operator,
    async stop() {
      operator.disconnect();
      await server.stop('SIGTERM');
      await rm(dir, { recursive: true, force: true });
    },
  };
}
