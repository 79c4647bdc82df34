// The contents of a data export: the Postgres tables that belong to a person, by the data inventory, and what is
// theirs in Redis and in the queue.
import type { EntityManager } from 'typeorm';
import type { Network, Networks } from '../../../allowlist/networks.js';
import type { Outbox } from '../../../mail/outbox.js';
import type { Keyring } from '../../../secrets/keyring.js';
import type { DataInventory, ExportedTable } from '../../data-inventory/data-inventory.js';
import type { Topic } from '../../data-inventory/inventory-page.js';
import type { SessionService } from '../../sign-in/session.js';
import type { JsonType, Row, SheetFile } from './export-files.js';
import type { Section } from './export-page.js';

const ROWS_AT_A_TIME = 1000;
/** How many rows of a table the page shows; the files have all of them. */
const ROWS_ON_THE_PAGE = 100;

/** What comes of another store than Postgres' tables: few rows, read at once. */
interface Listed {
  readonly name: string;
  readonly topic: Topic;
  readonly columns: SheetFile['columns'];
  readonly rows: readonly Row[];
}

export interface Sheet extends SheetFile {
  readonly topic: Topic;
  /** Has its rows for the page when it has been read. */
  readonly section: Section;
}

export interface SheetParts {
  readonly keyring: Keyring;
  readonly kept: DataInventory;
  readonly outbox: Outbox;
  readonly sessions: SessionService;
  readonly networks: Pick<Networks, 'list'>;
}

export class ExportSheets {
  constructor(private readonly parts: SheetParts) {}

  /** All that the register of what is kept hands out, in its order. `manager`: of a transaction that goes on until they are read. */
  async of(manager: EntityManager, accountId: string): Promise<Sheet[]> {
    const types = await columnTypes(manager);
    const tables = this.parts.kept.exported().map((table): Sheet => {
      const columns = table.columns.map(({ column, name, what, sealed }) => ({
        name,
        what,
        type: sealed === 'json' ? ('object' as const) : (types.get(`${table.table}.${column}`) ?? 'string'),
      }));
      const section = sectionOf(table.table, table.topic, columns);
      const rows = () => this.rowsOf(manager, table, accountId, section);
      return { name: table.table, topic: table.topic, columns, section, rows };
    });
    const others = (await this.listed(manager, accountId)).map((list): Sheet => {
      const section = sectionOf(list.name, list.topic, list.columns);
      const rows = async function* () {
        begin(section);
        remember(section, list.rows);
        yield list.rows;
      };
      return { name: list.name, topic: list.topic, columns: list.columns, section, rows };
    });
    return [...tables, ...others];
  }

  private async *rowsOf(
    manager: EntityManager,
    table: ExportedTable,
    accountId: string,
    section: Section,
  ): AsyncGenerator<readonly Row[]> {
    begin(section);
    const columns = table.columns.map(({ column }) => selected(table.table, column));
    const order = table.columns.map((_, index) => index + 1).join(', ');
    const sealed = table.columns.some((column) => column.sealed !== null);
    // A cursor reads so many rows at a time, so that what is in memory does not grow with them.
    await manager.query(
      `DECLARE exported NO SCROLL CURSOR FOR SELECT ${columns.join(', ')} FROM ${table.table}
       WHERE ${ownedBy(table)} ORDER BY ${order}`,
      await this.owner(manager, table, accountId),
    );
    for (;;) {
      const rows = await manager.query<Row[]>(`FETCH ${ROWS_AT_A_TIME} FROM exported`);
      const shown = sealed ? rows.map((row) => this.opened(table, row)) : rows;
      remember(section, shown);
      yield shown;
      if (rows.length < ROWS_AT_A_TIME) break;
    }
    await manager.query('CLOSE exported');
  }

  /** With what is sealed in the table as it was written. */
  private opened(table: ExportedTable, row: Row): Row {
    const context = String(row.request_id ?? row.id ?? '');
    return Object.fromEntries(
      table.columns.map(({ column, name, sealed }) => {
        const value = row[column] ?? null;
        if (sealed === null || value === null) return [name, value];
        const text = this.parts.keyring.open('rights-request', String(value), context);
        return [name, text !== null && sealed === 'json' ? JSON.parse(text) : text];
      }),
    );
  }

  /** The values of `ownedBy`. */
  private async owner(manager: EntityManager, { by }: ExportedTable, accountId: string): Promise<string[]> {
    if (by !== 'requests' && by !== 'request_id') return [accountId];
    const [account] = await manager.query<{ email: string }[]>('SELECT email FROM account WHERE id = $1', [
      accountId,
    ]);
    return [accountId, this.parts.keyring.digest('rights-request', account?.email ?? '')];
  }

  /** How many rows of Postgres they have. */
  async count(manager: EntityManager, accountId: string): Promise<number> {
    let count = 0;
    for (const table of this.parts.kept.exported()) {
      const [row] = await manager.query<{ count: number }[]>(
        `SELECT count(*)::integer AS count FROM ${table.table} WHERE ${ownedBy(table)}`,
        await this.owner(manager, table, accountId),
      );
      count += row?.count ?? 0;
    }
    return count;
  }

  /** What Redis and the mail queue hold. */
  private async listed(manager: EntityManager, accountId: string): Promise<Listed[]> {
    const { networks, sessions, outbox } = this.parts;
    const mails = await outbox.waitingFor(manager, accountId);
    return [
      {
        name: 'networks',
        topic: 'networks',
        columns: NETWORK_COLUMNS,
        rows: (await networks.list(accountId)).map(networkRow),
      },
      {
        name: 'sessions',
        topic: 'sessions',
        columns: [
          { name: 'endsOn', what: 'day on which it ends by itself', type: 'string' },
          { name: 'secondFactor', what: 'whether a second factor was shown', type: 'boolean' },
          { name: 'policyVersion', what: 'version of the privacy policy it was used under', type: 'string' },
        ],
        rows: (await sessions.ofAccount(accountId)).map((each) => ({ ...each })),
      },
      {
        name: 'mails',
        topic: 'mails',
        columns: [{ name: 'kind', what: 'which mail it is', type: 'string' }],
        rows: mails.map((kind) => ({ kind })),
      },
    ];
  }
}

const NETWORK_COLUMNS = [
  { name: 'id', what: 'id of the network', type: 'string' },
  { name: 'name', what: 'what the person calls it', type: 'string' },
  { name: 'ipv4', what: 'IPv4 address', type: 'string' },
  { name: 'ipv4LastDay', what: 'last day of the IPv4 address; empty: no end', type: 'string' },
  { name: 'ipv6', what: 'IPv6 prefix', type: 'string' },
  { name: 'ipv6LastDay', what: 'last day of the IPv6 prefix; empty: no end', type: 'string' },
  { name: 'region', what: 'region whose relays it gets; empty: automatic', type: 'string' },
  { name: 'serviceRegions', what: 'regions of services that have one of their own', type: 'string' },
  { name: 'lastDay', what: 'last day of the network; empty: no end', type: 'string' },
  { name: 'updateToken', what: 'whether it has a token for routers, which is not shown', type: 'boolean' },
] as const;

function networkRow({ id, name, ipv4, ipv6, preferences, lastDay, hasToken }: Network): Row {
  const { region, serviceRegions } = preferences;
  return {
    id,
    name,
    ipv4: ipv4?.prefix.text ?? null,
    ipv4LastDay: ipv4?.lastDay ?? null,
    ipv6: ipv6?.prefix.text ?? null,
    ipv6LastDay: ipv6?.lastDay ?? null,
    region,
    serviceRegions: [...serviceRegions].map(([service, each]) => `${service}=${each}`).join(', ') || null,
    lastDay,
    updateToken: hasToken,
  };
}

/** Requests of the account ($1), and those that wait for its owner to confirm them ($2: digest of the address). */
const REQUESTS = `rights_request.account_id = $1
  OR rights_request.id IN (SELECT request_id FROM rights_request_subject WHERE email_digest = $2)`;

function ownedBy({ by }: ExportedTable): string {
  if (by === 'email') return 'email = (SELECT email FROM account WHERE account.id = $1)';
  if (by === 'requests') return REQUESTS;
  if (by === 'request_id') return `request_id IN (SELECT id FROM rights_request WHERE ${REQUESTS})`;
  return `${by} = $1`;
}

/** Days as text, whatever the driver makes of them. */
function selected(table: string, column: string): string {
  return column === 'day' || column.endsWith('_on')
    ? `${table}.${column}::text AS ${column}`
    : `${table}.${column}`;
}

async function columnTypes(manager: EntityManager): Promise<Map<string, JsonType>> {
  const columns = await manager.query<{ name: string; type: string }[]>(
    `SELECT table_name || '.' || column_name AS name, data_type AS type FROM information_schema.columns
     WHERE table_schema = 'public'`,
  );
  const typeOf = (type: string): JsonType =>
    type === 'integer' || type === 'boolean' ? (type as JsonType) : 'string';
  return new Map(columns.map(({ name, type }) => [name, typeOf(type)]));
}

function sectionOf(name: string, topic: Topic, columns: Sheet['columns']): Section {
  return { name, topic, columns: columns.map((column) => column.name), count: 0, rows: [] };
}

/** Rows come twice, and are counted the last time. */
function begin(section: Section): void {
  section.count = 0;
  section.rows = [];
}

function remember(section: Section, rows: readonly Row[]): void {
  section.count += rows.length;
  section.rows.push(...rows.slice(0, ROWS_ON_THE_PAGE - section.rows.length));
}
