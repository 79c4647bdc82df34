// How an account has used the VPN: by day, month, location, country and provider. Postgres is asked once, so that a day that
// is closed at this moment is seen either open or closed, and whole.
import type { UsageConfig } from '../../config/gateway.js';
import type { Statements } from '../../db/statements.js';
import { type DayRangeError, isDayRange } from '../../input/day-range.js';
import { type Day, daysBetween, type Month, monthOf, today } from '../../lib/calendar.js';
import type { Location, Locations } from './locations.js';
import { firstKeptDay, firstOpenDay } from './storage.js';

/**
 * Usage of an account ($1) from a day ($2) to a day ($3), both included, in any order; days are counted from $2. Postgres
 * plans it once for each connection: with a partition for each month, planning costs more than reading.
 */
function usageStatement(name: string, names: readonly string[]) {
  const part = (table: string) => `SELECT day, ${names.join(', ')} FROM ${table}
      WHERE account_id = $1 AND day BETWEEN $2 AND $3`;
  // Each column comes as one array, which costs Postgres and its reader a fraction of what rows do.
  const columns = ['day - $2::date', ...names].map((name) => `array_agg(${name})`);
  const text = `
    SELECT json_build_array(${columns.join(', ')}) AS columns FROM (
      ${part('usage_day')} UNION ALL ${part('usage_report_row')}
    ) AS used`;
  return { name, text };
}

/** What totals, days and months are made of. */
const BY_DAY = usageStatement('usage-by-day', ['megabytes', 'connected']);

/** Breakdowns want the rest, too. */
export const USAGE = usageStatement('usage', ['megabytes', 'connected', 'location', 'country', 'provider']);

type Row = readonly [
  dayIndex: number,
  megabytes: number,
  connected: boolean,
  location: string,
  country: string,
  provider: number,
];

/** `megabytes`: whole MB of 1,000,000 bytes, in both directions. */
interface Share {
  readonly daysConnected: number;
  readonly megabytes: number;
}

export interface DayUsageView {
  readonly day: Day;
  readonly connected: boolean;
  readonly megabytes: number;
}

interface Period {
  readonly from: Day;
  readonly to: Day;
  /** The first day that may yet change. */
  readonly openFrom: Day;
  /** The first day of which usage is kept. */
  readonly keptFrom: Day;
}

/** Breakdowns are computed when they are read. */
export class UsageSummary implements Period, Share {
  readonly from: Day;
  readonly to: Day;
  readonly openFrom: Day;
  readonly keptFrom: Day;
  /** Every day from the first to the last. */
  readonly byDay: readonly DayUsageView[];
  readonly daysConnected: number;
  readonly megabytes: number;

  constructor(
    period: Period,
    private readonly rows: readonly Row[],
    private readonly locations: Locations,
  ) {
    this.from = period.from;
    this.to = period.to;
    this.openFrom = period.openFrom;
    this.keptFrom = period.keptFrom;
    this.byDay = daysOf(period, rows);
    this.daysConnected = this.byDay.filter(({ connected }) => connected).length;
    this.megabytes = this.byDay.reduce((sum, { megabytes }) => sum + megabytes, 0);
  }

  /** Every month that the days lie in. */
  get byMonth(): (Share & { readonly month: Month })[] {
    const months = new Map<Month, { month: Month; daysConnected: number; megabytes: number }>();
    for (const { day, connected, megabytes } of this.byDay) {
      const month = monthOf(day);
      const { daysConnected, megabytes: before } = months.get(month) ?? { daysConnected: 0, megabytes: 0 };
      months.set(month, {
        month,
        daysConnected: daysConnected + Number(connected),
        megabytes: before + megabytes,
      });
    }
    return [...months.values()];
  }

  /** Most data first, as in all breakdowns. */
  get byLocation(): (Share & { readonly location: Location })[] {
    const shares = sharesBy(this.rows, ([, , , location]) => location);
    return shares.map(([id, share]) => ({ location: this.locations.describe(id), ...share }));
  }

  get byCountry(): (Share & { readonly country: string })[] {
    const shares = sharesBy(this.rows, ([, , , , country]) => country);
    return shares.map(([country, share]) => ({ country, ...share }));
  }

  get byProvider(): (Share & { readonly provider: number })[] {
    const shares = sharesBy(this.rows, ([, , , , , provider]) => provider);
    return shares.map(([provider, share]) => ({ provider, ...share }));
  }
}

export class UsageService {
  private readonly reads: Statements;
  private readonly config: UsageConfig;
  private readonly locations: Locations;
  private readonly now: () => number;

  /** `now`: milliseconds since the epoch. */
  constructor(options: {
    reads: Statements;
    usage: UsageConfig;
    locations: Locations;
    now?: () => number;
  }) {
    this.reads = options.reads;
    this.config = options.usage;
    this.locations = options.locations;
    this.now = options.now ?? Date.now;
  }

  /**
   * 'invalid-range' unless these are 1 to 400 days in their order, 'not-over' when the last one is today (UTC) or later;
   * null when there is a summary of them.
   */
  rangeErrorOf(from: Day, to: Day): DayRangeError | null {
    if (!isDayRange(from, to)) return 'invalid-range';
    return to >= today(this.now()) ? 'not-over' : null;
  }

  /**
   * From the first day to the last, both included. An account that is not there has used nothing. `breakdowns`: whether
   * those by location, country and provider are wanted; they are empty otherwise.
   */
  async summary(
    accountId: string,
    from: Day,
    to: Day,
    { breakdowns = true }: { breakdowns?: boolean } = {},
  ): Promise<UsageSummary | DayRangeError> {
    const now = this.now();
    const userError = this.rangeErrorOf(from, to);
    if (userError !== null) return userError;
    const statement = breakdowns ? USAGE : BY_DAY;
    const [used] = await this.reads.run<{ columns: UsedColumns }>(statement, [accountId, from, to]);
    const openFrom = firstOpenDay(this.config.openDays, now);
    const keptFrom = firstKeptDay(this.config.months, now);
    return new UsageSummary({ from, to, openFrom, keptFrom }, rowsOf(used!.columns), this.locations);
  }
}

/** Null when there are no rows. */
type UsedColumns = readonly (readonly unknown[] | null)[];

function rowsOf([first, ...others]: UsedColumns): Row[] {
  return (first ?? []).map(
    (value, row) => [value, ...others.map((column) => column![row])] as unknown as Row,
  );
}

function daysOf({ from, to }: Period, rows: readonly Row[]): DayUsageView[] {
  const days = daysBetween(from, to).map((day) => ({ day, connected: false, megabytes: 0 }));
  for (const [index, megabytes, connected] of rows) {
    const day = days[index]!;
    day.megabytes += megabytes;
    day.connected ||= connected;
  }
  return days;
}

/** Most data first; what is alike in that, by key. */
function sharesBy<Key extends string | number>(
  rows: readonly Row[],
  keyOf: (row: Row) => Key,
): [Key, Share][] {
  const shares = new Map<Key, { connected: Set<number>; megabytes: number }>();
  for (const row of rows) {
    const [dayIndex, megabytes, connected] = row;
    const key = keyOf(row);
    let share = shares.get(key);
    if (share === undefined) {
      share = { connected: new Set(), megabytes: 0 };
      shares.set(key, share);
    }
    share.megabytes += megabytes;
    // A day counts once, whatever else was used on it.
    if (connected) share.connected.add(dayIndex);
  }
  return [...shares]
    .sort(([a, first], [b, second]) => second.megabytes - first.megabytes || (a < b ? -1 : 1))
    .map(([key, { connected, megabytes }]) => [key, { daysConnected: connected.size, megabytes }]);
}
