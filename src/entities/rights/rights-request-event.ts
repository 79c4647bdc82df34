// The table `rights_request_event`: what became of a request, by day.
import { Check, Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { RightsRequest, type RightsRequestStatus } from './rights-request.js';

@Entity('rights_request_event')
@Check('rights_request_event_sequence_check', `sequence BETWEEN 1 AND 1000`)
@Check('rights_request_event_status_check', `status ~ '^[a-z]+(-[a-z]+)*$'`)
@Check('rights_request_event_day_check', `day BETWEEN '2000-01-01' AND '2999-12-31'`)
export class RightsRequestEvent {
  @ForeignKey(() => RightsRequest, { onDelete: 'CASCADE', name: 'rights_request_event_request_id_fkey' })
  @PrimaryColumn({ type: 'uuid', name: 'request_id', primaryKeyConstraintName: 'rights_request_event_pkey' })
  requestId!: string;

  /** Counts the request's own events. */
  @PrimaryColumn({ type: 'integer', primaryKeyConstraintName: 'rights_request_event_pkey' })
  sequence!: number;

  @Column({ type: 'text' })
  status!: RightsRequestStatus;

  @Column({ type: 'date' })
  day!: string;
}
