// Every mail that the product sends: the closed list, and what each capability's mails are loaded with.
import type { DataSource } from 'typeorm';
import type { Clock } from '../lib/calendar.js';
import { MailComposer } from '../mail/composer.js';
import { type MailFacts, withParts } from '../mail/mail.js';
import { portalLinks } from '../mail/portal-link.js';
import type { Keyring } from '../secrets/keyring.js';
import { minorReportMail, minorReportWithdrawnMail } from '../services/account/mails/minor-report.js';
import { receiptMail } from '../services/account/mails/receipt.js';
import { ownerLookup } from '../services/account/owner.js';
import { accountClosedMail } from '../services/erasure/mails/account-closed.js';
import { idleAccountMail } from '../services/erasure/mails/idle-account.js';
import { processorErasureMail } from '../services/erasure/mails/processor-erasure.js';
import { campaignMail, type MarketingMailParts } from '../services/marketing/mails/campaign.js';
import type { Authorities } from '../services/policy/authorities.js';
import type { PrivacyLaws } from '../services/policy/laws.js';
import { type PolicyMailParts, policyChangeMail } from '../services/policy/mails/policy-change.js';
import type { ProcessorRegister } from '../services/policy/processors.js';
import { rightsAgentLinkMail } from '../services/rights/mails/rights-agent-link.js';
import { rightsAgentNewsMail } from '../services/rights/mails/rights-agent-news.js';
import { rightsLapsedMail } from '../services/rights/mails/rights-lapsed.js';
import { rightsReminderMail } from '../services/rights/mails/rights-reminder.js';
import { rightsRequestMail } from '../services/rights/mails/rights-request.js';
import { rightsRequestLinkMail } from '../services/rights/mails/rights-request-link.js';
import { emailChangeMail } from '../services/sign-in/mails/email-change.js';
import { emailChangedMail } from '../services/sign-in/mails/email-changed.js';
import { passwordResetMail } from '../services/sign-in/mails/password-reset.js';
import { securityNoticeMail } from '../services/sign-in/mails/security-notice.js';
import { signUpMail } from '../services/sign-in/mails/sign-up.js';

const SIGN_IN_MAILS = [signUpMail, passwordResetMail, emailChangeMail, emailChangedMail, securityNoticeMail];
const ACCOUNT_MAILS = [minorReportMail, minorReportWithdrawnMail, receiptMail];
const ERASURE_MAILS = [accountClosedMail, idleAccountMail, processorErasureMail];
const POLICY_MAILS = [policyChangeMail];
const RIGHTS_MAILS = [
  rightsRequestMail,
  rightsRequestLinkMail,
  rightsAgentLinkMail,
  rightsAgentNewsMail,
  rightsLapsedMail,
  rightsReminderMail,
];
const MARKETING_MAILS = [campaignMail];

/** The closed list: a mail that is not in it is never sent. */
export const ALL_MAILS: readonly MailFacts[] = [
  ...SIGN_IN_MAILS,
  ...ACCOUNT_MAILS,
  ...ERASURE_MAILS,
  ...POLICY_MAILS,
  ...RIGHTS_MAILS,
  ...MARKETING_MAILS,
];

export interface MailParts {
  readonly database: DataSource;
  readonly keyring: Keyring;
  /** Without a slash at its end. */
  readonly portalUrl: string;
  /** An e-mail address that people can write to. */
  readonly contact: string;
  /** The e-mail address of the data protection officer. */
  readonly dpo: string;
  /** Of the business, on one line; marketing mails show it, and are not sent when it is null. */
  readonly postalAddress: string | null;
  readonly processors: Pick<ProcessorRegister, 'processors'>;
  readonly authorities: Authorities;
  readonly laws: PrivacyLaws;
  readonly policyVersion: PolicyMailParts['version'];
  readonly marketing: Omit<MarketingMailParts, 'database'>;
  readonly clock: Clock;
}

export function createMailComposer(parts: MailParts): MailComposer {
  const { database, contact, postalAddress } = parts;
  const common = { ...parts, ownerOf: ownerLookup(database), link: portalLinks(parts) };
  return new MailComposer(
    [
      ...withParts(SIGN_IN_MAILS, common),
      ...withParts(ACCOUNT_MAILS, common),
      ...withParts(ERASURE_MAILS, common),
      ...withParts(POLICY_MAILS, { ...common, version: parts.policyVersion }),
      ...withParts(RIGHTS_MAILS, common),
      ...withParts(MARKETING_MAILS, { ...parts.marketing, database }),
    ],
    postalAddress === null ? null : { postalAddress, contact },
  );
}
