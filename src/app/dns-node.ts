// The whole dns-node in one process: it follows the allowlist and answers DNS from it.
import { setTimeout as delay } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { type Follower, type FollowerEvent, startFollower } from '../allowlist/follower.js';
import { createFollowerMetrics } from '../allowlist/follower-metrics.js';
import { openCatalogue } from '../catalogue/live.js';
import type { DnsNodeConfig } from '../config/dns-node.js';
import { EdgeListenError, startEdge } from '../dns/edge.js';
import type { UpstreamState } from '../dns/upstream/upstreams.js';
import { addBuildInfo } from '../runtime/build-info.js';
import { addGauge } from '../runtime/gauge.js';
import { startOperationsServer } from '../runtime/health.js';
import { ListenError } from '../runtime/listen-error.js';
import type { Logger } from '../runtime/log.js';
import { addProcessMetrics } from '../runtime/process-metrics.js';
import type { RunningServer } from '../runtime/server-process.js';
import { toStoreError } from '../runtime/store-error.js';
import { readAuthorities } from './authorities.js';
import { type LiveCertificate, openCertificate } from './certificate.js';

/** The burst of the forward limit, in seconds of its rate: a page in a browser causes many queries at once. */
const BURST_SECONDS = 5;

/** How long a start waits for the allowlist. A longer load continues while the portal's names are answered. */
const LONGEST_WAIT_MS = 60_000;
/** Between two checks whether the process has to stop. */
const CHECK_MS = 100;

/** Rejects with StoreError, CatalogueError or ListenError, or with the error of the certificate or of the authorities. */
export async function startDnsNode(
  config: DnsNodeConfig,
  log: Logger,
  stopping: () => boolean,
): Promise<RunningServer> {
  const registry = new Registry();
  addProcessMetrics(registry);
  addBuildInfo(registry, 'dns_build_info');
  const catalogue = await openCatalogue(config, log, (next) => edge.useCatalogue(next));
  const certificate =
    config.secure && (await openCertificate(config.secure, log, (next) => edge.useCertificate(next)));
  if (certificate) addCertificateMetric(registry, certificate);
  const authorities = config.upstreamAuthoritiesFile;
  const upstreamAuthorities = authorities === null ? undefined : await readAuthorities(authorities);
  const follower = startFollower(config.redisUrl, {
    on: (event, error) => {
      report(log, event, error, follower);
      metrics.count(event);
    },
    maxStaleMs: config.maxStaleMs,
  });
  const metrics = createFollowerMetrics(registry, follower);
  const routing = () => (stopping() ? 'stopping' : 'ok');
  const checks = {
    allowlist: () => (follower.state() === 'following' ? 'ok' : follower.state()),
    edge: routing,
  };
  const operations = await startOperationsServer(config.metrics, registry, checks, routing).catch((error) => {
    throw new ListenError('DNS_METRICS_PORT', config.metrics, error);
  });
  await firstList(follower.tried, stopping);
  const edge = await startEdge({
    listen: config.listen,
    catalogue: catalogue.current(),
    allowlist: follower.replica,
    upstreams: config.upstreams,
    upstreamAuthorities,
    workers: config.workers,
    requiresCookie: config.requiresCookie,
    answersCanaries: config.answersCanaries,
    allowlistAge: () => follower.ageSeconds(),
    answersConnectivityChecks: config.answersConnectivityChecks,
    // Behind a balancer the address that was asked leads to any node.
    live: config.liveAddresses ?? (config.balancers.length > 0 ? null : 'asked'),
    relaysCdn: config.relaysCdn,
    cookieSecrets: config.cookieSecrets,
    balancers: config.balancers,
    ...(config.secure && certificate && { secure: { ...config.secure, certificate: certificate.current() } }),
    limits: {
      forwards: { perSecond: config.forwardsPerSecond, burst: config.forwardsPerSecond * BURST_SECONDS },
    },
    registry,
    onUpstream: (upstream) => reportUpstream(log, upstream),
  }).catch((error) => {
    throw error instanceof EdgeListenError ? toListenError(error, config) : error;
  });
  if (edge.udpTransport === 'batches') log.info('udp.batches', { part: 'udp', count: config.workers });
  else log.warn('udp.fallback', { part: 'udp' });
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

/**
 * Waits for the first allowlist before the node takes queries: an earlier process may still answer them on the same ports. When
 * Redis does not answer, the node starts without one. Rejects with StoreError when Redis rejects the user or the password.
 */
async function firstList(tried: Promise<void>, stopping: () => boolean): Promise<void> {
  const latest = performance.now() + LONGEST_WAIT_MS;
  let isOver = false;
  const over = tried.finally(() => {
    isOver = true;
  });
  over.catch(() => {});
  try {
    while (!isOver && !stopping() && performance.now() < latest) await Promise.race([over, delay(CHECK_MS)]);
  } catch (error) {
    throw toStoreError('REDIS_URL', error);
  }
}

function toListenError({ listener, cause }: EdgeListenError, { listen, secure }: DnsNodeConfig): ListenError {
  if (listener === 'dns') return new ListenError('DNS_PORT', listen, cause);
  const setting = listener === 'dot' ? 'DNS_TLS_PORT' : 'DNS_HTTPS_PORT';
  return new ListenError(setting, secure?.[listener] ?? listen, cause);
}

function reportUpstream(log: Logger, { position, path, state }: UpstreamState): void {
  const fields = { part: 'upstream', upstream: position, transport: path } as const;
  if (state === 'up') log.info('dependency.back', fields);
  else log.warn('dependency.lost', fields);
}

function report(log: Logger, event: FollowerEvent, error: unknown, follower: Follower): void {
  const { size, revision } = follower.replica;
  const part = 'redis';
  if (event === 'lost') log.warn('dependency.lost', { part, code: toStoreError('REDIS_URL', error).code });
  else if (event === 'back') log.info('dependency.back', { part });
  else if (event === 'loading') log.info('allowlist.loading', { part, count: follower.load()?.total ?? 0 });
  else if (event === 'loaded') log.info('allowlist.loaded', { part, count: size, revision });
  else if (event === 'broken-off') log.warn('allowlist.broken-off', { part });
  else if (event === 'kept') log.warn('allowlist.kept', { part, count: size });
  else if (event === 'stale') log.warn('allowlist.dropped', { part });
  else log.warn('allowlist.excess-rights', { part });
}

export function addCertificateMetric(registry: Registry, certificate: LiveCertificate): void {
  addGauge(
    registry,
    'dns_certificate_not_after_seconds',
    'Unix time at which the certificate of DoT and DoH ends.',
    () => certificate.notAfter(),
  );
}
