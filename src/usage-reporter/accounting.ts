// Turns a VPN node's accounting into a usage report: addresses become a country and a provider, bytes become MB. The report
// reveals neither an address nor the order of the lines.
import type { Readable } from 'node:stream';
import type { Day } from '../lib/calendar.js';
import { csvRecords, LineErrors } from '../lib/csv.js';
import { type Address, formatAddress, parseAddress } from '../lib/ip.js';
import { isUuid } from '../lib/uuid.js';
import type { Networks } from './networks.js';
import { MAX_MEGABYTES, MAX_PARTS, MAX_ROWS, type UsageReport, type UsageRow } from './report.js';

const COLUMNS = { required: ['handle', 'source', 'bytes'], optional: ['connected'] } as const;
type Line = Record<(typeof COLUMNS.required)[number] | (typeof COLUMNS.optional)[number], string>;

const MEGABYTE = 1_000_000;
/** The most that a report states. Sums are capped at it, so that every sum is an exact number. */
const MAX_BYTES = MAX_MEGABYTES * MEGABYTE;

/** The most rows of a day. */
const MAX_REPORTED = MAX_ROWS * MAX_PARTS;

interface Connection extends Pick<UsageRow, 'handle' | 'connected'> {
  readonly address: Address;
  readonly bytes: number;
}

/** The sum for one row of the report. */
interface Total extends Pick<UsageRow, 'handle' | 'country' | 'provider'> {
  bytes: number;
  connected: boolean;
}

/**
 * The rows of the report, in the order of their key. `input`: CSV with the columns `handle` (the account's usage handle),
 * `source` (the address that it connected from), `bytes` (in both directions) and optionally `connected` (`true`, or `false`
 * for attempts that failed; the default is `true`). Bytes are summed and then rounded to the nearest MB, half up. `onLine` is
 * called with the number of each line. Rejects with CsvFileError, which has every invalid line.
 */
export async function usageOf(
  input: Readable,
  location: string,
  networks: Networks,
  onLine: (line: number) => void = () => {},
): Promise<UsageRow[]> {
  const totals = new Map<string, Total>();
  const errors = new LineErrors();
  for await (const { line, record } of csvRecords(input, COLUMNS, errors)) {
    onLine(line);
    const connection = read(record);
    if (typeof connection === 'string') errors.add(line, connection);
    else add(totals, connection, networks);
    if (totals.size > MAX_REPORTED) errors.add(line, `There are more than ${MAX_REPORTED} rows to report.`);
  }
  errors.throwIfAny('nothing was reported');
  return [...totals]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, { handle, country, provider, bytes, connected }]) => {
      const megabytes = connected ? Math.floor((bytes + MEGABYTE / 2) / MEGABYTE) : 0;
      return { handle, location, country, provider, megabytes, connected };
    });
}

/**
 * The parts of the day's report, at least `least` of them, numbered from 1. A part without rows replaces the rows of an
 * earlier revision of that part, which would otherwise still count.
 */
export function reportsOf(
  rows: readonly UsageRow[],
  { day, revision, least }: { readonly day: Day; readonly revision: number; readonly least: number },
): UsageReport[] {
  const parts = Math.max(least, Math.ceil(rows.length / MAX_ROWS));
  return Array.from({ length: parts }, (_, index) => ({
    day,
    part: index + 1,
    revision,
    rows: rows.slice(index * MAX_ROWS, (index + 1) * MAX_ROWS),
  }));
}

/** The connection of a line, or what is wrong with the line. The message never repeats its values. */
function read({ handle, source, bytes, connected }: Line): Connection | string {
  if (!isUuid(handle)) return 'The handle is not a usage handle (a UUID).';
  const address = parseAddress(source);
  if (address === null) return 'The source is not an IP address.';
  if (!/^\d{1,16}$/.test(bytes) || !Number.isSafeInteger(Number(bytes)))
    return 'The bytes must be a whole number below 2^53.';
  if (!['', 'true', 'false'].includes(connected)) return 'Connected must be true or false.';
  return { handle: handle.toLowerCase(), address, bytes: Number(bytes), connected: connected !== 'false' };
}

function add(totals: Map<string, Total>, connection: Connection, networks: Networks): void {
  const { handle, address, bytes, connected } = connection;
  // An IPv4-mapped IPv6 address is looked up as the IPv4 address.
  const { country, provider } = networks.of(formatAddress(address));
  const key = `${handle} ${country} ${String(provider).padStart(8, '0')}`;
  const total = totals.get(key) ?? { handle, country, provider, bytes: 0, connected: false };
  total.bytes = Math.min(total.bytes + Math.min(bytes, MAX_BYTES), MAX_BYTES);
  total.connected ||= connected;
  totals.set(key, total);
}
