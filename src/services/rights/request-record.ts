// A rights request as its table holds it, and what the person asked.
import type { ConsentPurpose } from '../../entities/consent/consent.js';
import type {
  AppealOutcome,
  DenialReason,
  EnteredChannel,
  ExtensionReason,
  RightsRequestChannel,
  RightsRequestKind,
  RightsRequestStatus,
  Verification,
} from '../../entities/rights/rights-request.js';
import type { Day } from '../../lib/calendar.js';

/** A correction of data that the person cannot change themselves. */
export type Correction =
  | { readonly field: 'email'; readonly value: string }
  /** Usage of one day that the person did not cause. */
  | { readonly field: 'usage'; readonly day: Day }
  | { readonly field: 'app'; readonly platform: string; readonly version: string };

/** Uses to which somebody can object (GDPR, Article 21). */
export type Objection = 'marketing' | 'statistics' | 'diagnostics' | 'sale-or-sharing';

/** What the person asked, besides the kind of the request. */
export interface RightsDetails {
  readonly correction?: Correction;
  readonly objections?: readonly Objection[];
  readonly purposes?: readonly ConsentPurpose[];
  /** In their own words. */
  readonly statement?: string;
}

export interface RightsRequestRecord {
  readonly id: string;
  /** Null until a link has confirmed the person, and after the account is erased. */
  readonly accountId: string | null;
  readonly kind: RightsRequestKind;
  readonly status: RightsRequestStatus;
  /** Id of a PrivacyLaw. */
  readonly law: string;
  readonly receivedOn: Day;
  /** Null while the deadline is paused; not changed after the end. */
  readonly dueOn: Day | null;
  readonly pausedOn: Day | null;
  readonly pausedDays: number;
  readonly closedOn: Day | null;
  readonly erasesOn: Day | null;
  readonly extensionReason: ExtensionReason | null;
  readonly denialReason: DenialReason | null;
  readonly verification: Verification | null;
  readonly handlerId: string | null;
  readonly sealedDetails: string | null;
  readonly sealedAnswer: string | null;
  readonly appealedOn: Day | null;
  readonly appealOutcome: AppealOutcome | null;
  readonly sealedAppeal: string | null;
  readonly channel: RightsRequestChannel;
  /** Account of the data protection officer who entered it. */
  readonly enteredById: string | null;
}

export interface Appeal {
  readonly statement: string;
  /** Present once it is decided. */
  readonly answer?: string;
}

export interface RightsRequestEvent {
  readonly status: RightsRequestStatus;
  readonly day: Day;
}

/** A request that came by mail or by telephone. */
export interface Entry {
  /** Account of the data protection officer who enters it. */
  readonly officerId: string;
  readonly channel: EnteredChannel;
  readonly receivedOn: Day;
}

export interface NewRightsRequest {
  readonly kind: RightsRequestKind;
  /** Id of a PrivacyLaw. */
  readonly law: string;
  readonly accountId: string | null;
  readonly verification: Verification | null;
  readonly details: RightsDetails;
  /** Absent: it was submitted online, now. */
  readonly entry?: Entry | undefined;
}

/** What changes besides the status. Absent fields stay as they are. */
export interface Change {
  readonly accountId?: string;
  readonly verification?: Verification;
  readonly handlerId?: string;
  readonly erasesOn?: Day;
  readonly extensionReason?: ExtensionReason;
  readonly denialReason?: DenialReason;
  readonly answer?: string;
  readonly appeal?: Appeal;
  /** Id of the PrivacyLaw of the country where the person turns out to live. */
  readonly law?: string;
  /** Whether the person gets no mail about it; agents are notified all the same. */
  readonly unmailed?: boolean;
  /** Whether someone who is not signed in causes it: the mail leaves a little later, so that its sending cannot be measured. */
  readonly byStranger?: boolean;
  /** Whether nobody is notified: an intermediate step of one transaction, or nobody is left to notify. */
  readonly silent?: boolean;
}

/** The columns of a RightsRequestRecord, of the table or alias `rights_request`. */
export const RIGHTS_REQUEST_COLUMNS = `rights_request.id, rights_request.account_id AS "accountId", kind, status, law,
  received_on::text AS "receivedOn", due_on::text AS "dueOn", paused_on::text AS "pausedOn",
  paused_days AS "pausedDays", closed_on::text AS "closedOn", erases_on::text AS "erasesOn",
  extension_reason AS "extensionReason", denial_reason AS "denialReason", verification,
  handler_id AS "handlerId", sealed_details AS "sealedDetails", sealed_answer AS "sealedAnswer",
  appealed_on::text AS "appealedOn", appeal_outcome AS "appealOutcome", sealed_appeal AS "sealedAppeal",
  channel, entered_by AS "enteredById"`;
