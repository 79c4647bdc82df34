// All services of the gateway, with what they depend on put in.
import type { Redis } from 'ioredis';
import type { Pool } from 'pg';
import type { DataSource, EntityManager } from 'typeorm';
import type { AllowlistWriter } from '../allowlist/writer.js';
import type { UsageConfig } from '../config/gateway.js';
import type { Clock } from '../day.js';
import { Account } from '../entities/account.js';
import { Outbox } from '../mail/outbox.js';
import type { Statements } from '../operations/statements.js';
import type { Keyring } from '../secrets/keyring.js';
import { AccountService } from './account.js';
import { AccountUseService } from './account-use.js';
import type { AgeService } from './age.js';
import { AllowlistService } from './allowlist.js';
import { AppService } from './apps.js';
import { BillingService } from './billing.js';
import type { BreachedFile } from './breached-file.js';
import { BreachedPasswords } from './breached-passwords.js';
import { CampaignService } from './campaign.js';
import { CampaignCounter } from './campaign-counter.js';
import { type ChannelList, ChannelService } from './channel.js';
import { ConsentService } from './consent.js';
import { CredentialService } from './credentials.js';
import { EmailChangeService } from './email-change.js';
import { ErasureService } from './erasure.js';
import { FreshFactorService } from './fresh-factor.js';
import { HeavyUserService } from './heavy-users.js';
import { IdleAccounts } from './idle-accounts.js';
import type { KeptData } from './kept-data.js';
import { KnownBrowsers } from './known-browsers.js';
import type { ListingRules } from './listing.js';
import type { AccountChanges } from './live/account-changes.js';
import { LiveService } from './live/live.js';
import type { Locations } from './locations.js';
import type { Locks } from './locks.js';
import { MediaStreamerService } from './media-streamer.js';
import type { MemoryKey } from './memory-key.js';
import { MinorReports } from './minor-reports.js';
import { NodeService } from './node.js';
import { RedisOnce } from './once.js';
import { PasskeyService } from './passkey.js';
import { PasskeySignInService } from './passkey-sign-in.js';
import { createPasswordHasher, PasswordRules } from './password.js';
import { PasswordChangeService } from './password-change.js';
import { PasswordResetService } from './password-reset.js';
import { type PolicyContacts, PolicyService } from './policy.js';
import type { LivePolicyVersions } from './policy-versions.js';
import type { ProcessorRegister } from './processors.js';
import { ProfileService } from './profile.js';
import { ReceiptService } from './receipt.js';
import { RecoveryCodes } from './recovery-codes.js';
import { RelyingParty } from './relying-party.js';
import { RestrictionService } from './restriction.js';
import { RequestAgents } from './rights/agents.js';
import { RightsAppeals } from './rights/appeals.js';
import { ArchiveBuilder } from './rights/archive.js';
import type { Controller } from './rights/archive-page.js';
import type { Authorities } from './rights/authorities.js';
import { RightsConfirmation } from './rights/confirmation.js';
import { CorrectionService } from './rights/correction.js';
import { RightsDesk } from './rights/desk.js';
import { RightsDocuments } from './rights/documents.js';
import { DataRightsProtocol } from './rights/drp.js';
import { DrpAgents } from './rights/drp-agents.js';
import { RightsExports } from './rights/exports.js';
import { Identification } from './rights/identification.js';
import { RightsLapses } from './rights/lapses.js';
import type { PrivacyLaws } from './rights/laws.js';
import { References } from './rights/references.js';
import { RightsReminders } from './rights/reminders.js';
import { RightsRequests } from './rights/requests.js';
import { RightsSubmission } from './rights/submission.js';
import { RightsSwitches } from './rights/switches.js';
import { SecondFactorChanges } from './second-factor-changes.js';
import { SecondFactorService } from './second-factors.js';
import { ServiceQualityService } from './service-quality.js';
import { SessionService } from './session.js';
import { SignInService } from './sign-in.js';
import { SignUpService } from './sign-up.js';
import { StaffService } from './staff.js';
import { StaffAccessService } from './staff-access.js';
import { StatisticsObjectionService } from './statistics-objection.js';
import { StepUpService } from './step-up.js';
import { SupportUsageService } from './support-usage.js';
import { Throttle } from './throttle.js';
import { TotpService } from './totp.js';
import { UsageService } from './usage.js';
import { UsageHandleService } from './usage-handles.js';
import { UsageReportService } from './usage-reports.js';
import { VpnNodeService } from './vpn-nodes.js';

export interface Services {
  readonly account: AccountService;
  readonly profile: ProfileService;
  readonly billing: BillingService;
  readonly emailChange: EmailChangeService;
  readonly passwordChange: PasswordChangeService;
  readonly passwordReset: PasswordResetService;
  readonly erasure: ErasureService;
  readonly minorReports: MinorReports;
  readonly receipt: ReceiptService;
  readonly session: SessionService;
  readonly stepUp: StepUpService;
  readonly knownBrowsers: KnownBrowsers;
  readonly signIn: SignInService;
  readonly signUp: SignUpService;
  readonly consent: ConsentService;
  readonly channel: ChannelService;
  readonly campaign: CampaignService;
  readonly campaignCounter: CampaignCounter;
  readonly freshFactor: FreshFactorService;
  readonly totp: TotpService;
  readonly passkeys: PasskeyService;
  readonly passkeySignIn: PasskeySignInService;
  readonly secondFactors: SecondFactorService;
  readonly mediaStreamer: MediaStreamerService;
  readonly allowlist: AllowlistService;
  readonly age: AgeService;
  readonly policy: PolicyService;
  readonly processors: ProcessorRegister;
  readonly usage: UsageService;
  readonly usageHandles: UsageHandleService;
  readonly statisticsObjection: StatisticsObjectionService;
  readonly restriction: RestrictionService;
  readonly apps: AppService;
  readonly vpnNodes: VpnNodeService;
  readonly usageReports: UsageReportService;
  readonly staff: StaffService;
  readonly staffAccess: StaffAccessService;
  readonly supportUsage: SupportUsageService;
  readonly heavyUsers: HeavyUserService;
  readonly serviceQuality: ServiceQualityService;
  readonly idleAccounts: IdleAccounts;
  readonly rights: RightsServices;
  readonly live: LiveService;
  readonly nodes: NodeService;
}

/** What people can ask of a controller, and those who answer. */
export interface RightsServices {
  /** What reads outside a transaction read with. */
  readonly reader: Pick<EntityManager, 'query'>;
  readonly requests: RightsRequests;
  readonly laws: PrivacyLaws;
  readonly submission: RightsSubmission;
  readonly confirmation: RightsConfirmation;
  readonly agents: RequestAgents;
  readonly references: References;
  readonly exports: RightsExports;
  readonly appeals: RightsAppeals;
  readonly desk: RightsDesk;
  readonly lapses: RightsLapses;
  readonly documents: RightsDocuments;
  readonly drp: DataRightsProtocol;
  readonly drpAgents: DrpAgents;
  readonly reminders: RightsReminders;
  readonly authorities: Authorities;
}

export async function createServices(options: {
  database: DataSource;
  /** For work that one gateway does at a time. */
  locks: Locks;
  /** For what is asked again and again; what writes may wait for a row, and stands apart so that no read waits for it. */
  reads: Statements;
  writes: Statements;
  redis: Redis;
  /** Without a disk: whatever has a deadline finer than a day. */
  ephemeral: Redis;
  writer: AllowlistWriter;
  rules: ListingRules;
  keyring: Keyring;
  portalUrl: string;
  age: AgeService;
  policyVersions: LivePolicyVersions;
  policyContacts: PolicyContacts;
  processors: ProcessorRegister;
  optOutCountries: readonly string[];
  /** Of the business, for marketing mails. */
  postalAddress: string | null;
  channels: ChannelList;
  /** What this gateway hears of. */
  changes: AccountChanges;
  memoryKey: () => MemoryKey;
  breachedFile: BreachedFile | null;
  /** Where usage is written and counted. */
  usagePool: Pool;
  usage: UsageConfig;
  idleMonths: number;
  locations: Locations;
  privacyLaws: PrivacyLaws;
  keptData: KeptData;
  authorities: Authorities;
  /** Ours in the directory of the Data Rights Protocol. */
  businessId: string;
  production: boolean;
  clock: Clock;
}): Promise<Services> {
  const { database, redis, ephemeral, writer, rules, keyring, memoryKey, breachedFile, age, processors } =
    options;
  const { optOutCountries, channels, portalUrl } = options;
  const { policyVersions: versions, policyContacts: contacts } = options;
  const outbox = new Outbox(keyring);
  const passwords = await createPasswordHasher();
  const passwordRules = new PasswordRules(new BreachedPasswords(breachedFile));
  const throttle = new Throttle(ephemeral, memoryKey);
  const once = await RedisOnce.open(ephemeral, memoryKey);
  const accounts = new AccountService(options.reads);
  const consent = new ConsentService(database, throttle, {
    optOutCountries,
    processors: processors.processors.filter(({ consent }) => consent !== null).map(({ id }) => id),
    policyVersion: () => versions.current().version,
  });
  const basis = {
    accounts,
    accountUse: new AccountUseService(options),
    consent,
    credentials: new CredentialService(database.getRepository(Account), passwords),
    database,
    keyring,
    once,
    outbox,
    passwordRules,
    passwords,
    sessions: new SessionService(redis),
    stepUp: new StepUpService(keyring),
    knownBrowsers: new KnownBrowsers(keyring),
    throttle,
    writer,
  };
  const factors = secondFactorServices({ ...basis, portalUrl });
  const parts = { ...basis, ...factors };
  const signIn = new SignInService(parts);
  const emailChange = new EmailChangeService(parts);
  const rights = rightsServices({
    ...parts,
    emailChange,
    locks: options.locks,
    controller: { ...contacts, postalAddress: options.postalAddress },
    processors,
    ages: age,
    kept: options.keptData,
    authorities: options.authorities,
    businessId: options.businessId,
    portalUrl,
    allowPrivateAddresses: rules.allowPrivateAddresses,
    production: options.production,
    laws: options.privacyLaws,
    clock: options.clock,
  });
  const campaigns = new CampaignService({ ...parts, hasPostalAddress: options.postalAddress !== null });
  const vpnNodes = new VpnNodeService({ ...parts, locations: options.locations });
  const mediaStreamer = new MediaStreamerService(writer, rules);
  const minorReports = new MinorReports({ ...parts, clock: options.clock });
  const erasure = new ErasureService({ ...parts, ...options, minorReports, requests: rights.requests });
  return {
    account: accounts,
    session: parts.sessions,
    stepUp: parts.stepUp,
    knownBrowsers: parts.knownBrowsers,
    signIn,
    passkeySignIn: new PasskeySignInService({ ...parts, signIn }),
    ...factors,
    signUp: new SignUpService({ ...parts, ages: age, signIn }),
    freshFactor: new FreshFactorService(parts),
    profile: new ProfileService(database, options.writes, age),
    billing: new BillingService(database, age),
    emailChange,
    passwordChange: new PasswordChangeService(parts),
    passwordReset: new PasswordResetService(parts),
    erasure,
    minorReports,
    staff: new StaffService({ ...parts, erasure }),
    receipt: new ReceiptService({ ...parts, accounts }),
    consent,
    campaign: campaigns,
    campaignCounter: new CampaignCounter(database, keyring),
    channel: new ChannelService(database, keyring, throttle, channels),
    mediaStreamer,
    live: new LiveService({
      ...parts,
      changes: options.changes,
      mediaStreamer,
      submission: rights.submission,
    }),
    allowlist: new AllowlistService(writer, rules),
    age,
    policy: new PolicyService({ database, sessions: parts.sessions, outbox, versions, contacts }),
    processors,
    ...statisticsServices({ ...options, accounts }),
    usageHandles: new UsageHandleService(database, throttle),
    vpnNodes,
    usageReports: new UsageReportService({ ...parts, usagePool: options.usagePool, usage: options.usage }),
    idleAccounts: new IdleAccounts({ ...parts, ...options, erasure }),
    rights,
    nodes: new NodeService({ ...parts, ...rights, campaigns, vpnNodes }),
  };
}

function statisticsServices(options: {
  accounts: AccountService;
  reads: Statements;
  database: DataSource;
  usagePool: Pool;
  usage: UsageConfig;
  locations: Locations;
}) {
  const { accounts, database, usagePool, locations } = options;
  const usage = new UsageService(options);
  const apps = new AppService(database);
  const statisticsObjection = new StatisticsObjectionService(database, usagePool);
  const staffAccess = new StaffAccessService(database);
  const restriction = new RestrictionService(database);
  return {
    usage,
    apps,
    statisticsObjection,
    staffAccess,
    restriction,
    supportUsage: new SupportUsageService({
      accounts,
      staffAccess,
      usage,
      apps,
      statisticsObjection,
      restriction,
    }),
    heavyUsers: new HeavyUserService({ ...options, staffAccess }),
    serviceQuality: new ServiceQualityService(database, locations),
  };
}

function rightsServices(parts: {
  emailChange: EmailChangeService;
  database: DataSource;
  ages: AgeService;
  keyring: Keyring;
  locks: Locks;
  controller: Controller;
  outbox: Outbox;
  throttle: Throttle;
  consent: ConsentService;
  secondFactors: SecondFactorService;
  sessions: SessionService;
  writer: AllowlistWriter;
  processors: ProcessorRegister;
  kept: KeptData;
  authorities: Authorities;
  businessId: string;
  portalUrl: string;
  allowPrivateAddresses: boolean;
  production: boolean;
  laws: PrivacyLaws;
  clock: Clock;
}): RightsServices {
  const requests = new RightsRequests(parts);
  const agents = new RequestAgents(parts);
  const references = new References(parts);
  const identification = new Identification({ ...parts, requests });
  const switches = new RightsSwitches(parts.consent);
  const asking = { ...parts, agents, references, requests, identification };
  const submission = new RightsSubmission({ ...asking, switches });
  const confirmation = new RightsConfirmation({ ...asking, submission });
  const exports = new RightsExports({ ...parts, requests, archive: new ArchiveBuilder(parts) });
  const corrections = new CorrectionService(parts);
  const appeals = new RightsAppeals({ ...parts, requests, submission });
  const desk = new RightsDesk({ appeals, ...parts, requests, submission, identification, corrections });
  const lapses = new RightsLapses({ ...parts, requests });
  const documents = new RightsDocuments({ ...parts, requests, confirmation });
  const reminders = new RightsReminders(parts);
  const drpAgents = new DrpAgents(parts);
  const drp = new DataRightsProtocol({ ...parts, agents: drpAgents, requests, submission });
  const { laws, authorities } = parts;
  return {
    reader: parts.database.manager,
    requests,
    laws,
    submission,
    confirmation,
    agents,
    references,
    exports,
    appeals,
    desk,
    lapses,
    documents,
    drp,
    drpAgents,
    reminders,
    authorities,
  };
}

function secondFactorServices(basis: {
  database: DataSource;
  outbox: Outbox;
  keyring: Keyring;
  once: RedisOnce;
  throttle: Throttle;
  credentials: CredentialService;
  passwordRules: PasswordRules;
  sessions: SessionService;
  portalUrl: string;
}): Pick<Services, 'totp' | 'passkeys' | 'secondFactors'> {
  const recoveryCodes = new RecoveryCodes(basis.keyring);
  const changes = new SecondFactorChanges({ ...basis, recoveryCodes });
  const totp = new TotpService({ ...basis, changes });
  const passkeys = new PasskeyService(basis.database, new RelyingParty(basis), changes);
  const secondFactors = new SecondFactorService({ ...basis, totp, passkeys, recoveryCodes, changes });
  return { totp, passkeys, secondFactors };
}
