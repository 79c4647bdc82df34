// The table `erasure`: accounts that are being erased, and how far that is. A row goes with the last step.
import { Check, Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { RightsRequest } from '../rights/rights-request.js';

@Entity('erasure')
@Check('erasure_account_id_check', `(get_byte(uuid_send(account_id), 6) >> 4) = 4`)
@Check('erasure_step_check', `step ~ '^[a-z]+(-[a-z]+)*$'`)
@Check('erasure_sealed_rest_check', `sealed_rest ~ '^[A-Za-z0-9_-]+$'`)
export class Erasure {
  /** No reference: the account goes before the row does. */
  @PrimaryColumn({ type: 'uuid', name: 'account_id', primaryKeyConstraintName: 'erasure_pkey' })
  accountId!: string;

  /** The request that it answers; null when the account was closed. */
  @ForeignKey(() => RightsRequest, { onDelete: 'SET NULL', name: 'erasure_request_id_fkey' })
  @Column({ type: 'uuid', name: 'request_id', nullable: true })
  requestId!: string | null;

  /** The step that comes next. */
  @Column({ type: 'text' })
  step!: string;

  /** What later steps need of the account. */
  @Column({ type: 'text', name: 'sealed_rest', nullable: true })
  sealedRest!: string | null;
}
