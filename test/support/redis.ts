// A private real Redis, which a test may stop, kill, restart or replace by an empty one.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { AllowlistWriter } from '../../src/allowlist/writer.js';
import { type EmbeddedRedis, startEmbeddedRedis } from '../../src/embedded/redis.js';

export interface TestRedis {
  /** The gateway's user. */
  readonly url: string;
  /** The dns-node's read-only user. */
  readonly nodeUrl: string;
  readonly port: number;
  /** The folder with everything that this Redis has on disk. */
  readonly dataDir: string;
  /** Ends the server gracefully and keeps its data. */
  halt(): Promise<void>;
  /** Ends the server as a power cut would and keeps its data. */
  kill(): Promise<void>;
  /** Starts the server again on the same port and data, after `halt` or `kill`. */
  restart(): Promise<void>;
  /** Starts an empty server on the same port with the same users, as a failover to an empty replica does. */
  restartEmpty(): Promise<void>;
  /** Ends the server and deletes its data. */
  stop(): Promise<void>;
}

export async function startRedis(): Promise<TestRedis> {
  const dataDir = await mkdtemp(join(tmpdir(), 'gateway-test-redis-'));
  const first = await startEmbeddedRedis({ dataDir });
  let server: EmbeddedRedis = first;
  const start = async () => {
    server = await startEmbeddedRedis({ dataDir, port: first.port });
  };
  return {
    url: first.url,
    nodeUrl: first.nodeUrl,
    port: first.port,
    dataDir,
    halt: () => server.stop(),
    async kill() {
      process.kill(server.pid, 'SIGKILL');
      await server.ended;
    },
    restart: start,
    async restartEmpty() {
      await rm(join(dataDir, 'redis'), { recursive: true, force: true });
      await start();
    },
    async stop() {
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** What an operator does with `allowlist init`. */
export async function initialiseAllowlist(redisUrl: string): Promise<void> {
  const redis = new Redis(redisUrl);
  await new AllowlistWriter(redis).initialise();
  await redis.quit();
}
