// The table `vpn_node`: the VPN servers that may report usage. A row that is gone is a node that was revoked.
import { Check, Column, Entity, PrimaryColumn, Unique } from 'typeorm';

@Entity('vpn_node')
@Check('vpn_node_id_check', `(get_byte(uuid_send(id), 6) >> 4) = 4`)
@Check('vpn_node_name_check', `name ~ '^[a-z]+(-[a-z]+)*(-[0-9]{1,4})?$'`)
@Check('vpn_node_location_check', `location ~ '^[a-z]{2}(-[a-z]+)+$'`)
@Check('vpn_node_token_version_check', `token_version BETWEEN 1 AND 16777215`)
@Unique('vpn_node_name_key', ['name'])
export class VpnNode {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'vpn_node_pkey' })
  id!: string;

  /** What operators call it. */
  @Column({ type: 'text' })
  name!: string;

  /** An id of catalogue/locations.json: the only one that it may report for. */
  @Column({ type: 'text' })
  location!: string;

  /** Goes up when the token is renewed: the tokens of earlier versions no longer work then. */
  @Column({ type: 'integer', name: 'token_version', default: 1 })
  tokenVersion!: number;
}
