// The whole dns-node in one process: it follows the allowlist and answers DNS from it.
import { collectDefaultMetrics, Registry } from 'prom-client';
import { type Follower, type FollowerEvent, startFollower } from '../allowlist/follower.js';
import { openCatalogue } from '../catalogue/live.js';
import type { DnsNodeConfig } from '../config/dns-node.js';
import { EdgeListenError, startEdge } from '../dns/edge.js';
import type { UpstreamState } from '../dns/upstreams.js';
import { readAuthorities } from '../operations/authorities.js';
import { type LiveCertificate, openCertificate } from '../operations/certificate.js';
import { addGauge } from '../operations/gauge.js';
import { startOperationsServer } from '../operations/health.js';
import { ListenFault } from '../operations/listen-fault.js';
import type { Logger } from '../operations/log.js';
import type { RunningServer } from '../operations/server-process.js';
import { storeFault } from '../operations/store-fault.js';

/** Rejects with StoreFault, CatalogueError or ListenFault, or a fault of the certificate or of the authorities. */
export async function startDnsNode(
  config: DnsNodeConfig,
  log: Logger,
  stopping: () => boolean,
): Promise<RunningServer> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const catalogue = await openCatalogue(config, log, (next) => edge.useCatalogue(next));
  const certificate =
    config.secure && (await openCertificate(config.secure, log, (next) => edge.useCertificate(next)));
  if (certificate) addCertificateMetric(registry, certificate);
  const authorities = config.upstreamAuthoritiesFile;
  const upstreamAuthorities = authorities === null ? undefined : await readAuthorities(authorities);
  const follower = await follow(config.redisUrl, log);
  addAllowlistMetrics(registry, follower);
  const edge = await startEdge({
    listen: config.listen,
    catalogue: catalogue.current(),
    allowlist: follower.replica,
    upstreams: config.upstreams,
    upstreamAuthorities,
    workers: config.workers,
    provesSource: config.provesSource,
    cookieSecrets: config.cookieSecrets,
    balancers: config.balancers,
    ...(config.secure && certificate && { secure: { ...config.secure, certificate: certificate.current() } }),
    registry,
    onUpstream: (upstream) => reportUpstream(log, upstream),
  }).catch((error) => {
    throw error instanceof EdgeListenError ? listenFault(error, config) : error;
  });
  if (edge.udpTransport === 'batches') log.info('udp.batches', { part: 'udp', count: config.workers });
  else log.warn('udp.portable', { part: 'udp' });
  const routing = () => (stopping() ? 'stopping' : 'ok');
  const checks = {
    allowlist: () => (follower.state() === 'following' ? 'ok' : follower.state()),
    edge: routing,
  };
  const operations = await startOperationsServer(config.metrics, registry, checks, routing).catch((error) => {
    throw new ListenFault('DNS_METRICS_PORT', config.metrics, error);
  });
  return {
    listen: { host: config.listen.host, port: edge.udpPort },
    stopDelayMs: config.stopDelayMs,
    async reload() {
      await catalogue.reload();
      await certificate?.reload();
    },
    async stop() {
      await edge.close();
      await follower.close();
      await operations.close();
    },
  };
}

function listenFault({ listener, cause }: EdgeListenError, { listen, secure }: DnsNodeConfig): ListenFault {
  if (listener === 'dns') return new ListenFault('DNS_PORT', listen, cause);
  const setting = listener === 'dot' ? 'DNS_TLS_PORT' : 'DNS_HTTPS_PORT';
  return new ListenFault(setting, secure?.[listener] ?? listen, cause);
}

async function follow(redisUrl: string, log: Logger): Promise<Follower> {
  let follower: Follower | undefined;
  const on = (event: FollowerEvent) => report(log, event, follower);
  try {
    follower = await startFollower(redisUrl, on);
  } catch (error) {
    throw storeFault('REDIS_URL', error);
  }
  if (follower.state() === 'following') report(log, 'loaded', follower);
  return follower;
}

function reportUpstream(log: Logger, { position, path, state }: UpstreamState): void {
  const fields = { part: 'upstream', upstream: position, transport: path } as const;
  if (state === 'up') log.info('dependency.back', fields);
  else log.warn('dependency.lost', fields);
}

/** The first load ends before there is a follower to tell of; it is reported when there is. */
function report(log: Logger, event: FollowerEvent, follower: Follower | undefined): void {
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
  addGauge(registry, 'dns_allowlist_entries', 'Prefixes in the allowlist', () => follower.replica.size);
  addGauge(
    registry,
    'dns_allowlist_revision',
    'Revision that is answered from',
    () => follower.replica.revision,
  );
  addGauge(registry, 'dns_allowlist_age_seconds', 'Time since the store last answered', () =>
    follower.ageSeconds(),
  );
}

function addCertificateMetric(registry: Registry, certificate: LiveCertificate): void {
  addGauge(registry, 'dns_certificate_not_after_seconds', 'Unix time at which the certificate ends', () =>
    certificate.notAfter(),
  );
}
