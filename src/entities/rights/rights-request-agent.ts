// The table `rights_request_agent`: who asks for somebody else.
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { DrpAgent } from './drp-agent.js';
import { RightsRequest } from './rights-request.js';

@Entity('rights_request_agent')
@Check('rights_request_agent_sealed_contact_check', `sealed_contact ~ '^[A-Za-z0-9_-]+$'`)
@Check('rights_request_agent_links_sent_check', `links_sent BETWEEN 0 AND 3`)
@Check('rights_request_agent_callback_tries_check', `callback_tries BETWEEN 0 AND 1000`)
export class RightsRequestAgent {
  @ForeignKey(() => RightsRequest, { onDelete: 'CASCADE', name: 'rights_request_agent_request_id_fkey' })
  @PrimaryColumn({ type: 'uuid', name: 'request_id', primaryKeyConstraintName: 'rights_request_agent_pkey' })
  requestId!: string;

  /** Of an agent that speaks the Data Rights Protocol. */
  @ForeignKey(() => DrpAgent, { onDelete: 'SET NULL', name: 'rights_request_agent_drp_agent_id_fkey' })
  @Index('rights_request_agent_drp_agent_id')
  @Column({ type: 'text', name: 'drp_agent_id', nullable: true, collation: 'C' })
  drpAgentId!: string | null;

  /** Whether its address has been confirmed by a link; one with that protocol has signed. */
  @Column({ type: 'boolean', default: false })
  confirmed!: boolean;

  /** To its own address. */
  @Column({ type: 'integer', name: 'links_sent', default: 0 })
  linksSent!: number;

  /** Name and e-mail address; for an agent with that protocol, its own reference and the URL that is notified of changes. */
  @Column({ type: 'text', name: 'sealed_contact' })
  sealedContact!: string;

  /** How many times a notification of the latest change was tried; null when nothing waits to be sent. */
  @Column({ type: 'integer', name: 'callback_tries', nullable: true })
  callbackTries!: number | null;
}
