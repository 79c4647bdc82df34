// The table `rights_request`: what people have asked of us by right, by days. Whose a request was is gone with the
// account.
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { Account } from '../account/account.js';

export const RIGHTS_REQUEST_KINDS = [
  'access',
  'correction',
  'deletion',
  'restriction',
  'objection',
  'portability',
  'withdrawal-of-consent',
  'complaint',
] as const;
export type RightsRequestKind = (typeof RIGHTS_REQUEST_KINDS)[number];

export type RightsRequestStatus =
  | 'submitted'
  | 'identity-required'
  | 'in-progress'
  | 'extended'
  | 'fulfilled'
  | 'denied'
  | 'appealed'
  | 'withdrawn'
  | 'expired'
  | 'erased';

/** What became of an appeal: the denial stands, or what was asked is granted after all. */
export type AppealOutcome = 'upheld' | 'reversed';

/** Why an answer takes longer (GDPR, Article 12(3): complexity and number of the requests). */
export type ExtensionReason = 'complexity' | 'number-of-requests';

/** Why a request is denied: a closed list; each reason has its own text. */
export type DenialReason =
  | 'identity-not-verified'
  | 'no-data-found'
  | 'manifestly-unfounded'
  | 'excessive'
  | 'legal-obligation'
  | 'legal-claims'
  | 'rights-of-others'
  | 'data-accurate'
  | 'not-covered'
  | 'fraud-suspected'
  | 'permission-missing'
  | 'permission-unsigned'
  | 'permission-expired'
  | 'permission-forged';

/**
 * How the identity of the person was verified: signed in with a fresh factor, by a link to their own mailbox, by an agent whom
 * the law accepts, not at all where the law forbids to ask, or as the data protection officer has recorded.
 */
export type Verification =
  | 'fresh-factor'
  | 'mailbox'
  | 'agent'
  | 'not-needed'
  | 'recorded-call'
  | 'recorded-document'
  | 'recorded-power-of-attorney';

/** How a request came: through the API or an agent's server, or to the data protection officer, who has entered it. */
export type RightsRequestChannel = 'online' | EnteredChannel;
export type EnteredChannel = 'email' | 'letter' | 'telephone';

@Entity('rights_request')
@Index('rights_request_open', ['dueOn', 'id'], { where: 'closed_on IS NULL' })
@Index('rights_request_open_once', ['accountId', 'kind'], {
  unique: true,
  where: "closed_on IS NULL AND kind <> 'correction'",
})
@Check('rights_request_appealed_on_check', `appealed_on BETWEEN '2000-01-01' AND '2999-12-31'`)
@Check('rights_request_appeal_outcome_check', `appeal_outcome ~ '^[a-z]+(-[a-z]+)*$'`)
@Check('rights_request_sealed_appeal_check', `sealed_appeal ~ '^[A-Za-z0-9_-]+$'`)
@Check('rights_request_channel_check', `channel ~ '^[a-z]+(-[a-z]+)*$'`)
@Check('rights_request_id_check', `(get_byte(uuid_send(id), 6) >> 4) = 4`)
@Check('rights_request_kind_check', `kind ~ '^[a-z]+(-[a-z]+)*$'`)
@Check('rights_request_status_check', `status ~ '^[a-z]+(-[a-z]+)*$'`)
@Check('rights_request_law_check', `law ~ '^[a-z]+(-[a-z]+)*$'`)
@Check('rights_request_received_on_check', `received_on BETWEEN '2000-01-01' AND '2999-12-31'`)
@Check('rights_request_due_on_check', `due_on BETWEEN '2000-01-01' AND '2999-12-31'`)
@Check('rights_request_paused_on_check', `paused_on BETWEEN '2000-01-01' AND '2999-12-31'`)
@Check('rights_request_paused_days_check', `paused_days BETWEEN 0 AND 16777215`)
@Check('rights_request_closed_on_check', `closed_on BETWEEN '2000-01-01' AND '2999-12-31'`)
@Check('rights_request_erases_on_check', `erases_on BETWEEN '2000-01-01' AND '2999-12-31'`)
@Check('rights_request_extension_reason_check', `extension_reason ~ '^[a-z]+(-[a-z]+)*$'`)
@Check('rights_request_denial_reason_check', `denial_reason ~ '^[a-z]+(-[a-z]+)*$'`)
@Check('rights_request_verification_check', `verification ~ '^[a-z]+(-[a-z]+)*$'`)
@Check('rights_request_reminded_at_check', `reminded_at BETWEEN -1 AND 31`)
@Check('rights_request_sealed_details_check', `sealed_details ~ '^[A-Za-z0-9_-]+$'`)
@Check('rights_request_sealed_answer_check', `sealed_answer ~ '^[A-Za-z0-9_-]+$'`)
export class RightsRequest {
  /** UUID version 4. */
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'rights_request_pkey' })
  id!: string;

  /** Whose it is; null until a link has shown it, and when the account is gone. */
  @ForeignKey(() => Account, { onDelete: 'SET NULL', name: 'rights_request_account_id_fkey' })
  @Index('rights_request_account_id')
  @Column({ type: 'uuid', name: 'account_id', nullable: true })
  accountId!: string | null;

  @Column({ type: 'text' })
  kind!: RightsRequestKind;

  @Column({ type: 'text' })
  status!: RightsRequestStatus;

  /** Id in `policy/privacy-laws.json`. */
  @Column({ type: 'text' })
  law!: string;

  @Column({ type: 'date', name: 'received_on' })
  receivedOn!: string;

  /** The last day on which an answer is in time; null while the clock stands still. */
  @Column({ type: 'date', name: 'due_on', nullable: true })
  dueOn!: string | null;

  /** Since when the clock stands still, because identification is awaited. */
  @Column({ type: 'date', name: 'paused_on', nullable: true })
  pausedOn!: string | null;

  /** How many days it stood still before. */
  @Column({ type: 'integer', name: 'paused_days', default: 0 })
  pausedDays!: number;

  @Column({ type: 'date', name: 'closed_on', nullable: true })
  closedOn!: string | null;

  /** Of a deletion that is confirmed: the day on which it is carried out. */
  @Column({ type: 'date', name: 'erases_on', nullable: true })
  erasesOn!: string | null;

  @Column({ type: 'text', name: 'extension_reason', nullable: true })
  extensionReason!: ExtensionReason | null;

  @Column({ type: 'text', name: 'denial_reason', nullable: true })
  denialReason!: DenialReason | null;

  /** How it was shown that the person asks. */
  @Column({ type: 'text', nullable: true })
  verification!: Verification | null;

  /** Account of the data protection officer who has taken it. */
  @ForeignKey(() => Account, { onDelete: 'SET NULL', name: 'rights_request_handler_id_fkey' })
  @Column({ type: 'uuid', name: 'handler_id', nullable: true })
  handlerId!: string | null;

  /** How many days before the last day the latest reminder was sent; -1: when it was over. */
  @Column({ type: 'integer', name: 'reminded_at', nullable: true })
  remindedAt!: number | null;

  /** What the person has asked beyond the kind. */
  @Column({ type: 'text', name: 'sealed_details', nullable: true })
  sealedDetails!: string | null;

  /** What the data protection officer has answered. */
  @Column({ type: 'text', name: 'sealed_answer', nullable: true })
  sealedAnswer!: string | null;

  @Column({ type: 'date', name: 'appealed_on', nullable: true })
  appealedOn!: string | null;

  @Column({ type: 'text', name: 'appeal_outcome', nullable: true })
  appealOutcome!: AppealOutcome | null;

  /** What the person has said against a denial, and what was answered. */
  @Column({ type: 'text', name: 'sealed_appeal', nullable: true })
  sealedAppeal!: string | null;

  @Column({ type: 'text', default: 'online' })
  channel!: RightsRequestChannel;

  /** Account of the data protection officer who has entered it; null for requests that came online. */
  @ForeignKey(() => Account, { onDelete: 'SET NULL', name: 'rights_request_entered_by_fkey' })
  @Column({ type: 'uuid', name: 'entered_by', nullable: true })
  enteredBy!: string | null;
}
