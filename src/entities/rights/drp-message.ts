// The table `drp_message`: which signed messages of agents have come, so that none is taken twice.
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { RightsRequest } from './rights-request.js';

@Entity('drp_message')
@Check('drp_message_digest_check', `digest ~ '^[A-Za-z0-9_-]{43}$'`)
@Check('drp_message_expires_on_check', `expires_on BETWEEN '2000-01-01' AND '2999-12-31'`)
export class DrpMessage {
  /** Keyed digest of the message. */
  @PrimaryColumn({ type: 'text', collation: 'C', primaryKeyConstraintName: 'drp_message_pkey' })
  digest!: string;

  /** The last day on which it could be good. */
  @Column({ type: 'date', name: 'expires_on' })
  expiresOn!: string;

  /** What it is about, so that the same message finds it again; null for a key setup. */
  @ForeignKey(() => RightsRequest, { onDelete: 'CASCADE', name: 'drp_message_request_id_fkey' })
  @Index('drp_message_request_id')
  @Column({ type: 'uuid', name: 'request_id', nullable: true })
  requestId!: string | null;
}
