// The table `rights_export`: the data export that answers a request for access, from its first percent to its last day.
import { Check, Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { RightsRequest } from './rights-request.js';

@Entity('rights_export')
@Check('rights_export_progress_check', `progress BETWEEN 0 AND 100`)
@Check('rights_export_build_check', `(get_byte(uuid_send(build), 6) >> 4) = 4`)
@Check('rights_export_bytes_check', `bytes > 0`)
@Check('rights_export_expires_on_check', `expires_on BETWEEN '2000-01-01' AND '2999-12-31'`)
export class RightsExport {
  @ForeignKey(() => RightsRequest, { onDelete: 'CASCADE', name: 'rights_export_request_id_fkey' })
  @PrimaryColumn({ type: 'uuid', name: 'request_id', primaryKeyConstraintName: 'rights_export_pkey' })
  requestId!: string;

  /** The attempt that builds it. */
  @Column({ type: 'uuid' })
  build!: string;

  /** Percent. */
  @Column({ type: 'integer', default: 0 })
  progress!: number;

  /** Of the whole data export; null until it is complete. */
  @Column({ type: 'integer', nullable: true })
  bytes!: number | null;

  /** The last day on which it can be downloaded; null until it is there. */
  @Column({ type: 'date', name: 'expires_on', nullable: true })
  expiresOn!: string | null;
}
