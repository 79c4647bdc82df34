// The whole gateway in one process: started in the order of its dependencies, stopped in the reverse.

import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { startSweeper } from '../allowlist/sweeper.js';
import { AllowlistWriter } from '../allowlist/writer.js';
import { openCatalogue } from '../catalogue/live.js';
import { locationsFile, productOperationsFile } from '../config/catalogue.js';
import type { GatewayConfig } from '../config/gateway.js';
import {
  agesFile,
  authoritiesFile,
  channelsFile,
  keptDataFile,
  marketingLawFile,
  privacyLawsFile,
  processorsFile,
} from '../config/policy.js';
import type { Endpoint } from '../config/settings.js';
import { AccountChanges } from '../db/account-changes.js';
import { openLocks } from '../db/locks.js';
import { openStatements } from '../db/statements.js';
import { PostgresUpkeep, startPostgresUpkeep } from '../db/upkeep.js';
import { claimRewrite, rewriteClaims } from '../ephemeral/rewrite-claim.js';
import { shareMemoryKey } from '../ephemeral/shared-memory-key.js';
import { loadListedOperations } from '../graphql/documents/listed-operations.js';
import { startGraphql } from '../graphql/server.js';
import { serveLiveUpdates } from '../graphql/subscriptions/live-updates.js';
import { limitConnections, openFilesLimit } from '../http/connection-limit.js';
import { connectionsOf } from '../http/drain.js';
import { gatewayChecks } from '../http/health-checks.js';
import { AllowedOrigins } from '../http/origins.js';
import { createApp } from '../http/server.js';
import { DueWork } from '../jobs/due-work.js';
import type { Clock } from '../lib/calendar.js';
import { Outbox } from '../mail/outbox.js';
import { SmtpClient } from '../mail/smtp.js';
import { startMailWorker } from '../mail/worker.js';
import { addClockMetric } from '../runtime/clock-metrics.js';
import { Dependency, type DependencyPart } from '../runtime/dependency.js';
import { startOperationsServer } from '../runtime/health.js';
import { ListenError } from '../runtime/listen-error.js';
import type { Logger } from '../runtime/log.js';
import { oneLinePerOutage } from '../runtime/one-line-per-outage.js';
import { startInSteps, type Undo } from '../runtime/undo.js';
import { Keyring } from '../secrets/keyring.js';
import { loadAges } from '../services/account/age.js';
import { loadKeptData } from '../services/data-inventory/kept-data.js';
import { startErasures } from '../services/erasure/erasure.js';
import { startIdleAccounts } from '../services/erasure/idle-accounts.js';
import { RetentionService, startRetention } from '../services/erasure/retention.js';
import { openClockGuard } from '../services/installation/installation.js';
import { claimKey } from '../services/installation/key-check.js';
import { listenToChanges } from '../services/live/sources.js';
import { startCampaignCounting } from '../services/marketing/campaign-counter.js';
import { loadChannels } from '../services/marketing/channel.js';
import { loadOptOutCountries, loadSubjectMarks } from '../services/marketing/marketing-law.js';
import { loadAuthorities } from '../services/policy/authorities.js';
import { loadPrivacyLaws } from '../services/policy/laws.js';
import { startPolicyAnnouncer } from '../services/policy/policy-announcer.js';
import { openPolicyVersions } from '../services/policy/policy-versions.js';
import { loadProcessors } from '../services/policy/processors.js';
import { startDrpCallbacks } from '../services/rights/drp/drp-callbacks.js';
import { startExports } from '../services/rights/export/exports.js';
import { startLapses } from '../services/rights/lapses.js';
import { startReminders } from '../services/rights/reminders.js';
import { BreachedFile } from '../services/sign-in/breached-file.js';
import { startUsageClosing, UsageClosing } from '../services/usage/day-closing.js';
import { loadLocations } from '../services/usage/locations.js';
import { openUsagePool } from '../services/usage/storage.js';
import { createGatewayMetrics } from './gateway-metrics.js';
import { createMailComposer } from './mails.js';
import { createServices } from './services.js';
import { connectEphemeralRedis, connectPostgres, connectRedis, poolOf } from './stores.js';

export interface Gateway {
  readonly port: number;
  readonly metricsPort: number;
  /** Reads catalogue and policy anew; what is broken is refused whole, and the old one stays. */
  reload(): Promise<void>;
  /** `/routez` and `/readyz` fail first; answers in flight are sent; then everything is closed. */
  stop(): Promise<void>;
}

/**
 * Postgres answers one statement of a connection after the other: fewer connections write less often, and more wait for
 * nobody. Writes wait for the disk, which Postgres asks once for all that commit at the same time.
 */
const READING_CONNECTIONS = 3;
const WRITING_CONNECTIONS = 10;

export interface GatewayOptions {
  /** What rights requests and background work are counted by. */
  readonly clock?: Clock;
  /** The clock of this machine, which is compared with those of the stores. */
  readonly system?: Clock;
  /** Whether a stop has been asked for that has not begun yet. */
  readonly leaving?: () => boolean;
}

/**
 * Rejects with StoreError, KeyError, ClockError, PersistenceError, CatalogueError, PolicyFileError, BreachedFileError or ListenError; whatever was started is
 * stopped then.
 */
export function startGateway(
  config: GatewayConfig,
  log: Logger,
  { clock = Date.now, system = Date.now, leaving = () => false }: GatewayOptions = {},
): Promise<Gateway> {
  return startInSteps((undos) => start(config, { log, clock, system, leaving }, undos));
}

/** Pushes onto `undos` what undoes each step, to be run in reverse. */
async function start(
  config: GatewayConfig,
  { log, clock, system, leaving }: { log: Logger } & Required<GatewayOptions>,
  undos: Undo[],
): Promise<Omit<Gateway, 'stop'>> {
  const metrics = createGatewayMetrics();
  const { observeDependency, countPool, countUpkeep } = metrics.stores;
  const dependency = (part: DependencyPart) => new Dependency(part, log, observeDependency);
  const database = await connectPostgres(config.databaseUrl, log);
  undos.push(() => database.destroy());
  countPool('api', poolOf(database));
  const keyring = new Keyring(config.secretKey);
  await claimKey(database, keyring);
  const redis = await connectRedis(config.redisUrl, dependency('redis'));
  undos.push(() => redis.disconnect());
  const ephemeral = await connectEphemeralRedis(config.ephemeralRedisUrl, dependency('redis-ephemeral'));
  undos.push(() => ephemeral.disconnect());
  const guard = await openClockGuard({ database, redis, log, production: config.production, system });
  const trusted = guard.trusted(clock);
  const catalogue = await openCatalogue(config, log);
  const age = await loadAges(agesFile);
  const processors = await loadProcessors(processorsFile);
  const optOutCountries = await loadOptOutCountries(marketingLawFile);
  const subjectMarks = await loadSubjectMarks(marketingLawFile);
  const channels = await loadChannels(channelsFile);
  const locations = await loadLocations(locationsFile);
  const authorities = await loadAuthorities(authoritiesFile);
  const privacyLaws = await loadPrivacyLaws(privacyLawsFile);
  const keptData = await loadKeptData(keptDataFile, privacyLaws);
  const listed = await loadListedOperations(
    [productOperationsFile, ...config.operationFiles],
    config.openOperations,
  );
  const policyVersions = await openPolicyVersions(config.policyFile, log);

  const reads = openStatements(config.databaseUrl, READING_CONNECTIONS);
  undos.push(() => reads.end());
  const writes = openStatements(config.databaseUrl, WRITING_CONNECTIONS);
  undos.push(() => writes.end());

  const changes = new AccountChanges();
  const sources = await listenToChanges({
    redis,
    databaseUrl: config.databaseUrl,
    changes,
    dependency: dependency('postgres'),
  });
  undos.push(() => sources.stop());

  const writer = new AllowlistWriter(redis);
  const sweeper = startSweeper(writer, log, {
    clock: trusted,
    claimRewrite: (restMs) => claimRewrite(ephemeral, restMs),
    onRewrite: (result) => countUpkeep('redis', result),
  });
  undos.push(() => sweeper.stop());

  const postgresUpkeep = startPostgresUpkeep(
    new PostgresUpkeep(config.databaseUrl, Date.now, rewriteClaims(ephemeral)),
    {
      log,
      onPass: (result) => countUpkeep('postgres', result),
    },
  );
  undos.push(() => postgresUpkeep.stop());

  const usagePool = openUsagePool(config.databaseUrl);
  undos.push(() => usagePool.end());
  countPool('usage', usagePool);

  const locks = openLocks(config.databaseUrl);
  undos.push(() => locks.end());
  countPool('locks', locks.pool);

  const { allowPrivateAddresses, production } = config;
  const memoryKey = await shareMemoryKey(ephemeral, keyring);
  undos.push(() => memoryKey.close());
  const breachedFile = await breachedFileOf(config);
  undos.push(() => breachedFile?.close());
  const rules = { catalogue: catalogue.current, allowPrivateAddresses };
  const services = await createServices({
    database,
    locks,
    reads,
    writes,
    redis,
    ephemeral,
    writer,
    rules,
    changes,
    keyring,
    portalUrl: config.portalUrl,
    memoryKey: () => memoryKey.current(),
    breachedFile,
    age,
    policyVersions,
    policyContacts: { contact: config.contactEmail, dataProtectionSpecialist: config.dpoEmail },
    processors,
    optOutCountries,
    postalAddress: config.postalAddress,
    channels,
    usagePool,
    usage: config.usage,
    idleMonths: config.idleMonths,
    locations,
    privacyLaws,
    keptData,
    authorities,
    businessId: config.drpBusinessId,
    production,
    clock,
  });
  metrics.graphql.countSubscriptions(() => services.live.count);
  addClockMetric(metrics.registry, () => guard.lastState());
  const watching = { log, observe: metrics.setFailingRows, clock: trusted };
  const watchingDue = { ...watching, due: new DueWork(database, clock) };
  const erasures = startErasures(services.erasure, watchingDue);
  undos.push(() => erasures.stop());
  const idle = startIdleAccounts(services.idleAccounts, watching);
  undos.push(() => idle.stop());
  const exports = startExports(services.rights.exports, watchingDue);
  undos.push(() => exports.stop());
  const lapses = startLapses(services.rights.lapses, watchingDue);
  undos.push(() => lapses.stop());
  const callbacks = startDrpCallbacks({
    ...watchingDue,
    locks,
    drp: services.rights.drp,
    allowPrivateAddresses,
  });
  undos.push(() => callbacks.stop());
  const announcer = startPolicyAnnouncer(services.policy, watching);
  undos.push(() => announcer.stop());
  const { consent, campaignCounter: counter } = services;
  const counting = startCampaignCounting(counter, log);
  undos.push(() => counting.stop());
  const reminders = startReminders(services.rights.reminders, metrics.setRightsRequests, watching);
  undos.push(() => reminders.stop());
  const { openDays, months } = config.usage;
  const closing = startUsageClosing(new UsageClosing(usagePool, openDays), metrics.setOverdueDays, watching);
  undos.push(() => closing.stop());
  const retention = startRetention(new RetentionService(usagePool, months, privacyLaws), watching);
  undos.push(() => retention.stop());
  const mail = startMailWorker({
    databaseUrl: config.databaseUrl,
    locks,
    outbox: new Outbox(keyring),
    keyring,
    composer: createMailComposer({
      database,
      keyring,
      portalUrl: config.portalUrl,
      contact: config.contactEmail,
      postalAddress: config.postalAddress,
      dpo: config.dpoEmail,
      processors,
      authorities,
      laws: privacyLaws,
      policyVersion: (version) => services.policy.announced(version),
      marketing: {
        consent,
        counter,
        openTracking: services.openTracking,
        unsubscribeLinks: services.unsubscribeLinks,
        publicUrl: config.publicUrl,
        subjectMarks,
      },
      clock,
    }),
    smtp: new SmtpClient(config.smtpUrl, config.mailFrom, processors),
    onResult: metrics.mail.countMail,
    onUnreadable: metrics.mail.countUnreadableMail,
    dependency: dependency('smtp'),
    clock: trusted,
    log,
  });
  undos.push(() => mail.stop());
  countPool('mail-queue', mail.pool);
  let stopping = false;
  const routing = () => (stopping || leaving() ? 'stopping' : 'ok');
  const checks = gatewayChecks({ database, redis, ephemeral, writer, guard, process: routing });
  const operations = await startOperationsServer(config.metrics, metrics.registry, checks, routing).catch(
    (error) => {
      throw new ListenError('GATEWAY_METRICS_PORT', config.metrics, error);
    },
  );
  undos.push(() => operations.close());

  const requestLog = oneLinePerOutage(log);
  const graphql = await startGraphql({ production, listed, log: requestLog, metrics: metrics.graphql });
  undos.push(() => graphql.apollo.stop());
  const origins = new AllowedOrigins(config.corsOrigins, !production);
  const app = await createApp({
    graphql,
    services,
    routing,
    config,
    origins,
    log: requestLog,
    registry: metrics.registry,
  });
  const openFiles = await openFilesLimit();
  if (Number.isFinite(openFiles)) limitConnections(app.server, openFiles, log);
  const connections = connectionsOf(app);
  undos.push(() => connections.end());
  const live = serveLiveUpdates(app, { graphql, services, origins, log: requestLog });
  undos.push(() => live.end());
  const port = await listen(app, config.listen);
  undos.push(() => {
    stopping = true;
  });
  async function reload(): Promise<void> {
    await Promise.all([catalogue.reload(), policyVersions.reload()]);
    await announcer.announce();
  }
  return { port, metricsPort: operations.port, reload };
}

async function breachedFileOf({ breachedPasswordsFile }: GatewayConfig): Promise<BreachedFile | null> {
  return breachedPasswordsFile === null ? null : await BreachedFile.open(breachedPasswordsFile);
}

async function listen(app: FastifyInstance, endpoint: Endpoint): Promise<number> {
  try {
    await app.listen(endpoint);
  } catch (error) {
    throw new ListenError('GATEWAY_PORT', endpoint, error);
  }
  return (app.server.address() as AddressInfo).port;
}
