import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { to } from 'pg-copy-streams';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Day, daysAfter, monthOf } from '../../src/lib/calendar.js';
import { Keyring } from '../../src/secrets/keyring.js';
import { UsageClosing } from '../../src/services/usage/day-closing.js';
import { UsageReportService } from '../../src/services/usage/reports.js';
import { dayPartition, monthPartition } from '../../src/services/usage/storage.js';
import type { UsageRow } from '../../src/usage-reporter/report.js';
import { type UsageDatabase, usageDatabase } from '../support/stores/usage-database.js';

const DAY = '2028-02-29' as Day;
const OPEN_DAYS = 3;
const WHILE_OPEN = Date.parse(daysAfter(DAY, 1));
const WHEN_CLOSED = Date.parse(daysAfter(DAY, OPEN_DAYS + 1));

/** The same in every run, so that bytes can be compared. */
const uuid = (kind: number, index: number) =>
  `${kind}${String(index * 7919).padStart(7, '0')}-0000-4000-8000-000000000000`;
/** Enough for cells of service quality. */
const ACCOUNTS = Array.from({ length: 25 }, (_, index) => uuid(1, (index * 11) % 25));
const HANDLES = ACCOUNTS.map((_, index) => uuid(2, (index * 7) % 25));

/** Two of them are in the same place, so that a person can have used both on one day. */
const NODES = [
  { id: uuid(3, 1), location: 'us-new-york' },
  { id: uuid(3, 2), location: 'us-new-york' },
  { id: uuid(3, 3), location: 'de-frankfurt' },
];
const PARTS = [1, 2, 3];

let database: UsageDatabase;
let reports: UsageReportService;
let closing: UsageClosing;
beforeAll(async () => {
  database = await usageDatabase();
  const keyring = new Keyring(Buffer.alloc(32, 1));
  reports = new UsageReportService({ usagePool: database.pool, keyring, usage: { openDays: OPEN_DAYS } });
  closing = new UsageClosing(database.pool, OPEN_DAYS);
  await database.query(
    `INSERT INTO account (id, email, password_hash, role)
     SELECT id, id || '@example.com', '', 'user' FROM unnest($1::uuid[]) AS id`,
    [ACCOUNTS],
  );
  await database.query(
    `UPDATE usage_handle SET handle = fixed.handle
     FROM unnest($1::uuid[], $2::uuid[]) AS fixed (account_id, handle)
     WHERE usage_handle.account_id = fixed.account_id`,
    [ACCOUNTS, HANDLES],
  );
});
afterAll(() => database?.drop());
beforeEach(empty);

async function empty(): Promise<void> {
  await database.query(`DROP TABLE IF EXISTS ${dayPartition(DAY)}, ${monthPartition(monthOf(DAY))}`);
  await database.query('TRUNCATE usage_report, service_quality');
}

/** All that a person did, as far as anybody counts: how much through which node. */
type Event = Omit<UsageRow, 'location'> & { readonly node: number };

const event = fc
  .record({
    handle: fc.constantFrom(...HANDLES),
    node: fc.nat(NODES.length - 1),
    country: fc.constantFrom('DE', 'AT', 'ZZ'),
    provider: fc.constantFrom(0, 64496),
    megabytes: fc.nat(5_000_000),
    connected: fc.boolean(),
  })
  .map((each): Event => ({ ...each, megabytes: each.connected ? each.megabytes : 0 }));

/** A day on which everybody used one location at least. */
const day = fc
  .tuple(fc.array(fc.boolean(), { minLength: 25, maxLength: 25 }), fc.array(event, { maxLength: 60 }))
  .map(([connected, others]): Event[] => [
    ...HANDLES.map((handle, index) => {
      const used = connected[index] === true;
      return { handle, node: 0, country: 'DE', provider: 64496, megabytes: used ? 7 : 0, connected: used };
    }),
    ...others,
  ]);

/** How the events of a day reach the gateway: in which order, in which part, from which of the nodes in their place. */
interface Way {
  readonly order: readonly number[];
  readonly part: readonly number[];
  readonly otherNode: readonly boolean[];
  /** For each report, by its number: whether a wrong one came first, and whether it came twice. */
  readonly corrected: readonly boolean[];
  readonly repeated: readonly boolean[];
  /** Which report comes when; and whether all are sent at once. */
  readonly reportOrder: readonly number[];
  readonly together: boolean;
}

const REPORTS = NODES.length * PARTS.length;

const wayFor = (events: readonly Event[]): fc.Arbitrary<Way> => {
  const many = <T>(each: fc.Arbitrary<T>, count: number) =>
    fc.array(each, { minLength: count, maxLength: count });
  return fc.record({
    order: fc.shuffledSubarray([...events.keys()], { minLength: events.length }),
    part: many(fc.constantFrom(...PARTS), events.length),
    otherNode: many(fc.boolean(), events.length),
    corrected: many(fc.boolean(), REPORTS),
    repeated: many(fc.boolean(), REPORTS),
    reportOrder: fc.shuffledSubarray([...Array(REPORTS).keys()], { minLength: REPORTS }),
    together: fc.boolean(),
  });
};

const plain = (events: readonly Event[]): Way => ({
  order: [...events.keys()],
  part: events.map(() => 1),
  otherNode: events.map(() => false),
  corrected: Array(REPORTS).fill(false),
  repeated: Array(REPORTS).fill(false),
  reportOrder: [...Array(REPORTS).keys()],
  together: false,
});

/** Reports the day in one way, and closes it. */
async function live(events: readonly Event[], way: Way): Promise<{ usage: string; quality: string }> {
  await empty();
  const rowsOf = new Map<number, UsageRow[]>();
  for (const index of way.order) {
    const { node, ...row } = events[index]!;
    const from = node < 2 && way.otherNode[index] ? 1 - node : node;
    const report = from * PARTS.length + way.part[index]! - 1;
    rowsOf.set(report, [...(rowsOf.get(report) ?? []), { ...row, location: NODES[from]!.location }]);
  }
  const sending = way.reportOrder.map((report) => () => send(report, rowsOf.get(report) ?? [], way));
  if (way.together) await Promise.all(sending.map((each) => each()));
  else for (const each of sending) await each();
  expect(await closing.closeDays(WHEN_CLOSED)).toBe(1);
  return {
    usage: await copied(monthPartition(monthOf(DAY))),
    quality: await copied('service_quality'),
  };
}

async function send(number: number, rows: readonly UsageRow[], way: Way): Promise<void> {
  const node = NODES[Math.floor(number / PARTS.length)]!;
  const part = (number % PARTS.length) + 1;
  const record = async (revision: number, sent: readonly UsageRow[]) =>
    expect(
      await reports.record(node, { day: DAY, part, revision, rows: sent }, () => WHILE_OPEN),
    ).toMatchObject({ ok: true });
  if (way.corrected[number]) await record(1, rows.slice(1).map(wrong));
  await record(2, rows);
  if (way.repeated[number]) await record(2, [...rows].reverse());
}

const wrong = (row: UsageRow): UsageRow => ({ ...row, country: 'CH', provider: 64511 });

/** The table's rows as they lie in it. */
async function copied(table: string): Promise<string> {
  const client = await database.pool.connect();
  try {
    return (await buffer(client.query(to(`COPY ${table} TO STDOUT`)))).toString();
  } finally {
    client.release();
  }
}

it('a closed day is the same, byte for byte, in whatever order and in whichever reports it came', async () => {
  let cells = 0;
  await fc.assert(
    fc.asyncProperty(
      day.chain((events) => fc.tuple(fc.constant(events), wayFor(events))),
      async ([events, way]) => {
        const expected = await live(events, plain(events));
        cells += expected.quality.length;
        expect(expected.usage).not.toBe('');
        expect(await live(events, way)).toEqual(expected);
      },
    ),
    { numRuns: 25 },
  );
  expect(cells).toBeGreaterThan(0);
});

it('a report lies in its table in an order that does not depend on that of its rows', async () => {
  const node = NODES[0]!;
  await fc.assert(
    fc.asyncProperty(
      day.chain((events) =>
        fc.tuple(fc.constant(events), fc.shuffledSubarray([...events.keys()], { minLength: events.length })),
      ),
      async ([events, order]) => {
        const reported = async (indexes: Iterable<number>) => {
          await empty();
          const rows = [...indexes].map((index) => {
            const { node: _, ...row } = events[index]!;
            return { ...row, location: node.location };
          });
          const report = { day: DAY, part: 1, revision: 1, rows };
          expect(await reports.record(node, report, () => WHILE_OPEN)).toEqual({
            ok: true,
            value: 'counted',
          });
          return copied(dayPartition(DAY));
        };
        expect(await reported(order)).toBe(await reported(events.keys()));
      },
    ),
    { numRuns: 15 },
  );
});
