// Turns a VPN node's accounting into what may be reported of it: addresses become a country and a provider, bytes become MB,
// and neither an address nor the order of the lines can be found in the outcome.
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
/** More is not reported, so it need not be summed, and every sum stays an exact number. */
const MAX_BYTES = MAX_MEGABYTES * MEGABYTE;

/** More rows than a day may have. */
const MAX_REPORTED = MAX_ROWS * MAX_PARTS;

interface Connection extends Pick<UsageRow, 'handle' | 'connected'> {
  readonly address: Address;
  readonly bytes: number;
}

/** What is summed up while the accounting is read. */
interface Total extends Pick<UsageRow, 'handle' | 'country' | 'provider'> {
  bytes: number;
  connected: boolean;
}

/**
 * `input`: CSV with the columns `handle` (the account's usage handle), `source` (the address that it connected from),
 * `bytes` (bytes in both directions) and optionally `connected` (`true` or `false`, for tries that failed; `true` when
 * it is left out). `onLine` is called with the number of each line. The rows of the report, in the order of their key; bytes are
 * summed first and then rounded to the nearest MB, half up. Throws CsvFileError with every bad line.
 */
export async function usageOf(
  input: Readable,
  location: string,
  networks: Networks,
  onLine: (line: number) => void = () => {},
): Promise<UsageRow[]> {
  const totals = new Map<string, Total>();
  const faults = new LineErrors();
  for await (const { line, record } of csvRecords(input, COLUMNS, faults)) {
    onLine(line);
    const connection = read(record);
    if (typeof connection === 'string') faults.add(line, connection);
    else add(totals, connection, networks);
    if (totals.size > MAX_REPORTED) faults.add(line, `There are more than ${MAX_REPORTED} rows to report.`);
  }
  faults.throwIfAny('nothing was reported');
  return [...totals]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, { handle, country, provider, bytes, connected }]) => {
      const megabytes = connected ? Math.floor((bytes + MEGABYTE / 2) / MEGABYTE) : 0;
      return { handle, location, country, provider, megabytes, connected };
    });
}

/**
 * The parts of the day's report, at least `least` of them, from 1. A part without rows takes back what an earlier revision of
 * it said, and without it that would count on.
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

/** What a line says, or what is wrong with it, without its values. */
function read({ handle, source, bytes, connected }: Line): Connection | string {
  if (!isUuid(handle)) return 'The handle is no usage handle (a UUID).';
  const address = parseAddress(source);
  if (address === null) return 'The source is no IP address.';
  if (!/^\d{1,16}$/.test(bytes) || !Number.isSafeInteger(Number(bytes)))
    return 'The bytes must be a whole number below 2^53.';
  if (!['', 'true', 'false'].includes(connected)) return 'Connected must be true or false.';
  return { handle: handle.toLowerCase(), address, bytes: Number(bytes), connected: connected !== 'false' };
}

function add(totals: Map<string, Total>, connection: Connection, networks: Networks): void {
  const { handle, address, bytes, connected } = connection;
  // An IPv4 address that is written as an IPv6 one is looked up as what it is.
  const { country, provider } = networks.of(formatAddress(address));
  const key = `${handle} ${country} ${String(provider).padStart(8, '0')}`;
  const total = totals.get(key) ?? { handle, country, provider, bytes: 0, connected: false };
  total.bytes = Math.min(total.bytes + Math.min(bytes, MAX_BYTES), MAX_BYTES);
  total.connected ||= connected;
  totals.set(key, total);
}
