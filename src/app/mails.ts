// Every mail that the product sends, by capability.
import type { MailFacts } from '../mail/mail.js';
import { minorReportMail, minorReportWithdrawnMail } from '../services/account/mails/minor-report.js';
import { receiptMail } from '../services/account/mails/receipt.js';
import { accountClosedMail } from '../services/erasure/mails/account-closed.js';
import { idleAccountMail } from '../services/erasure/mails/idle-account.js';
import { processorErasureMail } from '../services/erasure/mails/processor-erasure.js';
import { campaignMail } from '../services/marketing/mails/campaign.js';
import { policyChangeMail } from '../services/policy/mails/policy-change.js';
import { rightsAgentLinkMail } from '../services/rights/mails/rights-agent-link.js';
import { rightsAgentNewsMail } from '../services/rights/mails/rights-agent-news.js';
import { rightsExpiredMail } from '../services/rights/mails/rights-expired.js';
import { rightsReminderMail } from '../services/rights/mails/rights-reminder.js';
import { rightsRequestMail } from '../services/rights/mails/rights-request.js';
import { rightsRequestLinkMail } from '../services/rights/mails/rights-request-link.js';
import { emailChangeMail } from '../services/sign-in/mails/email-change.js';
import { emailChangedMail } from '../services/sign-in/mails/email-changed.js';
import { passwordResetMail } from '../services/sign-in/mails/password-reset.js';
import { securityNoticeMail } from '../services/sign-in/mails/security-notice.js';
import { signUpMail } from '../services/sign-in/mails/sign-up.js';

export const SIGN_IN_MAILS = [
  signUpMail,
  passwordResetMail,
  emailChangeMail,
  emailChangedMail,
  securityNoticeMail,
];
export const ACCOUNT_MAILS = [minorReportMail, minorReportWithdrawnMail, receiptMail];
export const ERASURE_MAILS = [accountClosedMail, idleAccountMail, processorErasureMail];
export const POLICY_MAILS = [policyChangeMail];
export const RIGHTS_MAILS = [
  rightsRequestMail,
  rightsRequestLinkMail,
  rightsAgentLinkMail,
  rightsAgentNewsMail,
  rightsExpiredMail,
  rightsReminderMail,
];
export const MARKETING_MAILS = [campaignMail];

/** The closed list: a mail that is not in it is never sent. */
export const ALL_MAILS: readonly MailFacts[] = [
  ...SIGN_IN_MAILS,
  ...ACCOUNT_MAILS,
  ...ERASURE_MAILS,
  ...POLICY_MAILS,
  ...RIGHTS_MAILS,
  ...MARKETING_MAILS,
];
