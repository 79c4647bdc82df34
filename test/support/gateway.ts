// A gateway inside the test's process, on a private Redis and a private database, and people who use it.
import { randomBytes } from 'node:crypto';
import { createDataSource } from '../../ormconfig.js';
import { type GatewayConfig, readGatewayConfig } from '../../src/config/gateway.js';
import { Account } from '../../src/entities/account.js';
import { type Gateway, startGateway } from '../../src/http/gateway.js';
import { createLogger } from '../../src/operations/log.js';
import { createAdmin } from '../../src/services/staff.js';
import { type GraphqlAnswer, type GraphqlRequest, graphql, signedInUser } from './graphql-client.js';
import { type FreshDatabase, freshDatabase } from './postgres.js';
import { initialiseAllowlist, startRedis, type TestRedis } from './redis.js';

export const PASSWORD = 'a long enough passphrase';

export interface TestGateway {
  readonly gateway: Gateway;
  readonly url: string;
  readonly metricsUrl: string;
  readonly redis: TestRedis;
  readonly database: FreshDatabase;
  /** The log so far, one line each. */
  readonly log: readonly string[];
  call(request: GraphqlRequest): Promise<GraphqlAnswer>;
  /** A new account; its session token. */
  user(): Promise<string>;
  admin(): Promise<string>;
  stop(): Promise<void>;
}

export interface TestGatewayOptions {
  readonly config?: Partial<GatewayConfig>;
  /** Whether the allowlist is initialised, as it is in a product that was set up. */
  readonly initialised?: boolean;
  /** The URL through which the gateway reaches a store, such as a proxy's that a test can cut. */
  readonly through?: (storeUrl: string) => Promise<string>;
}

/** Loopback addresses may be registered unless the configuration says otherwise. */
export async function startTestGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const [redis, database] = await Promise.all([startRedis(), freshDatabase()]);
  if (options.initialised ?? true) await initialiseAllowlist(redis.url);
  const through = options.through ?? (async (url: string) => url);
  const log: string[] = [];
  const config = readGatewayConfig({
    GATEWAY_PORT: '0',
    GATEWAY_METRICS_PORT: '0',
    DATABASE_URL: await through(database.url),
    REDIS_URL: await through(redis.url),
    ALLOW_PRIVATE_ADDRESSES: 'true',
  });
  const logger = createLogger('gateway', (line) => log.push(line));
  const gateway = await startGateway({ ...config, ...options.config }, logger);
  const url = `http://127.0.0.1:${gateway.port}/graphql`;
  const newEmail = () => `${randomBytes(6).toString('hex')}@example.com`;
  return {
    gateway,
    url,
    metricsUrl: `http://127.0.0.1:${gateway.metricsPort}`,
    redis,
    database,
    log,
    call: (request) => graphql(url, request),
    user: () => signedInUser(url, newEmail(), PASSWORD),
    async admin() {
      const email = newEmail();
      return signedInUser(url, email, await adminPassword(database.url, email));
    },
    async stop() {
      await gateway.stop();
      await Promise.all([redis.stop(), database.drop()]);
    },
  };
}

/** The codes and fields of a payload's user errors. */
export function faults(payload: { userErrors: { field: string | null; code: string }[] }) {
  return payload.userErrors.map(({ field, code }) => ({ field, code }));
}

/** The day so many days from now, in UTC. */
export function dayFromNow(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
}

async function adminPassword(databaseUrl: string, email: string): Promise<string> {
  const database = await createDataSource(databaseUrl).initialize();
  try {
    const made = await createAdmin(database.getRepository(Account), email);
    if (made.outcome !== 'created') throw new Error('the account existed');
    return made.password;
  } finally {
    await database.destroy();
  }
}
