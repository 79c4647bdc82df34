// Reports of usage from VPN nodes: each counts once, a correction takes its predecessor's place, and what is kept says
// neither which node reported nor in which order.
import { finished } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import type { Pool, PoolClient } from 'pg';
import { from } from 'pg-copy-streams';
import { inTransaction } from '../../db/transaction.js';
import { isUserError } from '../../input/listing.js';
import { done, type Outcome, refused, type UserError } from '../../input/user-error.js';
import { type Day, daysFrom, today } from '../../lib/calendar.js';
import type { Keyring } from '../../secrets/keyring.js';
import { MAX_PARTS, MAX_REVISION, type UsageReport } from '../../usage-reporter/report.js';
import {
  COLUMNS,
  copyData,
  HANDLE_AND_ACCOUNT,
  handlesIn,
  ROW,
  sorted,
  summed,
  UUID,
  uuidArray,
  withAccounts,
} from './packed-rows.js';
import { checkRows } from './report-rows.js';
import { firstOpenDay, lockAccounts, lockDay, makeDayPartition } from './storage.js';
import type { ReportingNode } from './vpn-nodes.js';

/** What became of a report: it is new, or has come before, or takes the place of an earlier revision. */
export type Recorded = 'counted' | 'repeated' | 'replaced';

/** As it comes: its rows can be anything. */
export type RawReport = Omit<UsageReport, 'rows'> & { readonly rows: readonly unknown[] };

/** What is written of a report, beside its rows. */
interface ReportEntry {
  /** 16 bytes. */
  readonly id: Buffer;
  readonly day: Day;
  readonly revision: number;
  readonly digest: string;
}

export class UsageReportService {
  constructor(
    private readonly parts: {
      readonly usagePool: Pool;
      readonly keyring: Keyring;
      readonly usage: { readonly openDays: number };
    },
  ) {}

  /**
   * All of the report, or nothing. Rows of handles that are nobody's, and of accounts that object to statistics, are left
   * out, and the node is not notified. `now`: milliseconds since the epoch.
   */
  async record(
    node: ReportingNode,
    report: RawReport,
    now: () => number = Date.now,
  ): Promise<Outcome<Recorded>> {
    const { usagePool, keyring } = this.parts;
    const { day, part, revision } = report;
    const userErrors = [...numberErrors(report), this.dayError(day, now())].filter(isUserError);
    if (userErrors.length > 0) return refused(...userErrors);
    const checked = checkRows(report.rows, node.location);
    if (!checked.ok) return checked;
    const rows = sorted(checked.value, ROW);
    const entry = {
      id: reportId(keyring.digest('usage-report', `${node.id} ${day} ${part}`)),
      day,
      revision,
      digest: keyring.digest('usage-report', rows),
    };
    await makeDayPartition(usagePool, day);
    return inTransaction(usagePool, async (client) => {
      await lockDay(client, day, 'shared');
      // The day may have been closed while this waited.
      const late = this.dayError(day, now());
      if (late !== null) return refused(late);
      await lockAccounts(client, 'shared');
      const outcome = await enter(client, entry);
      if (!outcome.ok || outcome.value === 'repeated') return outcome;
      if (outcome.value === 'replaced') {
        await client.query('DELETE FROM usage_report_row WHERE day = $1 AND report_id = $2', [day, entry.id]);
      }
      await copyRows(client, entry, node.location, rows);
      return outcome;
    });
  }

  private dayError(day: Day, now: number): UserError | null {
    if (day >= today(now)) return { field: 'day', code: 'USAGE_DAY_NOT_OVER' };
    const closed = day < firstOpenDay(this.parts.usage.openDays, now);
    return closed ? { field: 'day', code: 'USAGE_DAY_CLOSED' } : null;
  }
}

function numberErrors({ part, revision }: RawReport): (UserError | null)[] {
  return [
    part >= 1 && part <= MAX_PARTS ? null : { field: 'part', code: 'PART_OUT_OF_RANGE' },
    revision >= 1 && revision <= MAX_REVISION ? null : { field: 'revision', code: 'REVISION_OUT_OF_RANGE' },
  ];
}

/** A UUID of version 8 (RFC 9562 section 5.8) that nobody can make again without the key. */
function reportId(digest: string): Buffer {
  const bytes = Buffer.from(digest, 'base64url').subarray(0, UUID);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes;
}

/** Of two that come at once, the second waits here until the first is whole. */
async function enter(client: PoolClient, entry: ReportEntry): Promise<Outcome<Recorded>> {
  const { id, day, revision, digest } = entry;
  const { rowCount } = await client.query(
    `INSERT INTO usage_report (id, day, revision, digest) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING`,
    [id, day, revision, digest],
  );
  if (rowCount === 1) return done('counted');
  const { rows } = await client.query<{ revision: number; digest: string }>(
    'SELECT revision, digest FROM usage_report WHERE id = $1 FOR UPDATE',
    [id],
  );
  const known = rows[0]!;
  if (revision < known.revision) return refused({ field: 'revision', code: 'REVISION_OLD' });
  if (revision === known.revision) {
    return digest === known.digest
      ? done('repeated')
      : refused({ field: 'revision', code: 'REVISION_TAKEN' });
  }
  await client.query('UPDATE usage_report SET revision = $2, digest = $3 WHERE id = $1', [
    id,
    revision,
    digest,
  ]);
  return done('replaced');
}

/** `rows`: sorted, by handle. */
async function copyRows(
  client: PoolClient,
  { id, day }: ReportEntry,
  location: string,
  rows: Buffer,
): Promise<void> {
  const pairs = sorted(await accountsOf(client, handlesIn(rows), day), HANDLE_AND_ACCOUNT);
  const byAccount = withAccounts(rows, pairs);
  // Other requests need not wait for all of this.
  await setImmediate();
  const data = copyData(summed(sorted(byAccount, ROW)), [id, dateBytes(day), Buffer.from(location)]);
  const columns = ['report_id', 'day', 'location', ...COLUMNS].join();
  const stream = client.query(from(`COPY usage_report_row (${columns}) FROM STDIN (FORMAT binary)`));
  stream.end(data);
  await finished(stream);
}

/**
 * Those of the handles that are anybody's whose usage may be written, each with its account. A handle that was retired is
 * valid for the days up to that one.
 */
async function accountsOf(client: PoolClient, handles: Buffer, day: Day): Promise<Buffer> {
  const { rows } = await client.query<{ pairs: Buffer | null }>(
    `SELECT string_agg(uuid_send(handle) || uuid_send(account_id), '') AS pairs
     FROM usage_handle
     WHERE handle = ANY ($1::uuid[]) AND (retired_on IS NULL OR retired_on >= $2)
       AND account_id NOT IN (SELECT id FROM account WHERE objects_to_statistics OR restricts_processing)`,
    [uuidArray(handles), day],
  );
  return rows[0]?.pairs ?? Buffer.alloc(0);
}

/** As Postgres receives a `date`: days since 2000-01-01. */
function dateBytes(day: Day): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(daysFrom('2000-01-01' as Day, day) - 1);
  return bytes;
}
