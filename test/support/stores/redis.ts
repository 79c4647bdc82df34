// Private real Redis servers, which a test may stop, kill, restart or replace by an empty one.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { AllowlistWriter } from '../../../src/allowlist/writer.js';
import {
  type EphemeralRedis,
  startEmbeddedRedis,
  startEphemeralRedis,
} from '../../../src/dev/embedded/redis.js';
import { REMEMBERS_SINCE } from '../../../src/ephemeral/replay-guard.js';

export interface TestRedisServer {
  /** The gateway's user. */
  readonly url: string;
  /** Who may do everything, for what a test prepares and looks at. */
  readonly operatorUrl: string;
  readonly port: number;
  /** The folder with everything that this Redis has on disk. */
  readonly dataDir: string;
  /** Ends the server gracefully and keeps its data. */
  halt(): Promise<void>;
  /** Ends the server as a power cut would and keeps its data. */
  kill(): Promise<void>;
  /** Starts the server again on the same port and data, after `halt` or `kill`. */
  restart(): Promise<void>;
  /** Ends the server and deletes its data. */
  stop(): Promise<void>;
}

export interface TestRedis extends TestRedisServer {
  /** The dns-node's read-only user. */
  readonly nodeUrl: string;
  /** Starts an empty server on the same port with the same users, as a failover to an empty replica does. */
  restartEmpty(): Promise<void>;
}

export async function startRedis(): Promise<TestRedis> {
  const server = await startServer(startEmbeddedRedis);
  return {
    ...server,
    async restartEmpty() {
      await rm(join(server.dataDir, 'redis'), { recursive: true, force: true });
      await server.restart();
    },
  };
}

/** One without a disk, as it is after it has run for long: the gateway takes codes of before it. Restarted, it is empty. */
export async function startEphemeral(): Promise<TestRedisServer> {
  const server = await startServer(startEphemeralRedis);
  const redis = new Redis(server.url);
  await redis.set(REMEMBERS_SINCE, '0 since-long');
  await redis.quit();
  return server;
}

async function startServer<Server extends EphemeralRedis>(
  begin: (options: { dataDir: string; port?: number }) => Promise<Server>,
): Promise<TestRedisServer & Omit<Server, 'stop'>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'gateway-test-redis-'));
  const first = await begin({ dataDir });
  let server: EphemeralRedis = first;
  return {
    ...first,
    dataDir,
    halt: () => server.stop(),
    async kill() {
      process.kill(server.pid, 'SIGKILL');
      await server.ended;
    },
    async restart() {
      server = await begin({ dataDir, port: first.port });
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
