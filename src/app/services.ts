// All services of the gateway, with what they depend on put in.
import type { Redis } from 'ioredis';
import type { Pool } from 'pg';
import type { DataSource, EntityManager } from 'typeorm';
import type { AllowlistWriter } from '../allowlist/writer.js';
import type { UsageConfig } from '../config/gateway.js';
import type { AccountChanges } from '../db/account-changes.js';
import type { Locks } from '../db/locks.js';
import type { Statements } from '../db/statements.js';
import { Account } from '../entities/account/account.js';
import type { MemoryKey } from '../ephemeral/memory-key.js';
import { RedisOnce } from '../ephemeral/replay-guard.js';
import { Throttle } from '../ephemeral/throttle.js';
import type { ListingRules } from '../input/listing.js';
import type { Clock } from '../lib/calendar.js';
import { Outbox } from '../mail/outbox.js';
import type { Keyring } from '../secrets/keyring.js';
import { AccountService } from '../services/account/account.js';
import { AccountUseService } from '../services/account/account-use.js';
import type { AgeService } from '../services/account/age.js';
import { BillingService } from '../services/account/billing.js';
import { MinorReports } from '../services/account/minor-reports.js';
import { ProfileService } from '../services/account/profile.js';
import { ReceiptService } from '../services/account/receipt.js';
import { ConsentService } from '../services/consent/consent.js';
import type { KeptData } from '../services/data-inventory/kept-data.js';
import { ErasureService } from '../services/erasure/erasure.js';
import { IdleAccounts } from '../services/erasure/idle-accounts.js';
import { LiveService } from '../services/live/live.js';
import { CampaignService } from '../services/marketing/campaign.js';
import { CampaignCounter } from '../services/marketing/campaign-counter.js';
import { type ChannelList, ChannelService } from '../services/marketing/channel.js';
import { OpenTracking } from '../services/marketing/open-tracking.js';
import { UnsubscribeLinks } from '../services/marketing/unsubscribe-links.js';
import { AllowlistService } from '../services/media-streamer/allowlist.js';
import { MediaStreamerService } from '../services/media-streamer/media-streamer.js';
import { NodeService } from '../services/node.js';
import type { Authorities } from '../services/policy/authorities.js';
import type { PrivacyLaws } from '../services/policy/laws.js';
import { type PolicyContacts, PolicyService } from '../services/policy/policy.js';
import type { LivePolicyVersions } from '../services/policy/policy-versions.js';
import type { ProcessorRegister } from '../services/policy/processors.js';
import { RequestAgents } from '../services/rights/agents.js';
import { RightsAppeals } from '../services/rights/appeals.js';
import { RightsConfirmation } from '../services/rights/confirmation.js';
import { CorrectionService } from '../services/rights/correction.js';
import { RightsDesk } from '../services/rights/desk.js';
import { RightsDocuments } from '../services/rights/documents.js';
import { DataRightsProtocol } from '../services/rights/drp/drp.js';
import { DrpAgents } from '../services/rights/drp/drp-agents.js';
import { ArchiveBuilder } from '../services/rights/export/archive.js';
import type { Controller } from '../services/rights/export/archive-page.js';
import { RightsExports } from '../services/rights/export/exports.js';
import { Identification } from '../services/rights/identification.js';
import { RightsLapses } from '../services/rights/lapses.js';
import { References } from '../services/rights/references.js';
import { RightsReminders } from '../services/rights/reminders.js';
import { RightsRequests } from '../services/rights/requests.js';
import { RestrictionService } from '../services/rights/restriction.js';
import { RightsSubmission } from '../services/rights/submission.js';
import { RightsSwitches } from '../services/rights/switches.js';
import type { BreachedFile } from '../services/sign-in/breached-file.js';
import { BreachedPasswords } from '../services/sign-in/breached-passwords.js';
import { CredentialService } from '../services/sign-in/credentials.js';
import { EmailChangeService } from '../services/sign-in/email-change.js';
import { KnownBrowsers } from '../services/sign-in/known-browsers.js';
import { createPasswordHasher, PasswordRules } from '../services/sign-in/password.js';
import { PasswordChangeService } from '../services/sign-in/password-change.js';
import { PasswordResetService } from '../services/sign-in/password-reset.js';
import { FreshFactorService } from '../services/sign-in/second-factors/fresh-factor.js';
import { PasskeyService } from '../services/sign-in/second-factors/passkey.js';
import { PasskeySignInService } from '../services/sign-in/second-factors/passkey-sign-in.js';
import { RecoveryCodes } from '../services/sign-in/second-factors/recovery-codes.js';
import { RelyingParty } from '../services/sign-in/second-factors/relying-party.js';
import { SecondFactorChanges } from '../services/sign-in/second-factors/second-factor-changes.js';
import { SecondFactorService } from '../services/sign-in/second-factors/second-factors.js';
import { TotpService } from '../services/sign-in/second-factors/totp.js';
import { SessionService } from '../services/sign-in/session.js';
import { SignInService } from '../services/sign-in/sign-in.js';
import { SignUpService } from '../services/sign-in/sign-up.js';
import { StepUpService } from '../services/sign-in/step-up.js';
import { HeavyUserService } from '../services/staff/heavy-users.js';
import { StaffService } from '../services/staff/staff.js';
import { StaffAccessService } from '../services/staff/staff-access.js';
import { SupportUsageService } from '../services/staff/support-usage.js';
import { AppService } from '../services/usage/apps.js';
import { UsageHandleService } from '../services/usage/handles.js';
import type { Locations } from '../services/usage/locations.js';
import { UsageReportService } from '../services/usage/reports.js';
import { ServiceQualityService } from '../services/usage/service-quality.js';
import { StatisticsObjectionService } from '../services/usage/statistics-objection.js';
import { UsageService } from '../services/usage/usage.js';
import { VpnNodeService } from '../services/usage/vpn-nodes.js';

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
  readonly openTracking: OpenTracking;
  readonly unsubscribeLinks: UnsubscribeLinks;
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
  const campaignCounter = new CampaignCounter(database);
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
    campaignCounter,
    openTracking: new OpenTracking(keyring, campaignCounter),
    unsubscribeLinks: new UnsubscribeLinks(keyring, consent),
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
