// Where connections fail: numbers of accounts by day, location and provider, as they were written when the day was closed.
// They are never computed again, and all of them are multiples of 20, so that no two of them differ by fewer people.
import type { DataSource } from 'typeorm';
import { isDayRange } from '../../input/day-range.js';
import type { Day } from '../../lib/calendar.js';
import type { Location, Locations } from './locations.js';

export interface QualityView {
  readonly day: Day;
  readonly location: Location;
  /** Number of an autonomous system (RFC 6793); 0: unknown. */
  readonly provider: number;
  /** Accounts that tried to connect, rounded down to a multiple of 20. */
  readonly accounts: number;
  /** Those of them that could not on that day, rounded down likewise. */
  readonly failed: number;
}

export class ServiceQualityService {
  constructor(
    private readonly database: DataSource,
    private readonly locations: Locations,
  ) {}

  /** By day, location and provider, both days included. 'invalid-range' unless they are 1 to 400 in their order. */
  async list(from: Day, to: Day): Promise<QualityView[] | 'invalid-range'> {
    if (!isDayRange(from, to)) return 'invalid-range';
    const rows = await this.database.query<(Omit<QualityView, 'location'> & { location: string })[]>(
      `SELECT day::text, location, provider, accounts, failed FROM service_quality
       WHERE day BETWEEN $1 AND $2 ORDER BY service_quality.day, location, provider`,
      [from, to],
    );
    return rows.map((row) => ({ ...row, location: this.locations.describe(row.location) }));
  }
}
