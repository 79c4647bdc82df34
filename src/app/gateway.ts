// The whole gateway in one process. It starts in the order of its dependencies, and stops in the reverse order.
// Decorators of the schema need it before any file that has them.
import 'reflect-metadata';
import { AllowlistWriter } from '../allowlist/writer.js';
import { openCatalogue } from '../catalogue/live.js';
import { productOperationsFile } from '../config/catalogue.js';
import type { GatewayConfig } from '../config/gateway.js';
import { AccountChanges } from '../db/account-changes.js';
import { RedisReplayGuard } from '../ephemeral/replay-guard.js';
import { shareMemoryKey } from '../ephemeral/shared-memory-key.js';
import { Throttle } from '../ephemeral/throttle.js';
import { loadListedOperations } from '../graphql/documents/listed-operations.js';
import { gatewayChecks } from '../http/health-checks.js';
import { type DueLists, DueWork, type WatchingDue } from '../jobs/due-work.js';
import type { Clock } from '../lib/calendar.js';
import { Outbox } from '../mail/outbox.js';
import { startInSteps } from '../runtime/cleanup.js';
import { addClockMetric } from '../runtime/clock-metrics.js';
import { Dependency, type DependencyPart } from '../runtime/dependency.js';
import type { Logger } from '../runtime/log.js';
import { openClockGuard } from '../services/installation/installation.js';
import { listenToChanges } from '../services/live/sources.js';
import { openPolicyVersions } from '../services/policy/policy-versions.js';
import { type Capabilities, createCapabilities } from './capabilities.js';
import { createGatewayMetrics } from './gateway-metrics.js';
import { startMail } from './mail.js';
import { loadPolicyFiles } from './policy-files.js';
import { startServers } from './servers.js';
import { openStores, startUpkeep } from './stores.js';

export interface Gateway {
  readonly port: number;
  readonly metricsPort: number;
  /** Reads catalogue and policy again. A broken file is refused as a whole, and the old one stays. */
  reload(): Promise<void>;
  /** `/routez` and `/readyz` fail first; responses in flight are sent; then everything is closed. */
  stop(): Promise<void>;
}

export interface GatewayOptions {
  /** The time that rights requests and background jobs use. */
  readonly clock?: Clock;
  /** The clock of this machine, which is compared with the clocks of the stores. */
  readonly system?: Clock;
  /** Whether a stop was requested that has not begun yet. */
  readonly leaving?: () => boolean;
}

/**
 * Rejects with StoreError, PoolerError, MigrationError, KeyError, ClockError, PersistenceError, CatalogueError, PolicyFileError,
 * BreachedFileError or ListenError. What was started is stopped then.
 */
export function startGateway(
  config: GatewayConfig,
  log: Logger,
  { clock = Date.now, system = Date.now, leaving = () => false }: GatewayOptions = {},
): Promise<Gateway> {
  return startInSteps((cleanup) => start(config, { log, clock, system, leaving }, cleanup));
}

async function start(
  config: GatewayConfig,
  { log, clock, system, leaving }: { log: Logger } & Required<GatewayOptions>,
  cleanup: AsyncDisposableStack,
): Promise<Omit<Gateway, 'stop'>> {
  const { production } = config;
  const metrics = createGatewayMetrics();
  const { observeDependency, countPools } = metrics.stores;
  const dependency = (part: DependencyPart) => new Dependency(part, log, observeDependency);

  const { database, redis, ephemeral, keyring } = await openStores(config, log, dependency, cleanup);
  countPools(database.pools);
  const guard = await openClockGuard({ database: database.orm, redis, log, production, system });
  addClockMetric(metrics.registry, () => guard.lastState());
  const trustedClock = guard.trusted(clock);

  const catalogue = await openCatalogue(config, log);
  const files = await loadPolicyFiles();
  const listed = await loadListedOperations(
    [productOperationsFile, ...config.operationFiles],
    config.openOperations,
  );
  const policyVersions = await openPolicyVersions(config.policyFile, log);

  const changes = new AccountChanges();
  const sources = await listenToChanges({ redis, database, changes, dependency: dependency('postgres') });
  cleanup.defer(() => sources.stop());
  const writer = new AllowlistWriter(redis);
  startUpkeep({ database, ephemeral, writer, clock: trustedClock, metrics: metrics.stores, log }, cleanup);
  const memoryKey = await shareMemoryKey(ephemeral, keyring);
  cleanup.defer(() => memoryKey.close());

  const outbox = new Outbox(keyring);
  const capabilities = await createCapabilities(
    {
      config,
      files,
      policyVersions,
      catalogue,
      database,
      redis,
      writer,
      keyring,
      outbox,
      throttle: new Throttle(ephemeral, () => memoryKey.current()),
      replayGuard: await RedisReplayGuard.open(ephemeral, () => memoryKey.current()),
      changes,
      metrics,
      clock,
    },
    cleanup,
  );
  const { services, policy } = capabilities;
  metrics.graphql.countSubscriptions(() => services.live.count);

  const dueLists: DueLists = Object.assign({}, ...capabilities.all.map(({ dueWork = {} }) => dueWork));
  const due = new DueWork(database.orm, dueLists, clock);
  startJobs(capabilities, { log, observe: metrics.setFailingRows, clock: trustedClock, due }, cleanup);
  const mail = startMail({
    config,
    mails: capabilities.all.flatMap(({ mails = [] }) => mails),
    processors: files.processors,
    database,
    keyring,
    outbox,
    metrics: metrics.mail,
    dependency: dependency('smtp'),
    clock: trustedClock,
    log,
  });
  cleanup.defer(() => mail.stop());

  const checks = gatewayChecks({ database: database.orm, redis, ephemeral, writer, guard });
  const ports = await startServers(
    {
      config,
      services,
      routes: capabilities.all.flatMap(({ routes = [] }) => routes),
      listed,
      checks,
      leaving,
      metrics,
      log,
    },
    cleanup,
  );
  return {
    ...ports,
    async reload() {
      await Promise.all([catalogue.reload(), policyVersions.reload()]);
      await policy.announce();
    },
  };
}

/** Starts the jobs of all capabilities, in the order in which the capabilities were built. */
function startJobs({ all }: Capabilities, watching: WatchingDue, cleanup: AsyncDisposableStack): void {
  for (const start of all.flatMap(({ jobs = [] }) => jobs)) {
    const job = start(watching);
    cleanup.defer(() => job.stop());
  }
}
