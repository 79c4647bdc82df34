// Finds any object that has an id, for those who may see it (Relay, Global Object Identification). Capabilities
// register what can be found. An object that does not exist and one that is not shown give the same answer.
import type { DataSource } from 'typeorm';
import type { Role } from '../entities/account/account.js';
import { isUuid } from '../lib/uuid.js';
import type { Session } from './sign-in/session.js';

/** An object as the API shows it. */
export interface NodeView {
  readonly id: string;
}

/** What a capability registers for one type of objects. */
export interface NodeLookup {
  /** The name of the type in the API. */
  readonly type: string;
  /** The table whose column `id` has the ids; null: they are in another store, and `find` is asked. */
  readonly table: string | null;
  /** Null when there is none, or when the viewer may not see it. */
  find(id: string, viewer: Session): Promise<NodeView | null>;
}

export interface FoundNode {
  readonly type: string;
  readonly view: NodeView;
}

export class NodeService {
  private readonly lookups: ReadonlyMap<string, NodeLookup>;
  private readonly statement: string;

  /** Ids are unique over all tables: each is a random UUID. */
  constructor(
    private readonly database: Pick<DataSource, 'query'>,
    lookups: readonly NodeLookup[],
  ) {
    this.lookups = new Map(lookups.map((lookup) => [lookup.type, lookup]));
    const tables = lookups.flatMap(({ type, table }) =>
      table === null ? [] : [`SELECT '${type}' AS type, id FROM ${table}`],
    );
    this.statement = `SELECT type, id FROM (${tables.join(' UNION ALL ')}) AS node WHERE id = $1`;
  }

  /** `id`: any string. */
  async find(id: string, viewer: Session): Promise<FoundNode | null> {
    if (!isUuid(id)) return null;
    // The stored id: a UUID may be written in capitals.
    const [node] = await this.database.query<{ type: string; id: string }[]>(this.statement, [id]);
    if (node === undefined) return this.findElsewhere(id.toLowerCase(), viewer);
    const { type } = node;
    const view = await this.lookups.get(type)!.find(node.id, viewer);
    return view === null ? null : { type, view };
  }

  /** In the stores that no statement reads. */
  private async findElsewhere(id: string, viewer: Session): Promise<FoundNode | null> {
    for (const { type, table, find } of this.lookups.values()) {
      const view = table === null ? await find(id, viewer) : null;
      if (view !== null) return { type, view };
    }
    return null;
  }
}

/** As `permissions.ts` has it for lists of staff: without a second factor they are customers. */
export function isStaff({ role, secondFactor }: Session, needed: Role): boolean {
  return role === needed && secondFactor;
}

export function withId<T extends NodeView>(wanted: string, views: readonly T[]): T | null {
  return views.find(({ id }) => id === wanted) ?? null;
}
