// The one DataSource: how every process of this product that may reach Postgres does.
import type { Client } from 'pg';
import { DataSource, type Logger } from 'typeorm';
import { CreateAccount1795392000000 } from './src/db/migrations/1795392000000-create-account.js';
import { WidenAccount1795478400000 } from './src/db/migrations/1795478400000-widen-account.js';
import { CreateCampaign1795478402000 } from './src/db/migrations/1795478402000-create-campaign.js';
import { AccountRequests1795478403000 } from './src/db/migrations/1795478403000-account-requests.js';
import { CreateBillingProfile1795478403001 } from './src/db/migrations/1795478403001-create-billing-profile.js';
import { CreateSecondFactors1795478405000 } from './src/db/migrations/1795478405000-create-second-factors.js';
import { CreateConsent1795478406000 } from './src/db/migrations/1795478406000-create-consent.js';
import { CreateChannelDay1795478406100 } from './src/db/migrations/1795478406100-create-channel-day.js';
import { CreatePolicyAcceptance1795478407000 } from './src/db/migrations/1795478407000-create-policy-acceptance.js';
import { CreateUsage1795500000000 } from './src/db/migrations/1795500000000-create-usage.js';
import { CreateRightsRequests1795600000000 } from './src/db/migrations/1795600000000-create-rights-requests.js';
import { RightsAgents1795913000000 } from './src/db/migrations/1795913000000-rights-agents.js';
import { CreateMinorReport1795914000000 } from './src/db/migrations/1795914000000-create-minor-report.js';
import { RightsAppeals1795914001000 } from './src/db/migrations/1795914001000-rights-appeals.js';
import { NameBuildsOfArchives1795915001000 } from './src/db/migrations/1795915001000-name-builds-of-archives.js';
import { CreateAccountUse1795915002000 } from './src/db/migrations/1795915002000-create-account-use.js';
import { AsciiEmailDomains1795916000000 } from './src/db/migrations/1795916000000-ascii-email-domains.js';
import { EnterRightsRequests1795921000000 } from './src/db/migrations/1795921000000-enter-rights-requests.js';
import { CreateInstallation1795931000000 } from './src/db/migrations/1795931000000-create-installation.js';
import { SizesInBytes1795940000000 } from './src/db/migrations/1795940000000-sizes-in-bytes.js';
import { POOLED } from './src/db/postgres.js';
import { Account } from './src/entities/account/account.js';
import { AccountUse } from './src/entities/account/account-use.js';
import { BillingProfile } from './src/entities/account/billing-profile.js';
import { MinorReport } from './src/entities/account/minor-report.js';
import { Consent } from './src/entities/consent/consent.js';
import { Erasure } from './src/entities/erasure/erasure.js';
import { Installation } from './src/entities/installation/installation.js';
import { Campaign } from './src/entities/marketing/campaign.js';
import { CampaignDay } from './src/entities/marketing/campaign-day.js';
import { CampaignText } from './src/entities/marketing/campaign-text.js';
import { ChannelDay } from './src/entities/marketing/channel-day.js';
import { PolicyAcceptance } from './src/entities/policy/policy-acceptance.js';
import { PolicyNotice } from './src/entities/policy/policy-notice.js';
import { DrpAgent } from './src/entities/rights/drp-agent.js';
import { DrpMessage } from './src/entities/rights/drp-message.js';
import { RightsExport } from './src/entities/rights/rights-export.js';
import { RightsExportPart } from './src/entities/rights/rights-export-part.js';
import { RightsRequest } from './src/entities/rights/rights-request.js';
import { RightsRequestAgent } from './src/entities/rights/rights-request-agent.js';
import { RightsRequestDocument } from './src/entities/rights/rights-request-document.js';
import { RightsRequestEvent } from './src/entities/rights/rights-request-event.js';
import { RightsRequestSubject } from './src/entities/rights/rights-request-subject.js';
import { EmailChange } from './src/entities/sign-in/email-change.js';
import { Passkey } from './src/entities/sign-in/passkey.js';
import { PasswordReset } from './src/entities/sign-in/password-reset.js';
import { RecoveryCode } from './src/entities/sign-in/recovery-code.js';
import { SignUp } from './src/entities/sign-in/sign-up.js';
import { Totp } from './src/entities/sign-in/totp.js';
import { StaffAccess } from './src/entities/staff/staff-access.js';
import { AppVersion } from './src/entities/usage/app-version.js';
import { ServiceQuality } from './src/entities/usage/service-quality.js';
import { UsageDay } from './src/entities/usage/usage-day.js';
import { UsageHandle } from './src/entities/usage/usage-handle.js';
import { UsageReport } from './src/entities/usage/usage-report.js';
import { UsageReportRow } from './src/entities/usage/usage-report-row.js';
import { VpnNode } from './src/entities/usage/vpn-node.js';

/** An index of a large table takes as long as it takes; a table that somebody else has is not waited for. */
function limitsOf({ lockMs }: { readonly lockMs: number }): string {
  return `SET statement_timeout = 0; SET lock_timeout = ${lockMs}`;
}

/** TypeORM writes messages with values, migrations' errors even with `logging` off. */
const SILENT: Logger = {
  log() {},
  logQuery() {},
  logQueryError() {},
  logQuerySlow() {},
  logSchemaBuild() {},
  logMigration() {},
};

/** Not yet connected. `migrating`: how long a migration waits for a lock, in milliseconds; its statements have no other limit. The schema changes by migrations alone, and nothing is logged: queries carry personal data. */
export function createDataSource(
  databaseUrl: string,
  poolSize = 10,
  migrating: { readonly lockMs: number } | null = null,
): DataSource {
  const limits =
    migrating === null
      ? // The server ends a long statement; when it does not, the connection is dead.
        { query_timeout: 12_000, statement_timeout: 10_000 }
      : { onConnect: (client: Client) => client.query(limitsOf(migrating)) };
  return new DataSource({
    type: 'postgres',
    url: databaseUrl,
    entities: [
      Account,
      AccountUse,
      SignUp,
      PasswordReset,
      EmailChange,
      BillingProfile,
      Totp,
      RecoveryCode,
      Passkey,
      Consent,
      ChannelDay,
      PolicyAcceptance,
      PolicyNotice,
      Campaign,
      CampaignText,
      CampaignDay,
      VpnNode,
      UsageHandle,
      UsageReport,
      UsageReportRow,
      UsageDay,
      ServiceQuality,
      AppVersion,
      StaffAccess,
      RightsRequest,
      RightsRequestEvent,
      RightsRequestSubject,
      DrpAgent,
      DrpMessage,
      RightsRequestAgent,
      RightsRequestDocument,
      RightsExport,
      RightsExportPart,
      Erasure,
      MinorReport,
      Installation,
    ],
    migrations: [
      CreateAccount1795392000000,
      WidenAccount1795478400000,
      CreateCampaign1795478402000,
      AccountRequests1795478403000,
      CreateBillingProfile1795478403001,
      CreateSecondFactors1795478405000,
      CreateConsent1795478406000,
      CreateChannelDay1795478406100,
      CreatePolicyAcceptance1795478407000,
      CreateUsage1795500000000,
      CreateRightsRequests1795600000000,
      CreateMinorReport1795914000000,
      RightsAppeals1795914001000,
      NameBuildsOfArchives1795915001000,
      CreateAccountUse1795915002000,
      RightsAgents1795913000000,
      AsciiEmailDomains1795916000000,
      EnterRightsRequests1795921000000,
      CreateInstallation1795931000000,
      SizesInBytes1795940000000,
    ],
    synchronize: false,
    migrationsRun: false,
    logging: false,
    applicationName: 'cyberspacevpn-gateway',
    poolSize,
    connectTimeoutMS: 5000,
    extra: { ...POOLED, ...limits },
    logger: SILENT,
    // The pool replaces a lost idle connection by itself; the next query tells whether the database is away.
    poolErrorHandler: () => {},
  });
}
