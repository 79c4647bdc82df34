// Usage that is stored already, for tests that are not about reporting it.
import { randomUUID } from 'node:crypto';
import { openBulkPool } from '../../../src/db/bulk-pool.js';
import { type Day, monthOf } from '../../../src/lib/calendar.js';
import { makeDayPartition, makeMonthPartition } from '../../../src/services/usage/storage.js';

export interface StoredUsage {
  readonly accountId: string;
  readonly day: Day;
  readonly location?: string;
  readonly country?: string;
  readonly provider?: number;
  readonly megabytes?: number;
  readonly connected?: boolean;
}

/** Writes rows of closed days, or, as one report each, of open ones. */
export async function storeUsage(
  databaseUrl: string,
  state: 'closed' | 'open',
  rows: readonly StoredUsage[],
): Promise<void> {
  const pool = openBulkPool(databaseUrl);
  try {
    for (const row of rows) {
      const { accountId, day, location = 'us-new-york', country = 'US', provider = 64496 } = row;
      const { megabytes = 100, connected = true } = row;
      const values = [accountId, day, location, country, provider, megabytes, connected];
      const columns = 'account_id, day, location, country, provider, megabytes, connected';
      if (state === 'closed') {
        await makeMonthPartition(pool, monthOf(day));
        await pool.query(`INSERT INTO usage_day (${columns}) VALUES ($1, $2, $3, $4, $5, $6, $7)`, values);
      } else {
        await makeDayPartition(pool, day);
        await pool.query(
          `INSERT INTO usage_report_row (${columns}, report_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
          [...values, reportId()],
        );
      }
    }
  } finally {
    await pool.end();
  }
}

/** As reports have them: of version 8. */
export function reportId(): string {
  const random = randomUUID();
  return `${random.slice(0, 14)}8${random.slice(15)}`;
}
