// Builds the capabilities, each after those that it uses, and gives each the parts that it names. Resolvers, jobs, endpoints and
// mails then use what is returned.
import type { Redis } from 'ioredis';
import type { AllowlistWriter } from '../allowlist/writer.js';
import type { LiveCatalogue } from '../catalogue/live.js';
import type { GatewayConfig } from '../config/gateway.js';
import type { AccountChanges } from '../db/account-changes.js';
import type { Database } from '../db/database.js';
import type { ReplayGuard } from '../ephemeral/replay-guard.js';
import type { Throttle } from '../ephemeral/throttle.js';
import type { Clock } from '../lib/calendar.js';
import type { Outbox } from '../mail/outbox.js';
import { portalLinks } from '../mail/portal-link.js';
import type { Keyring } from '../secrets/keyring.js';
import { ownerLookup } from '../services/account/owner.js';
import { NodeService } from '../services/node.js';
import type { LivePolicyVersions } from '../services/policy/policy-versions.js';
import type { Services } from '../services/services.js';
import { createAccount } from './capabilities/account.js';
import { createConsent } from './capabilities/consent.js';
import { createErasure } from './capabilities/erasure.js';
import { createLive } from './capabilities/live.js';
import { createMarketing } from './capabilities/marketing.js';
import { createMediaStreamer } from './capabilities/media-streamer.js';
import { createPolicy, type Policy } from './capabilities/policy.js';
import { createRights } from './capabilities/rights.js';
import { createSignIn } from './capabilities/sign-in.js';
import { createStaff } from './capabilities/staff.js';
import { createUsage } from './capabilities/usage.js';
import type { Capability } from './capability.js';
import type { GatewayMetrics } from './gateway-metrics.js';
import type { PolicyFiles } from './policy-files.js';

/** What capabilities are built from. */
export interface Foundation {
  readonly config: GatewayConfig;
  readonly files: PolicyFiles;
  readonly policyVersions: LivePolicyVersions;
  readonly catalogue: Pick<LiveCatalogue, 'current'>;
  readonly database: Database;
  readonly redis: Redis;
  readonly writer: AllowlistWriter;
  readonly keyring: Keyring;
  readonly outbox: Outbox;
  readonly throttle: Throttle;
  readonly replayGuard: ReplayGuard;
  /** Changes of accounts that this gateway is notified of. */
  readonly changes: AccountChanges;
  readonly metrics: Pick<GatewayMetrics, 'setOverdueDays' | 'setRightsRequests'>;
  readonly clock: Clock;
}

export interface Capabilities {
  readonly services: Services;
  /** In the order in which they were built. */
  readonly all: readonly Capability<object>[];
  readonly policy: Policy;
}

/** Rejects with BreachedFileError. */
export async function createCapabilities(
  foundation: Foundation,
  cleanup: AsyncDisposableStack,
): Promise<Capabilities> {
  const { config, files, policyVersions, catalogue, database, redis, writer, keyring } = foundation;
  const { outbox, throttle, replayGuard, changes, metrics, clock } = foundation;
  const { ages, authorities, channels, kept, laws, locations, optOutCountries, processors } = files;
  const { allowPrivateAddresses, contactEmail: contact, portalUrl, postalAddress, production } = config;
  const contacts = { contact, dataProtectionSpecialist: config.dpoEmail };
  const ownerOf = ownerLookup(database.orm);
  const link = portalLinks({ keyring, portalUrl, clock });

  const account = createAccount({ database, outbox, ages, ownerOf, contact, clock });
  const consent = createConsent({
    database,
    throttle,
    processors,
    optOutCountries,
    policyVersion: () => policyVersions.current().version,
  });
  const signIn = await createSignIn(
    {
      database,
      redis,
      keyring,
      outbox,
      throttle,
      replayGuard,
      accounts: account.services.account,
      accountUse: account.services.accountUse,
      ages,
      ownerOf,
      link,
      portalUrl,
      contact,
      breachedPasswordsFile: config.breachedPasswordsFile,
    },
    cleanup,
  );
  const sessions = signIn.services.session;
  const policy = createPolicy({
    database,
    outbox,
    sessions,
    versions: policyVersions,
    contacts,
    processors,
    ownerOf,
    portalUrl,
  });
  const marketing = createMarketing({
    database,
    keyring,
    outbox,
    throttle,
    consent: consent.services.consent,
    channels,
    subjectMarks: files.subjectMarks,
    publicUrl: config.publicUrl,
    contact,
    postalAddress,
  });
  const mediaStreamer = createMediaStreamer({
    keyring,
    replayGuard,
    throttle,
    writer,
    clock,
    rules: { catalogue: catalogue.current, allowPrivateAddresses },
    familyUrls: { ipv4: config.ipv4Url, ipv6: config.ipv6Url },
    updateHosts: config.updateHosts,
    // Called when a router sends an update, when all capabilities are built.
    isRestricted: (accountId) => rights.services.restriction.has(accountId),
  });
  const usage = createUsage({
    database,
    keyring,
    throttle,
    locations,
    usage: config.usage,
    setOverdueDays: metrics.setOverdueDays,
  });
  const rights = createRights({
    database,
    keyring,
    outbox,
    throttle,
    networks: writer.networks,
    ages,
    authorities,
    consent: consent.services.consent,
    emailChange: signIn.services.emailChange,
    kept,
    laws,
    processors,
    secondFactors: signIn.services.secondFactors,
    sessions,
    controller: { ...contacts, postalAddress },
    businessId: config.drpBusinessId,
    ownerOf,
    link,
    portalUrl,
    dpo: config.dpoEmail,
    production,
    allowPrivateAddresses,
    setRightsRequests: metrics.setRightsRequests,
    clock,
  });
  const erasure = createErasure({
    database,
    keyring,
    outbox,
    networks: writer.networks,
    minorReports: account.services.minorReports,
    laws,
    processors,
    requests: rights.services.rights.requests,
    sessions,
    ownerOf,
    portalUrl,
    contact,
    dpo: config.dpoEmail,
    idleMonths: config.idleMonths,
    usageMonths: config.usage.months,
    clock,
  });
  const staff = createStaff({
    database,
    accounts: account.services.account,
    apps: usage.services.apps,
    erasure: erasure.services.erasure,
    restriction: rights.services.restriction,
    sessions,
    statisticsObjection: usage.services.statisticsObjection,
    usage: usage.services.usage,
    usageConfig: config.usage,
  });
  const live = createLive({
    changes,
    networks: mediaStreamer.services.networks,
    sessions,
    submission: rights.services.rights.submission,
  });

  const all: readonly Capability<object>[] = [
    account,
    consent,
    signIn,
    policy,
    marketing,
    mediaStreamer,
    usage,
    rights,
    erasure,
    staff,
    live,
  ];
  return {
    services: {
      ...account.services,
      ...consent.services,
      ...signIn.services,
      ...policy.services,
      ...marketing.services,
      ...mediaStreamer.services,
      ...usage.services,
      ...rights.services,
      ...erasure.services,
      ...staff.services,
      ...live.services,
      nodes: new NodeService(
        database.orm,
        all.flatMap(({ nodes = [] }) => nodes),
      ),
    },
    all,
    policy,
  };
}
