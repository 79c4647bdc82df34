// The VPN nodes that may report usage. Each shows a token, which nobody keeps but the node: it names the row that makes it
// good, and no longer works once that row is gone or counts on.
import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { placeBy, readPage } from '../../db/page.js';
import { isUserError } from '../../input/listing.js';
import { done, type Outcome, refused, type UserError } from '../../input/user-error.js';
import type { Page, PageRequest } from '../../lib/pages.js';
import { isUuid } from '../../lib/uuid.js';
import type { Keyring } from '../../secrets/keyring.js';
import type { Location, Locations } from './locations.js';

const MAX_NAME = 40;
/** At most that many digits, so that an IP address cannot be a name. */
const NAME = /^[a-z]+(-[a-z]+)*(-[0-9]{1,4})?$/;

/** What a report's sender is known by. */
export interface ReportingNode {
  readonly id: string;
  /** An id of a VPN location: the only one that it may report for. */
  readonly location: string;
}

export interface VpnNodeView {
  readonly id: string;
  readonly name: string;
  readonly location: Location;
}

interface NodeRow {
  readonly id: string;
  readonly name: string;
  /** An id of a VPN location. */
  readonly location: string;
}

export class VpnNodeService {
  constructor(
    private readonly parts: {
      readonly database: DataSource;
      readonly keyring: Keyring;
      readonly locations: Locations;
    },
  ) {}

  /** All of them, by name. */
  async all(): Promise<VpnNodeView[]> {
    const nodes = await this.parts.database.query<NodeRow[]>(
      'SELECT id, name, location FROM vpn_node ORDER BY name COLLATE "C"',
    );
    return nodes.map((node) => this.view(node));
  }

  /** As `all`, by pages. Throws InvalidCursor. */
  async page(request: PageRequest): Promise<Page<VpnNodeView>> {
    const list = {
      name: 'vpn-nodes',
      sql: `SELECT id, name, location, ${placeBy('name')} FROM vpn_node`,
      values: [],
    };
    const { entries, ...page } = await readPage<NodeRow>(this.parts.database, list, request);
    return { ...page, entries: entries.map(({ value, cursor }) => ({ value: this.view(value), cursor })) };
  }

  /** `id`: a UUID. */
  async byId(id: string): Promise<VpnNodeView | null> {
    const [node] = await this.parts.database.query<NodeRow[]>(
      'SELECT id, name, location FROM vpn_node WHERE id = $1',
      [id],
    );
    return node === undefined ? null : this.view(node);
  }

  /** `location`: an id of a VPN location. The token is returned only here. */
  async add(name: string, location: string): Promise<Outcome<{ node: VpnNodeView; token: string }>> {
    const userErrors = [nameError(name), this.locationError(location)].filter(isUserError);
    if (userErrors.length > 0) return refused(...userErrors);
    const id = randomUUID();
    const [added] = await this.parts.database.query<{ token_version: number }[]>(
      `INSERT INTO vpn_node (id, name, location) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING
       RETURNING token_version`,
      [id, name, location],
    );
    if (added === undefined) return refused({ field: 'name', code: 'NODE_NAME_TAKEN' });
    const node = this.view({ id, name, location });
    return done({ node, token: this.tokenOf(id, added.token_version) });
  }

  /** A new token; the one before no longer works. */
  async rotateToken(id: string): Promise<Outcome<string>> {
    if (!isUuid(id)) return refused({ field: 'id', code: 'UNKNOWN_NODE' });
    const [[renewed]] = await this.parts.database.query<[{ token_version: number }[], number]>(
      'UPDATE vpn_node SET token_version = token_version + 1 WHERE id = $1 RETURNING token_version',
      [id],
    );
    if (renewed === undefined) return refused({ field: 'id', code: 'UNKNOWN_NODE' });
    return done(this.tokenOf(id.toLowerCase(), renewed.token_version));
  }

  /** Reports that it has sent stay. False when there is no such node. */
  async revoke(id: string): Promise<boolean> {
    if (!isUuid(id)) return false;
    const [, count] = await this.parts.database.query<[unknown, number]>(
      'DELETE FROM vpn_node WHERE id = $1',
      [id],
    );
    return count > 0;
  }

  /** Whose token it is; null when it is nobody's (any more). */
  async find(token: string): Promise<ReportingNode | null> {
    const subject = this.parts.keyring.open('vpn-node-token', token);
    if (subject === null) return null;
    const [id, version] = subject.split(' ');
    const [node] = await this.parts.database.query<ReportingNode[]>(
      'SELECT id, location FROM vpn_node WHERE id = $1 AND token_version = $2',
      [id, version],
    );
    return node ?? null;
  }

  private view(node: NodeRow): VpnNodeView {
    return { ...node, location: this.parts.locations.describe(node.location) };
  }

  private tokenOf(id: string, version: number): string {
    return this.parts.keyring.seal('vpn-node-token', `${id} ${version}`);
  }

  private locationError(location: string): UserError | null {
    return this.parts.locations.has(location) ? null : { field: 'locationId', code: 'UNKNOWN_LOCATION' };
  }
}

function nameError(name: string): UserError | null {
  return name.length <= MAX_NAME && NAME.test(name) ? null : { field: 'name', code: 'INVALID_NODE_NAME' };
}
