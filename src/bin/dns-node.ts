// The dns-node process: reads its settings, answers DNS until it is told to stop, and says in one line why it cannot.
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { type Follower, type FollowerEvent, startFollower } from '../allowlist/follower.js';
import { CatalogueError, loadCatalogue } from '../catalogue/catalogue.js';
import { type DnsNodeConfig, readDnsNodeConfig } from '../config/dns-node.js';
import type { Endpoint } from '../config/settings.js';
import { type Edge, startEdge } from '../dns/edge.js';
import { startOperationsServer } from '../operations/health.js';
import { createLogger, errorFields } from '../operations/log.js';
import { faultLines } from '../start/faults.js';
import { storeFault } from '../start/store-fault.js';

const STOP_MS = 10_000;

interface DnsNode {
  readonly config: DnsNodeConfig;
  readonly edge: Edge;
  stop(): Promise<void>;
}

/** A port cannot be listened on; `message` names its setting and a code. */
class ListenFault extends Error {}

const log = createLogger('dns-node');
let starting: Promise<DnsNode> | undefined;
let stopping = false;

// Node's own report of a crash holds the error's message, and that may hold anything.
process.on('uncaughtException', (error) => fail(error));
// A parent that died takes the pipes with it; the stop must go on all the same.
for (const output of [process.stdout, process.stderr]) output.on('error', () => {});
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);
process.on('disconnect', stop);
process.on('SIGHUP', reloadCatalogue);

try {
  starting = start(readDnsNodeConfig());
  const { config, edge } = await starting;
  log.info('process.started', { listen: listenText({ host: config.listen.host, port: edge.udpPort }) });
} catch (error) {
  if (!stopping) refuse(error);
}

async function start(config: DnsNodeConfig): Promise<DnsNode> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const catalogue = await loadCatalogue(config);
  const follower = await follow(config.redisUrl);
  addAllowlistMetrics(registry, follower);
  const edge = await startEdge({
    listen: config.listen,
    catalogue,
    find: (address) => follower.replica.find(address),
    upstreams: config.upstreams,
    registry,
  }).catch((error) => refuseListen('DNS_PORT', config.listen, error));
  const operations = await startOperationsServer(config.metrics, registry, {
    allowlist: () => (follower.state() === 'following' ? 'ok' : follower.state()),
    edge: () => (stopping ? 'stopping' : 'ok'),
  }).catch((error) => refuseListen('DNS_METRICS_PORT', config.metrics, error));
  return {
    config,
    edge,
    async stop() {
      await edge.close();
      await follower.close();
      await operations.close();
    },
  };
}

async function follow(redisUrl: string): Promise<Follower> {
  let follower: Follower | undefined;
  const on = (event: FollowerEvent) => report(event, follower);
  try {
    follower = await startFollower(redisUrl, on);
  } catch (error) {
    throw storeFault('REDIS_URL', error);
  }
  if (follower.state() === 'following') report('loaded', follower);
  return follower;
}

/** The first load ends before there is a follower to tell of; it is reported when there is. */
function report(event: FollowerEvent, follower: Follower | undefined): void {
  if (event === 'lost') log.warn('dependency.lost', { part: 'redis' });
  else if (event === 'back') log.info('dependency.back', { part: 'redis' });
  else if (event === 'kept')
    log.warn('allowlist.kept', { part: 'redis', count: follower?.replica.size ?? 0 });
  else if (follower !== undefined) {
    const { size, revision } = follower.replica;
    log.info('allowlist.loaded', { part: 'redis', count: size, revision });
  }
}

function addAllowlistMetrics(registry: Registry, follower: Follower): void {
  gauge('dns_allowlist_entries', 'Prefixes in the allowlist', () => follower.replica.size);
  gauge('dns_allowlist_revision', 'Revision that is answered from', () => follower.replica.revision);
  gauge('dns_allowlist_age_seconds', 'Time since the store last answered', () => follower.ageSeconds());

  function gauge(name: string, help: string, value: () => number): void {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(value());
      },
    });
  }
}

/** A broken catalogue is refused whole, and the old one stays. */
async function reloadCatalogue(): Promise<void> {
  const node = await starting;
  if (node === undefined || stopping) return;
  try {
    const catalogue = await loadCatalogue(node.config);
    node.edge.useCatalogue(catalogue);
    log.info('catalogue.loaded', { part: 'catalogue', count: catalogue.services.length });
  } catch (error) {
    const count = error instanceof CatalogueError ? error.faults.length : 1;
    log.warn('catalogue.refused', { part: 'catalogue', count });
  }
}

/** Only the first signal counts: Ctrl-C reaches a child from the terminal and from its parent. */
async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  log.info('process.stopping');
  setTimeout(() => fail(new Error('the stop took too long')), STOP_MS).unref();
  try {
    await (await starting)?.stop();
  } catch (error) {
    fail(error);
  }
  log.info('process.stopped');
  process.exit(0);
}

function refuseListen(setting: string, endpoint: Endpoint, error: unknown): never {
  const { code = 'unknown' } = errorFields(error);
  throw new ListenFault(`${setting}: cannot listen on ${listenText(endpoint)} (${code})`);
}

/** What keeps the process from starting, one fault a line. */
function refuse(error: unknown): never {
  const lines = error instanceof ListenFault ? error.message : faultLines(error);
  for (const line of lines.split('\n')) process.stderr.write(`dns-node: ${line}\n`);
  process.exit(1);
}

function fail(error: unknown): never {
  log.error('process.failed', errorFields(error));
  process.exit(1);
}

function listenText({ host, port }: Endpoint): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
