// The table `vpn_node`: the VPN servers that may report usage. A row that is gone is a node that was revoked.
import { Column, Entity, PrimaryColumn, Unique } from 'typeorm';

@Entity('vpn_node')
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

  /** Goes up when the token is renewed: the tokens of earlier versions are good for nothing then. */
  @Column({ type: 'integer', name: 'token_version', default: 1 })
  tokenVersion!: number;
}
