// The product in production form on its network: two gateways, two dns-nodes, three Redis, Postgres, a mail server, and the
// people who use it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PROFILES, prefixOfKey } from '../../src/allowlist/keys.js';
import { plainProfile } from '../../src/allowlist/profile.js';
import { AllowlistWriter, type Entry } from '../../src/allowlist/writer.js';
import { type Prefix, parsePrefix } from '../../src/lib/ip.js';
import { openRedis } from '../../src/redis/connect.js';
import { startInSteps } from '../../src/runtime/cleanup.js';
import { makePeople, type Person } from '../soak/people.js';
import { Ledger } from './ledger.js';
import { type MailSink, startMailSink } from './mail.js';
import { type Host, Network } from './network.js';
import { Program } from './program.js';
import { LISTED, Questions } from './questions.js';
import { Requests } from './requests.js';
import {
  makeSecrets,
  type PostgresServer,
  type RedisServer,
  type Secrets,
  startDurableRedis,
  startEphemeralRedis,
  startPostgres,
} from './servers.js';
import {
  GATEWAY_PORT,
  gatewaySettings,
  NAMES,
  nodeSettings,
  operationsUrl,
  REGION,
  secretKey,
  writeRegions,
} from './settings.js';
import { Watch, type Watched } from './watch.js';

const CUSTOMERS = 24;
const REQUESTS_PER_SECOND = 60;
const QUESTIONS_PER_SECOND = 40;
const POSTGRES_MEGABYTES = 400;
const REDIS_MEGABYTES = 200;

/** A gateway or a dns-node. */
export interface Server extends Watched {
  readonly host: Host;
  readonly program: Program;
}

interface Parts {
  readonly folder: string;
  readonly network: Network;
  readonly secrets: Secrets;
  readonly ephemeral: RedisServer;
  readonly gateways: readonly [Server, Server];
  readonly nodes: readonly [Server, Server];
  readonly mail: MailSink;
  /** The last one uses nothing by itself: faults do in their name. */
  readonly people: readonly Person[];
  readonly ledger: Ledger;
  readonly requests: Requests;
  readonly questions: Questions;
  readonly watch: Watch;
  /** They change places when a fault is over. */
  readonly redis: { primary: RedisServer; replica: RedisServer };
  postgres: PostgresServer;
}

export type World = Parts & { stop(): Promise<void> };

export function startWorld(): Promise<World> {
  return startInSteps(start);
}

async function start(cleanup: AsyncDisposableStack): Promise<Parts> {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-drill-'));
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  const network = await Network.open(folder);
  cleanup.defer(() => network.close());
  const secrets = makeSecrets();
  const host = (name: string, megabytes?: number) => network.addHost(name, megabytes);
  const gatewayHosts = [await host('gateway-1'), await host('gateway-2')] as const;
  const nodeHosts = [await host('dns-node-1'), await host('dns-node-2')] as const;
  const stores = {
    first: await host('redis-1', REDIS_MEGABYTES),
    second: await host('redis-2', REDIS_MEGABYTES),
    ephemeral: await host('redis-ephemeral'),
    postgres: await host('postgres-1', POSTGRES_MEGABYTES),
  };
  const running = <T extends { program: Program; operator?: { disconnect(): void } }>(server: T): T => {
    cleanup.defer(() => server.program.kill());
    cleanup.defer(() => server.operator?.disconnect());
    return server;
  };
  const [primary, replica, ephemeral, postgres, mail] = await Promise.all([
    startDurableRedis(stores.first, secrets).then(running),
    startDurableRedis(stores.second, secrets).then(running),
    startEphemeralRedis(stores.ephemeral, secrets).then(running),
    startPostgres(stores.postgres, secrets).then(running),
    startMailSink(folder),
  ]);
  cleanup.defer(() => mail.stop());
  await network.point(NAMES.redis, primary.host.address);
  await network.point(NAMES.ephemeral, ephemeral.host.address);
  await network.point(NAMES.postgres, postgres.host.address);
  await replica.operator.replicaof(primary.host.address, 6379);
  await withWriter(primary, async (writer) => {
    await writer.initialise();
    await writer.putMany(LISTED.map(entryOf));
  });

  const watched: Watched[] = [];
  const watch = new Watch(watched);
  const regions = await writeRegions(
    folder,
    nodeHosts.map(({ address }) => address),
  );
  const server = (kind: 'gateway' | 'dns-node', on: Host, env: Record<string, string>): Server => {
    const script = fileURLToPath(new URL(`../../src/bin/${kind}.js`, import.meta.url));
    const program = new Program({
      name: on.name,
      host: on,
      command: [process.execPath, script],
      env,
      ready: /"process\.started"/,
      onLine: (line) => watch.line(line),
    });
    const made = { name: on.name, url: operationsUrl(kind, on), host: on, program };
    watched.push(made);
    cleanup.defer(() => program.stop());
    return made;
  };
  const urls = {
    databaseUrl: postgres.url(NAMES.postgres),
    redisUrl: primary.url(NAMES.redis),
    ephemeralUrl: ephemeral.url(NAMES.ephemeral),
  };
  const gateway = (on: Host) =>
    server('gateway', on, gatewaySettings(on, { ...urls, regions, mailAuthority: mail.authority }));
  const node = (on: Host) => server('dns-node', on, nodeSettings(on, { regions, secrets }));
  const gateways = [gateway(gatewayHosts[0]), gateway(gatewayHosts[1])] as const;
  const nodes = [node(nodeHosts[0]), node(nodeHosts[1])] as const;
  await Promise.all([...gateways, ...nodes].map(({ program }) => program.start()));

  const { customers } = await makePeople(
    { databaseUrl: postgres.url(), redisUrl: primary.url(), secretKey: secretKey() },
    CUSTOMERS + 1,
  );
  const ledger = new Ledger();
  const targets = gateways.map(({ host: { address } }) => ({ address, port: GATEWAY_PORT }));
  const requests = new Requests(customers.slice(0, CUSTOMERS), targets, ledger, REQUESTS_PER_SECOND);
  const questions = new Questions(
    nodes.map(({ host: { address } }) => address),
    QUESTIONS_PER_SECOND,
  );
  for (const load of [requests, questions, watch]) {
    cleanup.defer(() => load.stop());
    load.begin();
  }
  return {
    ...{ folder, network, secrets, ephemeral, gateways, nodes, mail, ledger, requests, questions, watch },
    people: customers,
    redis: { primary, replica },
    postgres,
  };
}

/** Writes into the allowlist of this very server, past the gateways. */
export async function withWriter<T>(
  server: RedisServer,
  work: (writer: AllowlistWriter) => Promise<T>,
): Promise<T> {
  const redis = await openRedis(server.url());
  try {
    return await work(new AllowlistWriter(redis));
  } finally {
    redis.disconnect();
  }
}

export function entryOf(address: string): Entry {
  const prefix = parsePrefix(address) as Prefix;
  return { prefix, profile: plainProfile(prefix, REGION), label: '', lastDay: null };
}

/** Every address that the primary lists. */
export async function storedAddresses({ redis }: Pick<World, 'redis'>): Promise<Set<string>> {
  const keys = await redis.primary.operator.hkeys(PROFILES);
  return new Set(keys.map((key) => prefixOfKey(key).text));
}

/** The name of each account. */
export async function storedNames({ postgres, people }: World): Promise<Map<string, string | null>> {
  const rows = await postgres.query('SELECT id, name FROM account WHERE id = ANY($1)', [
    people.map(({ id }) => id),
  ]);
  return new Map(rows.map(({ id, name }) => [id as string, name as string | null]));
}
