// The table `drp_agent`: the authorised agents that speak the Data Rights Protocol, as the data protection officer lets
// them in.
import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('drp_agent')
@Check('drp_agent_id_check', `id ~ '^[A-Z0-9_]{1,64}$'`)
@Check('drp_agent_name_check', `length(name) BETWEEN 1 AND 200`)
@Check('drp_agent_verify_key_check', `verify_key ~ '^[A-Za-z0-9+/]{43}=$'`)
@Check('drp_agent_web_url_check', `length(web_url) BETWEEN 1 AND 2000`)
@Check('drp_agent_callback_origin_check', `length(callback_origin) BETWEEN 1 AND 2000`)
@Check('drp_agent_token_version_check', `token_version BETWEEN 0 AND 16777215`)
export class DrpAgent {
  /** As the directory of agents names it. */
  @PrimaryColumn({ type: 'text', collation: 'C', primaryKeyConstraintName: 'drp_agent_pkey' })
  id!: string;

  @Column({ type: 'text' })
  name!: string;

  /** Ed25519 public key, in base64. */
  @Column({ type: 'text', name: 'verify_key' })
  verifyKey!: string;

  @Column({ type: 'text', name: 'web_url' })
  webUrl!: string;

  /** The only origin that is notified of changes; null: none. */
  @Column({ type: 'text', name: 'callback_origin', nullable: true })
  callbackOrigin!: string | null;

  /** How many tokens it has been given; only the latest is good. */
  @Column({ type: 'integer', name: 'token_version', default: 0 })
  tokenVersion!: number;
}
