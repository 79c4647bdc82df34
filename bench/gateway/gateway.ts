// The gateway against Mercurius with graphql-jit, GraphQL Yoga and Apollo Server, on this machine and in one run: requests a
// second, CPU time and response times for reading the account, usage and networks, and for writing the profile.
// Options: --rounds N, --seconds N, --quick.
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { AllowlistWriter } from '../../src/allowlist/writer.js';
import { loadCatalogue } from '../../src/catalogue/catalogue.js';
import { catalogueFiles } from '../../src/config/catalogue.js';
import type { StoreConfig } from '../../src/config/gateway.js';
import { SettingsReader } from '../../src/config/settings.js';
import { debianProgram } from '../../src/dev/embedded/debian.js';
import { startEmbeddedPostgres } from '../../src/dev/embedded/postgres.js';
import { startEmbeddedRedis, startEphemeralRedis } from '../../src/dev/embedded/redis.js';
import { OperatorError } from '../../src/lib/operator-error.js';
import { startInSteps } from '../../src/runtime/cleanup.js';
import { leaveServerCore, ticksPerSecond } from '../process.js';
import { runBench, unlessAborted } from '../run.js';
import { type Cost, type Extent, introduce, Measurement } from './measure.js';
import { OPERATIONS, type Operation } from './operations.js';
import { makePeople } from './people.js';
import { summaryLine, tables } from './report.js';
import { PEERS, type Server, startOurs, startPeer } from './servers.js';
import { Wrk } from './wrk.js';

const say = (line: string) => console.error(line);

async function prepare(
  extent: Extent,
  signal: AbortSignal,
  cleanup: AsyncDisposableStack,
): Promise<Measurement> {
  if (availableParallelism() < 2) {
    throw new OperatorError('two cores are needed: one for the server, one for the load');
  }
  await leaveServerCore();
  const program = await debianProgram('wrk', ['wrk'], say);
  const folder = await mkdtemp(join(tmpdir(), 'gateway-bench-graphql-'));
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  say('Starting Postgres, Redis and the servers …');
  const postgres = await startEmbeddedPostgres({ dataDir: folder });
  cleanup.defer(() => postgres.stop());
  const redis = await startEmbeddedRedis({ dataDir: folder, say });
  cleanup.defer(() => redis.stop());
  const ephemeral = await startEphemeralRedis({ dataDir: folder, say });
  cleanup.defer(() => ephemeral.stop());
  await initialiseAllowlist(redis.url);

  const stores = { databaseUrl: postgres.url, redisUrl: redis.url, ephemeralRedisUrl: ephemeral.url };
  const servers: Server[] = [];
  const started = (server: Server) => {
    cleanup.defer(() => server.process.stop());
    servers.push(server);
    return server;
  };
  const ours = started(await startOurs(settingsOf(stores), signal));
  for (const peer of PEERS) started(await startPeer(peer, stores.databaseUrl, signal));

  const catalogue = await loadCatalogue(catalogueFiles(new SettingsReader({})));
  const people = await unlessAborted(signal, makePeople(stores, catalogue));
  await introduce(ours, people);
  const database = new pg.Client({ connectionString: stores.databaseUrl });
  await database.connect();
  cleanup.defer(() => database.end());
  const wrk = new Wrk(program, folder, signal);
  const ticks = await ticksPerSecond();
  return new Measurement({ servers, people, wrk, database, ticksPerSecond: ticks, extent, say });
}

/** Before the measurement, all servers must give the same responses. */
async function measured(measurement: Measurement): Promise<Record<Operation, Cost[]>> {
  const sizes = new Map<Operation, ReadonlyMap<Server, number>>();
  for (const operation of OPERATIONS) sizes.set(operation, await measurement.compare(operation));
  const costs = {} as Record<Operation, Cost[]>;
  for (const [operation, each] of sizes) costs[operation] = await measurement.costs(operation, each);
  return costs;
}

async function initialiseAllowlist(redisUrl: string): Promise<void> {
  const redis = new Redis(redisUrl);
  await new AllowlistWriter(redis).initialise();
  await redis.quit();
}

/** Any operation is served, as the peers do. No mail is sent, because there is no mail server. */
function settingsOf({ databaseUrl, redisUrl, ephemeralRedisUrl }: StoreConfig) {
  return {
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    REDIS_EPHEMERAL_URL: ephemeralRedisUrl,
    OPEN_OPERATIONS: 'true',
    SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
    SMTP_URL: 'smtp://127.0.0.1:9',
    MAIL_FROM: 'mail@example.com',
    PORTAL_URL: 'https://portal.example.com',
    CONTACT_EMAIL: 'privacy@example.com',
    DPO_EMAIL: 'dpo@example.com',
  };
}

await runBench(
  { rounds: { full: 7, quick: 1, most: 99 }, seconds: { full: 3, quick: 1, most: 999 } },
  async (values, signal) => {
    const extent = { ...values, warmUpSeconds: values.seconds > 1 ? 1 : 0 };
    const bench = await startInSteps(async (cleanup) => ({
      measurement: await prepare(extent, signal, cleanup),
    }));
    try {
      const costs = await unlessAborted(signal, measured(bench.measurement));
      console.log(tables(costs, extent));
      console.log(summaryLine(costs));
    } finally {
      await bench.stop();
    }
  },
);
