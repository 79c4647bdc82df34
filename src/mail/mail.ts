// Every mail that this product sends: a closed list, in which each has one of the purposes that the privacy policy names.
// A queued mail names rows rather than people: who gets it and what it says is looked up when it is sent.

import type { RightsRequestKind, RightsRequestStatus } from '../entities/rights/rights-request.js';

/** Privacy policy, "Personal data": the reasons for which the e-mail address is used. */
export const PURPOSES = ['access', 'payment', 'updates', 'account', 'marketing'] as const;
export type MailPurpose = (typeof PURPOSES)[number];

export type QueuedMail =
  | { readonly template: 'sign-up'; readonly signUpId: string }
  | { readonly template: 'password-reset'; readonly passwordResetId: string }
  | { readonly template: 'email-change'; readonly emailChangeId: string; readonly side: 'old' | 'new' }
  | { readonly template: 'security-notice'; readonly accountId: string; readonly change: SecurityChange }
  /** The account is gone when it is sent, so the mail itself knows the address. */
  | {
      readonly template: 'account-closed';
      readonly address: string;
      readonly locale: string;
      /** What staff call the case for which they closed it; null when its owner did. */
      readonly caseReference: string | null;
    }
  /** Nobody has used the account for long, and it is to be erased. */
  | { readonly template: 'idle-account'; readonly accountId: string }
  /** The account is to be erased because staff have reported its owner as too young; the report says when. */
  | { readonly template: 'minor-report'; readonly accountId: string }
  | { readonly template: 'minor-report-withdrawn'; readonly accountId: string }
  /** To whom the register of processors says, about a person who is gone when it is sent. */
  | { readonly template: 'processor-erasure'; readonly processor: string; readonly paymentReference: string }
  | { readonly template: 'receipt'; readonly accountId: string; readonly receipt: Receipt }
  | { readonly template: 'policy-change'; readonly accountId: string; readonly version: string }
  /** Whether the address of a rights request has an account is looked up when it is sent. */
  | { readonly template: 'rights-request-link'; readonly requestId: string }
  /** To an agent that asks for somebody else: a link by which it shows that the address is its own. */
  | { readonly template: 'rights-agent-link'; readonly requestId: string }
  /** To an agent that has shown its address. */
  | {
      readonly template: 'rights-agent-news';
      readonly requestId: string;
      readonly status: RightsRequestStatus;
    }
  /** To the address that somebody gave, which is forgotten when it is sent, so the mail itself knows it. */
  | {
      readonly template: 'rights-lapsed';
      readonly address: string;
      readonly kind: RightsRequestKind;
      /** `YYYY-MM-DD` */
      readonly receivedOn: string;
    }
  /** To the address that an account had before; the account has another one when it is sent. */
  | {
      readonly template: 'email-changed';
      readonly accountId: string;
      readonly address: string;
      readonly locale: string;
    }
  /** That a request has come to a status; who hears of it, and what there is to say, is looked up. */
  | {
      readonly template: 'rights-request';
      readonly requestId: string;
      readonly status: RightsRequestStatus;
      /** Whether a stranger has caused it, who must not feel that it is sent. */
      readonly heldBack?: boolean;
    }
  /** To the data protection officer. */
  | { readonly template: 'rights-reminder'; readonly requestIds: readonly string[] }
  | { readonly template: 'campaign'; readonly accountId: string; readonly campaignId: string };

export type SecurityChange =
  | 'email-changed'
  | 'email-correction'
  | 'password-changed'
  | 'totp-enabled'
  | 'totp-disabled'
  | 'recovery-codes-renewed'
  | 'recovery-code-used'
  | 'passkey-added'
  | 'passkey-removed';

export interface Receipt {
  /** The invoice's number. */
  readonly reference: string;
  /** In the currency's smallest unit. */
  readonly amount: number;
  /** ISO 4217. */
  readonly currency: string;
  /** `YYYY-MM-DD` */
  readonly paidOn: string;
}

export type Template = QueuedMail['template'];

export const PURPOSE_OF: Readonly<Record<Template, MailPurpose>> = {
  'sign-up': 'access',
  'password-reset': 'access',
  'email-change': 'access',
  'security-notice': 'account',
  'account-closed': 'account',
  'idle-account': 'account',
  'minor-report': 'account',
  'minor-report-withdrawn': 'account',
  'processor-erasure': 'account',
  receipt: 'payment',
  'policy-change': 'updates',
  'rights-request-link': 'account',
  'rights-agent-link': 'account',
  'rights-agent-news': 'account',
  'rights-lapsed': 'account',
  'email-changed': 'account',
  'rights-request': 'account',
  'rights-reminder': 'account',
  campaign: 'marketing',
};
