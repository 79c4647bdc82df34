// The gateway against Mercurius with graphql-jit, GraphQL Yoga and Apollo Server, on this machine and in one run: requests a
// second, CPU time and the times of answers for reading the account, usage and addresses, and for writing the profile.
// Options: --rounds N, --seconds S, --quick.
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';
import pg from 'pg';
import { AllowlistWriter } from '../../src/allowlist/writer.js';
import { loadCatalogue } from '../../src/catalogue/catalogue.js';
import { ClearFault } from '../../src/clear-fault.js';
import { catalogueFiles } from '../../src/config/catalogue.js';
import type { StoreConfig } from '../../src/config/gateway.js';
import { SettingsReader } from '../../src/config/settings.js';
import { debianProgram } from '../../src/embedded/debian.js';
import { startEmbeddedPostgres } from '../../src/embedded/postgres.js';
import { startEmbeddedRedis, startEphemeralRedis } from '../../src/embedded/redis.js';
import { startInSteps, type Undo } from '../../src/operations/undo.js';
import { leaveServerCore, ticksPerSecond } from '../process.js';
import { type Cost, type Extent, introduce, Measurement } from './measure.js';
import { OPERATIONS, type Operation } from './operations.js';
import { makePeople } from './people.js';
import { summaryLine, tables } from './report.js';
import { PEERS, type Server, startOurs, startPeer } from './servers.js';
import { Wrk } from './wrk.js';

function readExtent(): Extent {
  const usage = new ClearFault('options: --rounds N --seconds S, at most 99 and 999, or --quick');
  const read = () => {
    try {
      const string = { type: 'string' } as const;
      const options = { rounds: string, seconds: string, quick: { type: 'boolean' } } as const;
      return parseArgs({ options }).values;
    } catch {
      throw usage;
    }
  };
  const { quick = false, rounds = quick ? '1' : '7', seconds = quick ? '2' : '3' } = read();
  if (!/^[1-9]\d?$/.test(rounds) || !/^[1-9]\d{0,2}$/.test(seconds)) throw usage;
  return { rounds: Number(rounds), seconds: Number(seconds), warmUpSeconds: 1 };
}

const say = (line: string) => console.error(line);

async function prepare(extent: Extent, signal: AbortSignal, undos: Undo[]): Promise<Measurement> {
  if (availableParallelism() < 2) {
    throw new ClearFault('two cores are needed: one for the server, one for the load');
  }
  await leaveServerCore();
  const program = await debianProgram('wrk', ['wrk'], say);
  const folder = await mkdtemp(join(tmpdir(), 'gateway-bench-graphql-'));
  undos.push(() => rm(folder, { recursive: true, force: true }));
  say('Starting Postgres, Redis and the servers …');
  const postgres = await startEmbeddedPostgres({ dataDir: folder });
  undos.push(() => postgres.stop());
  const redis = await startEmbeddedRedis({ dataDir: folder, say });
  undos.push(() => redis.stop());
  const ephemeral = await startEphemeralRedis({ dataDir: folder, say });
  undos.push(() => ephemeral.stop());
  await initialiseAllowlist(redis.url);

  const stores = { databaseUrl: postgres.url, redisUrl: redis.url, ephemeralRedisUrl: ephemeral.url };
  const servers: Server[] = [];
  const started = (server: Server) => {
    undos.push(() => server.process.stop());
    servers.push(server);
    return server;
  };
  const ours = started(await startOurs(settingsOf(stores), signal));
  for (const peer of PEERS) started(await startPeer(peer, stores.databaseUrl, signal));

  const catalogue = await loadCatalogue(catalogueFiles(new SettingsReader({})));
  const people = await makePeople(stores, catalogue);
  await introduce(ours, people);
  const database = new pg.Client({ connectionString: stores.databaseUrl });
  await database.connect();
  undos.push(() => database.end());
  const wrk = new Wrk(program, folder, signal);
  const ticks = await ticksPerSecond();
  return new Measurement({ servers, people, wrk, database, ticksPerSecond: ticks, extent, say });
}

/** Before anything is measured, all servers have to answer alike. */
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

/** Any operation is served, as peers serve it. No mail is sent: there is no server to take one. */
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

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort());
const { signal } = interrupted;
try {
  const extent = readExtent();
  const bench = await startInSteps(async (undos) => ({ measurement: await prepare(extent, signal, undos) }));
  try {
    const costs = await measured(bench.measurement);
    console.log(tables(costs, extent));
    console.log(summaryLine(costs));
  } finally {
    await bench.stop();
  }
} catch (error) {
  if (!signal.aborted && !(error instanceof ClearFault)) throw error;
  console.error(signal.aborted ? 'Interrupted.' : (error as ClearFault).message);
  process.exitCode = signal.aborted ? 130 : 1;
}
