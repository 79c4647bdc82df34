// The whole product on one machine. It starts in order, and stops in the order in which no response is lost.
import { access, constants, mkdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { AllowlistWriter } from '../allowlist/writer.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import { browserUrl } from '../config/addresses.js';
import { endpointText, localEndpoint } from '../config/settings.js';
import {
  dnsNodeSettings,
  gatewaySettings,
  type Ports,
  processSettings,
  type StartConfig,
  type StartedWith,
} from '../config/start.js';
import { openRedis } from '../redis/connect.js';
import { startInSteps } from '../runtime/cleanup.js';
import { errorFields } from '../runtime/log.js';
import { type Child, startChild } from './child.js';
import { startEmbeddedPostgres } from './embedded/postgres.js';
import { StartError } from './embedded/process.js';
import { startEmbeddedRedis, startEphemeralRedis } from './embedded/redis.js';
import { lockFolder } from './lock.js';
import { startMailbox } from './mailbox.js';
import { checkBeforeStart } from './preflight.js';
import { leftoversEnded, readRunning, removeRunning, writeRunning } from './running-file.js';
import { keptSecretKey } from './secret-key.js';
import { networkLines, tryLines } from './try-lines.js';

const READY_MS = 30_000;

/** The start was interrupted by a person; not an error. */
export class Interrupted extends Error {}

export interface StartOptions {
  readonly config: StartConfig;
  /** Where embedded stores keep their data; made when missing. */
  readonly dataDir: string;
  /** Progress, and the children's warnings and errors. */
  readonly say: (line: string) => void;
  /** Aborted: what has been started is stopped, and `startProduct` rejects with Interrupted. */
  readonly interrupted: AbortSignal;
}

export interface Product {
  /** The addresses and the lines to try, for the person at the terminal. */
  readonly summary: string;
  /** Settles with a line that names the part that ended on its own. */
  readonly failed: Promise<string>;
  stop(): Promise<void>;
}

interface Server {
  readonly name: string;
  readonly ended: Promise<unknown>;
  stop(): Promise<void>;
}

/** Rejects with the errors, one per line, when something could not be started. Nothing is left running then. */
export function startProduct(options: StartOptions): Promise<Product> {
  return startInSteps((cleanup) => start(options, cleanup));
}

async function makeUsable(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code = 'unknown' } = errorFields(error);
    throw new StartError(
      `the folder .data cannot be used (${code}); start as the user who made it, or in another folder`,
    );
  }
}

/** Registers on `cleanup` how each step is reversed. */
async function start(options: StartOptions, cleanup: AsyncDisposableStack): Promise<Omit<Product, 'stop'>> {
  const { config, dataDir, say, interrupted } = options;
  const unlessInterrupted = () => {
    if (interrupted.aborted) throw new Interrupted();
  };
  await makeUsable(dataDir);
  const lock = await lockFolder(dataDir);
  cleanup.defer(lock.release);
  const leftover = await readRunning(dataDir);
  if (leftover !== null) await leftoversEnded(leftover, 12_000);
  const { catalogue, ports } = await checkBeforeStart(config);
  unlessInterrupted();

  const stores = await startStores(options, cleanup);
  unlessInterrupted();
  await initialiseAllowlist(stores.redisUrl);

  const secretKey = config.secretKey ?? (await keptSecretKey(dataDir));
  const smtpUrl = await openMailbox(config, ports, cleanup);
  const started: StartedWith = { ...stores, ports, secretKey, smtpUrl };
  const shared = processSettings(config);
  const settings = { gateway: gatewaySettings(config, started), dnsNode: dnsNodeSettings(config, started) };
  say('Starting the gateway and a dns-node …');
  const gateway = startChild('gateway', { ...shared, ...settings.gateway }, say);
  const dnsNode = startChild('dns-node', { ...shared, ...settings.dnsNode }, say);
  cleanup.defer(async () => {
    await Promise.all([gateway.stop(), dnsNode.stop()]);
  });
  cleanup.defer(() => removeRunning(dataDir));
  await writeRunning(dataDir, {
    pid: process.pid,
    children: [gateway.pid, dnsNode.pid],
    settings: { ...settings.dnsNode, ...settings.gateway },
  });
  const ended = Promise.race([gateway.ended, dnsNode.ended, ...stores.ended]);
  await ready([gateway, dnsNode], operationsUrls(config, ports), ended, interrupted);
  return { summary: summary(config, started, catalogue), failed: ended };
}

/** The stores that the settings name, and embedded ones for those that they do not. */
async function startStores({ config, dataDir, say }: StartOptions, cleanup: AsyncDisposableStack) {
  if (config.databaseUrl === null) say('Starting Postgres (the first start makes a new database) …');
  if (config.redisUrl === null) say('Starting Redis …');
  const durable = config.redisUrl === null ? startEmbeddedRedis({ dataDir, say }) : Promise.resolve(null);
  const [postgres, redis, ephemeral] = await Promise.allSettled([
    config.databaseUrl === null ? startEmbeddedPostgres({ dataDir }) : null,
    durable,
    // One after the other: the first may have to install the program.
    config.ephemeralRedisUrl === null ? durable.then(() => startEphemeralRedis({ dataDir, say })) : null,
  ]);
  const servers: Server[] = [];
  if (postgres.status === 'fulfilled' && postgres.value)
    servers.push({ name: 'Postgres', ...postgres.value });
  if (redis.status === 'fulfilled' && redis.value) servers.push({ name: 'Redis', ...redis.value });
  if (ephemeral.status === 'fulfilled' && ephemeral.value)
    servers.push({ name: 'the ephemeral Redis', ...ephemeral.value });
  cleanup.defer(async () => {
    await Promise.all(servers.map((server) => server.stop()));
  });
  if (postgres.status === 'rejected') throw postgres.reason;
  if (redis.status === 'rejected') throw redis.reason;
  if (ephemeral.status === 'rejected') throw ephemeral.reason;
  return {
    databaseUrl: postgres.value?.url ?? config.databaseUrl!,
    redisUrl: redis.value?.url ?? config.redisUrl!,
    ephemeralRedisUrl: ephemeral.value?.url ?? config.ephemeralRedisUrl!,
    dnsNodeRedisUrl: redis.value?.nodeUrl ?? config.redisUrl!,
    ended: servers.map(({ name, ended }) => ended.then(() => `${name} ended unexpectedly`)),
  };
}

/** Where the gateway sends its mail: to the mailbox, unless the settings name a mail server. */
async function openMailbox(
  config: StartConfig,
  ports: Ports,
  cleanup: AsyncDisposableStack,
): Promise<string> {
  if (config.mailbox === null) return config.gateway.smtpUrl;
  const mailbox = await startMailbox({
    smtp: ports.MAILBOX_SMTP_PORT!,
    page: ports.MAILBOX_PORT!,
    gateway: ports.GATEWAY_PORT,
  });
  cleanup.defer(() => mailbox.stop());
  return `smtp://127.0.0.1:${ports.MAILBOX_SMTP_PORT}`;
}

async function initialiseAllowlist(redisUrl: string): Promise<void> {
  const redis = await openRedis(redisUrl);
  try {
    await new AllowlistWriter(redis).initialise();
  } finally {
    redis.disconnect();
  }
}

/** The URLs of the health checks and metrics of each process. */
function operationsUrls({ gateway, dnsNode }: StartConfig, ports: StartedWith['ports']): string[] {
  return [
    { host: gateway.metrics.host, port: ports.GATEWAY_METRICS_PORT },
    { host: dnsNode.metrics.host, port: ports.DNS_METRICS_PORT },
  ].map((endpoint) => `http://${endpointText(localEndpoint(endpoint))}`);
}

/** Waits until the children serve and their health checks pass. */
async function ready(
  children: readonly Child[],
  urls: readonly string[],
  ended: Promise<string>,
  interrupted: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + READY_MS;
  let decided = false;
  const healthy = async () => {
    await Promise.all(children.map((child) => child.started));
    while (!decided && !(await Promise.all(urls.map(isReady))).every(Boolean)) {
      if (Date.now() > deadline) throw new StartError(`not ready after ${READY_MS / 1000} seconds`);
      await delay(50);
    }
  };
  const gone = ended.then((how) => {
    throw new StartError(how);
  });
  const asked = new Promise<never>((_, reject) => {
    interrupted.addEventListener('abort', () => reject(new Interrupted()));
    if (interrupted.aborted) reject(new Interrupted());
  });
  try {
    await Promise.race([healthy(), gone, asked]);
  } finally {
    decided = true;
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(3000) });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}

function summary(config: StartConfig, { ports }: StartedWith, catalogue: Catalogue): string {
  const gateway = { host: config.gateway.listen.host, port: ports.GATEWAY_PORT };
  const dns = { host: config.dnsNode.listen.host, port: ports.DNS_PORT };
  const metrics = operationsUrls(config, ports).map((url) => `${url}/metrics`);
  return [
    'ready',
    '',
    `  GraphQL  ${browserUrl(gateway)}/graphql`,
    `           for pages of ${originsText(config)}`,
    `  DNS      ${endpointText(localEndpoint(dns))} (UDP and TCP)`,
    ...(ports.MAILBOX_PORT === undefined ? [] : [`  mail     http://localhost:${ports.MAILBOX_PORT}`]),
    `  metrics  ${metrics.join('  ')}`,
    '',
    ...networkLines(gateway, dns),
    'Five lines to try, in a second terminal:',
    '',
    ...tryLines({ gateway, dns, mailbox: ports.MAILBOX_PORT ?? null, catalogue }),
    '',
    'Ctrl-C stops everything.',
    '',
  ].join('\n');
}

function originsText({ gateway, environment }: StartConfig): string {
  const isSet = ['CORS_ORIGINS', 'PORTAL_URL'].find((name) => environment[name]?.trim());
  if (gateway.production) return isSet ?? 'PORTAL_URL';
  return isSet === undefined ? 'localhost on any port' : `${isSet}, and of localhost on any port`;
}
