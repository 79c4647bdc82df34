// How fast reports come in: rows in reports of 50,000 over the API, against a bare COPY of as many like them into
// the same table, in turns.
import { randomInt, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { type Day, daysAfter, today } from '../../src/lib/calendar.js';
import { MAX_ROWS, type UsageReport, type UsageRow } from '../../src/usage-reporter/report.js';
import { GraphqlClient, requestBody } from './http.js';
import type { StoredPeople } from './stored.js';

const REPORTS_OF_A_TURN = 10;
/** Reports on their way at a time, as several nodes would send them. */
const IN_FLIGHT = 3;
export const LOCATION = 'us-new-york';
const COUNTRIES = ['US', 'DE', 'GB', 'JP', 'FR'];
const RECORD =
  'mutation ($input: RecordUsageInput!) { recordUsage(input: $input) { outcome userErrors { code field } } }';

export interface IngestFigures {
  readonly rows: number;
  /** Rows a second. */
  readonly reported: number;
  readonly copied: number;
}

export async function measureIngest(options: {
  graphqlUrl: string;
  databaseUrl: string;
  /** Of a node at LOCATION. */
  token: string;
  people: StoredPeople;
  /** Of REPORTS_OF_A_TURN each way. */
  turns: number;
}): Promise<IngestFigures> {
  const { graphqlUrl, databaseUrl, token, people, turns } = options;
  const node = new GraphqlClient(`${graphqlUrl}/vpn-node`, token);
  const database = new pg.Client({ connectionString: databaseUrl });
  await database.connect();
  const seconds = { reported: 0, copied: 0 };
  let part = 0;
  try {
    for (let turn = 0; turn < turns; turn += 1) {
      const reports = Array.from({ length: REPORTS_OF_A_TURN }, () => reportOf(people, ++part));
      const bodies = reports.map((input) => requestBody(RECORD, { input }));
      const lines = copyLines(people, reports);
      const report = async () => {
        seconds.reported += await timed(() => sendAll(node, bodies));
      };
      const copy = async () => {
        seconds.copied += await timed(() => copyAll(database, lines));
      };
      for (const side of turn % 2 === 0 ? [report, copy] : [copy, report]) await side();
      console.error(
        `  turn ${turn + 1} of ${turns}: ${part * rowsOfReport(people.accounts.length)} rows each way …`,
      );
    }
  } finally {
    node.close();
    await database.end();
  }
  const rows = part * rowsOfReport(people.accounts.length);
  return { rows, reported: rows / seconds.reported, copied: rows / seconds.copied };
}

function rowsOfReport(accounts: number): number {
  return Math.min(MAX_ROWS, accounts);
}

/** The open days in turn: yesterday, and the two days before. */
function dayOf(part: number): Day {
  return daysAfter(today(), -1 - (part % 3));
}

/** A report of other accounts each time, in no order: a node names an account once. */
function reportOf({ accounts }: StoredPeople, part: number): UsageReport {
  const count = rowsOfReport(accounts.length);
  const first = part * count;
  const rows = Array.from({ length: count }, (_, index): UsageRow => {
    const { handle } = accounts[(first + index) % accounts.length]!;
    return {
      handle,
      location: LOCATION,
      country: COUNTRIES[randomInt(COUNTRIES.length)]!,
      provider: randomInt(1, 400_000),
      megabytes: randomInt(5000),
      connected: true,
    };
  });
  return { day: dayOf(part), part, revision: 1, rows };
}

/** The same rows as COPY takes them, in the order in which the index takes them best. */
function copyLines({ accounts }: StoredPeople, reports: readonly UsageReport[]): Buffer {
  const ids = new Map(accounts.map(({ handle, id }) => [handle, id]));
  const texts = reports.flatMap(({ day, rows }) => {
    const report = reportId();
    const lines = rows.map(
      ({ handle, location, country, provider, megabytes }) =>
        `${ids.get(handle)}\t${report}\t${day}\t${location}\t${country}\t${provider}\t${megabytes}\tt\n`,
    );
    return lines.sort();
  });
  return Buffer.from(texts.join(''));
}

/** A UUID of version 8, as reports have them. */
function reportId(): string {
  const random = randomUUID();
  return `${random.slice(0, 14)}8${random.slice(15)}`;
}

async function sendAll(node: GraphqlClient, bodies: readonly Buffer[]): Promise<void> {
  const waiting = [...bodies];
  const send = async () => {
    for (let body = waiting.shift(); body !== undefined; body = waiting.shift()) {
      const { recordUsage } = (await node.post(body)) as {
        recordUsage: { outcome: string | null; userErrors: { code: string; field: string }[] };
      };
      if (recordUsage.outcome !== 'COUNTED') throw new Error(`refused: ${recordUsage.userErrors[0]?.code}`);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, send));
}

async function copyAll(database: pg.Client, lines: Buffer): Promise<void> {
  const columns = 'account_id, report_id, day, location, country, provider, megabytes, connected';
  await pipeline(
    Readable.from([lines]),
    database.query(copyFrom(`COPY usage_report_row (${columns}) FROM STDIN`)),
  );
}

/** Seconds. */
async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}
