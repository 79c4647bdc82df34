// The archive of everything that is kept about a person, as the register of what is kept says: streamed row by row, and on the
// same day of the same data the same octets.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { DataSource, EntityManager } from 'typeorm';
import { ZipFile } from 'yazl';
import type { AllowlistWriter } from '../../allowlist/writer.js';
import { type Clock, type Day, today } from '../../day.js';
import type { Outbox } from '../../mail/outbox.js';
import type { Keyring } from '../../secrets/keyring.js';
import type { ExportedTable, KeptData, Topic } from '../kept-data.js';
import type { ProcessorRegister } from '../processors.js';
import type { SessionService } from '../session.js';
import {
  csvOf,
  inBlocks,
  type JsonType,
  jsonOf,
  once,
  type Row,
  type SheetFile,
  schemaOf,
} from './archive-files.js';
import { type Section, writePage } from './archive-page.js';

const ROWS_AT_A_TIME = 1000;
/** So many rows of a table stand on the page; all of them stand in the files. */
const ROWS_ON_THE_PAGE = 100;

/** What comes of another store than Postgres' tables: few rows, read at once. */
interface Listed {
  readonly name: string;
  readonly topic: Topic;
  readonly columns: SheetFile['columns'];
  readonly rows: readonly Row[];
}

interface Sheet extends SheetFile {
  readonly topic: Topic;
  readonly section: Section;
}

/** Hears of rows that are written, of all. */
type Progress = (written: number, all: number) => void;

export class ArchiveBuilder {
  constructor(
    private readonly parts: {
      readonly database: DataSource;
      readonly keyring: Keyring;
      readonly kept: KeptData;
      readonly outbox: Outbox;
      readonly processors: ProcessorRegister;
      readonly sessions: SessionService;
      readonly writer: AllowlistWriter;
      readonly clock: Clock;
    },
  ) {}

  /** The octets of a ZIP file. */
  async *build(accountId: string, progress: Progress = () => {}): AsyncGenerator<Buffer> {
    const runner = this.parts.database.createQueryRunner();
    try {
      // One state of the database, however long it takes.
      await runner.startTransaction('REPEATABLE READ');
      await runner.query('SET TRANSACTION READ ONLY');
      yield* this.zip(runner.manager, accountId, progress);
    } finally {
      if (runner.isTransactionActive) await runner.rollbackTransaction();
      await runner.release();
    }
  }

  private async *zip(manager: EntityManager, accountId: string, progress: Progress): AsyncGenerator<Buffer> {
    const sheets = await this.sheets(manager, accountId);
    // Each row is written twice: as JSON, and as CSV.
    const all = 2 * (await this.count(manager, accountId));
    let written = 0;
    const count = (rows: number) => {
      written += rows;
      progress(written, Math.max(all, written));
    };

    const day = today(this.parts.clock());
    const zip = new ZipFile();
    const sums: { path: string; octets: number; sha256: string }[] = [];
    const add = (path: string, content: () => AsyncIterable<string>) => {
      const hash = createHash('sha256');
      async function* octets() {
        let length = 0;
        for await (const block of inBlocks(content())) {
          hash.update(block);
          length += block.length;
          yield block;
        }
        sums.push({ path, octets: length, sha256: hash.digest('hex') });
      }
      const stream = Readable.from(octets(), { objectMode: false });
      stream.on('error', (error) => zip.emit('error', error));
      zip.addReadStream(stream, path, { mtime: noonOf(day), forceDosTimestamp: true });
    };

    const topics = [...new Set(sheets.map(({ topic }) => topic))];
    for (const topic of topics) {
      const ofTopic = sheets.filter((sheet) => sheet.topic === topic);
      add(`schemas/${topic}.schema.json`, () => once(schemaOf(topic, ofTopic)));
      add(`data/${topic}.json`, () => jsonOf(ofTopic, count));
    }
    for (const sheet of sheets) add(`tables/${sheet.name}.csv`, () => csvOf(sheet, count));
    const sections = sheets.map(({ section }) => section);
    add('index.html', () => once(writePage({ day, sections, processors: this.parts.processors.processors })));
    add('manifest.json', () => once(`${JSON.stringify({ madeOn: day, files: [...sums] }, null, 2)}\n`));
    zip.end();
    const output = zip.outputStream as Readable;
    zip.on('error', (error: Error) => output.destroy(error));
    for await (const chunk of output) yield chunk as Buffer;
  }

  private async sheets(manager: EntityManager, accountId: string): Promise<Sheet[]> {
    const types = await columnTypes(manager);
    const tables = this.parts.kept.exported().map((table): Sheet => {
      const columns = table.columns.map(({ column, name, what, sealed }) => ({
        name,
        what,
        type: sealed === 'json' ? ('object' as const) : (types.get(`${table.table}.${column}`) ?? 'string'),
      }));
      const section = sectionOf(table.table, table.topic, columns, table);
      const rows = () => this.rowsOf(manager, table, accountId, section);
      return { name: table.table, topic: table.topic, columns, section, rows };
    });
    const listed = (await this.listed(manager, accountId)).map((list): Sheet => {
      const section = sectionOf(list.name, list.topic, list.columns, null);
      const rows = async function* () {
        begin(section);
        remember(section, list.rows);
        yield list.rows;
      };
      return { name: list.name, topic: list.topic, columns: list.columns, section, rows };
    });
    return [...tables, ...listed];
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
      `DECLARE archived NO SCROLL CURSOR FOR SELECT ${columns.join(', ')} FROM ${table.table}
       WHERE ${ownedBy(table)} ORDER BY ${order}`,
      [accountId],
    );
    for (;;) {
      const rows = await manager.query<Row[]>(`FETCH ${ROWS_AT_A_TIME} FROM archived`);
      const shown = sealed ? rows.map((row) => this.opened(table, row)) : rows;
      remember(section, shown);
      yield shown;
      if (rows.length < ROWS_AT_A_TIME) break;
    }
    await manager.query('CLOSE archived');
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

  private async count(manager: EntityManager, accountId: string): Promise<number> {
    let count = 0;
    for (const table of this.parts.kept.exported()) {
      const [row] = await manager.query<{ count: number }[]>(
        `SELECT count(*)::integer AS count FROM ${table.table} WHERE ${ownedBy(table)}`,
        [accountId],
      );
      count += row?.count ?? 0;
    }
    return count;
  }

  /** What stands in Redis and in the queue. */
  private async listed(manager: EntityManager, accountId: string): Promise<Listed[]> {
    const { writer, sessions, outbox } = this.parts;
    const addresses = await writer.entries(`account:${accountId}`);
    const mails = await outbox.waitingFor(manager, accountId);
    return [
      {
        name: 'addresses',
        topic: 'addresses',
        columns: [
          { name: 'address', what: 'address or prefix', type: 'string' },
          { name: 'region', what: 'region whose relays it gets', type: 'string' },
          { name: 'label', what: 'what the person calls it', type: 'string' },
          { name: 'lastDay', what: 'last day on which it is answered; empty: no end', type: 'string' },
        ],
        rows: addresses.map(({ prefix, region, label, lastDay }) => ({
          address: prefix.text,
          region,
          label,
          lastDay,
        })),
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

function ownedBy({ by }: ExportedTable): string {
  if (by === 'email') return 'email = (SELECT email FROM account WHERE account.id = $1)';
  if (by === 'request_id') return 'request_id IN (SELECT id FROM rights_request WHERE account_id = $1)';
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

function sectionOf(
  name: string,
  topic: Topic,
  columns: Sheet['columns'],
  table: ExportedTable | null,
): Section {
  const first = table?.columns[0];
  return {
    name,
    topic,
    columns,
    purposes: [...new Set(table?.columns.map(({ purpose }) => purpose) ?? [])],
    lifetime: first?.lifetime ?? null,
    withheld: table?.withheld ?? [],
    count: 0,
    rows: [],
  };
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

/**
 * A ZIP file has times of no time zone, and the library writes those of its own: so it gets noon there, which no zone leaves
 * out when its clocks change.
 */
function noonOf(day: Day): Date {
  const [year = 0, month = 0, date = 0] = day.split('-').map(Number);
  return new Date(year, month - 1, date, 12);
}
