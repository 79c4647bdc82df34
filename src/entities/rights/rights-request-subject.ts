// The table `rights_request_subject`: for whom a request is whose identity is awaited. It is gone with the answer.
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { RightsRequest } from './rights-request.js';

@Entity('rights_request_subject')
@Check('rights_request_subject_sealed_email_check', `sealed_email ~ '^[A-Za-z0-9_-]+$'`)
@Check('rights_request_subject_email_digest_check', `email_digest ~ '^[A-Za-z0-9_-]{43}$'`)
@Check('rights_request_subject_links_sent_check', `links_sent BETWEEN 0 AND 3`)
@Check('rights_request_subject_expires_on_check', `expires_on BETWEEN '2000-01-01' AND '2999-12-31'`)
export class RightsRequestSubject {
  @ForeignKey(() => RightsRequest, { onDelete: 'CASCADE', name: 'rights_request_subject_request_id_fkey' })
  @PrimaryColumn({
    type: 'uuid',
    name: 'request_id',
    primaryKeyConstraintName: 'rights_request_subject_pkey',
  })
  requestId!: string;

  /** The e-mail address that was given. */
  @Column({ type: 'text', name: 'sealed_email' })
  sealedEmail!: string;

  /** Keyed digest of it, by which the requests about one address are found. */
  @Index('rights_request_subject_email')
  @Column({ type: 'text', name: 'email_digest' })
  emailDigest!: string;

  @Column({ type: 'integer', name: 'links_sent' })
  linksSent!: number;

  /** The last day on which the latest link can be opened. */
  @Column({ type: 'date', name: 'expires_on' })
  expiresOn!: string;
}
