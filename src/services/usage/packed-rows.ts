// Rows of usage as bytes: records of one size one after another, so that 50,000 of them are sorted, mapped to accounts,
// summed and copied into Postgres in milliseconds, without an object or a string for each.
import { MAX_MEGABYTES } from '../../usage-reporter/report.js';

/**
 * A row: whose it is (UUID: first a usage handle, later an account), country (two letters), provider and megabytes (big
 * endian), and whether a connection was made. Records are alike in their first KEY bytes when they are about the same.
 */
export const ROW = 27;
const KEY = 22;
const COUNTRY = 16;
const PROVIDER = 18;
const MEGABYTES = 22;
const CONNECTED = 26;

export const UUID = 16;
/** A usage handle and its account. */
export const HANDLE_AND_ACCOUNT = 2 * UUID;

const NUMBERS = 2 ** 16;

export interface PackedRow {
  /** UUID as text. */
  readonly handle: string;
  readonly country: string;
  readonly provider: number;
  readonly megabytes: number;
  readonly connected: boolean;
}

/** Writes the row at `offset`. */
export function packRow(into: Buffer, offset: number, row: PackedRow): void {
  packUuid(into, offset, row.handle);
  into.write(row.country, offset + COUNTRY, 'latin1');
  into.writeUInt32BE(row.provider, offset + PROVIDER);
  into.writeUInt32BE(row.megabytes, offset + MEGABYTES);
  into[offset + CONNECTED] = row.connected ? 1 : 0;
}

/** Where a UUID has its bytes, of two digits each, and which value each digit has. */
const BYTES = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
const DIGITS = Uint8Array.from({ length: 128 }, (_, code) => Number.parseInt(String.fromCharCode(code), 16));

function packUuid(into: Buffer, offset: number, text: string): void {
  for (let n = 0; n < UUID; n += 1) {
    const at = BYTES[n]!;
    into[offset + n] = (DIGITS[text.charCodeAt(at)]! << 4) | DIGITS[text.charCodeAt(at + 1)]!;
  }
}

/** Records of `size` bytes, at most 65,536 of them, in the order of their bytes. */
export function sorted(records: Buffer, size: number): Buffer {
  const count = records.length / size;
  // A record's first four bytes and its number make one number, and numbers are sorted many times faster than bytes.
  const keys = new Float64Array(count);
  for (let n = 0; n < count; n += 1) keys[n] = records.readUInt32BE(n * size) * NUMBERS + n;
  keys.sort();
  const order = Uint16Array.from(keys, (key) => key % NUMBERS);
  sortAlike(keys, order, (one, other) =>
    records.compare(records, other * size, (other + 1) * size, one * size, (one + 1) * size),
  );
  const result = Buffer.allocUnsafe(records.length);
  order.forEach((from, to) => {
    records.copy(result, to * size, from * size, (from + 1) * size);
  });
  return result;
}

/** Those whose first four bytes are the same stand together already: sorts each such group by all bytes. */
function sortAlike(
  keys: Float64Array,
  order: Uint16Array,
  compare: (one: number, other: number) => number,
): void {
  const prefix = (at: number) => Math.floor(keys[at]! / NUMBERS);
  for (let start = 0, end = 1; start < keys.length; start = end, end += 1) {
    while (end < keys.length && prefix(end) === prefix(start)) end += 1;
    if (end - start > 1) order.subarray(start, end).sort(compare);
  }
}

/** The handles in sorted rows, each once. */
export function handlesIn(rows: Buffer): Buffer {
  const handles = Buffer.allocUnsafe((rows.length / ROW) * UUID);
  let end = 0;
  for (let at = 0; at < rows.length; at += ROW) {
    if (at > 0 && rows.compare(rows, at, at + UUID, at - ROW, at - ROW + UUID) === 0) continue;
    end += rows.copy(handles, end, at, at + UUID);
  }
  return handles.subarray(0, end);
}

/** Sorted rows by handle as rows by account; without those whose handle is not among the sorted pairs. */
export function withAccounts(rows: Buffer, pairs: Buffer): Buffer {
  const result = Buffer.allocUnsafe(rows.length);
  let end = 0;
  let pair = 0;
  for (let at = 0; at < rows.length; at += ROW) {
    let order = -1;
    while (pair < pairs.length) {
      order = pairs.compare(rows, at, at + UUID, pair, pair + UUID);
      if (order >= 0) break;
      pair += HANDLE_AND_ACCOUNT;
    }
    if (order !== 0) continue;
    end += pairs.copy(result, end, pair + UUID, pair + HANDLE_AND_ACCOUNT);
    end += rows.copy(result, end, at + UUID, at + ROW);
  }
  return result.subarray(0, end);
}

/** Sorted rows, with those that are about the same summed up: there is one row for each. */
export function summed(rows: Buffer): Buffer {
  const result = Buffer.allocUnsafe(rows.length);
  let end = 0;
  for (let at = 0; at < rows.length; at += ROW) {
    const last = end - ROW;
    if (last < 0 || rows.compare(result, last, last + KEY, at, at + KEY) !== 0) {
      end += rows.copy(result, end, at, at + ROW);
      continue;
    }
    const megabytes = result.readUInt32BE(last + MEGABYTES) + rows.readUInt32BE(at + MEGABYTES);
    result.writeUInt32BE(Math.min(megabytes, MAX_MEGABYTES), last + MEGABYTES);
    result[last + CONNECTED]! |= rows[at + CONNECTED]!;
  }
  return result.subarray(0, end);
}

/** The columns of a row, in the order in which `copyData` has them. */
export const COLUMNS = ['account_id', 'country', 'provider', 'megabytes', 'connected'] as const;
const SIZES = [UUID, PROVIDER - COUNTRY, MEGABYTES - PROVIDER, CONNECTED - MEGABYTES, ROW - CONNECTED];

const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const TRAILER = Buffer.from([0xff, 0xff]);

/**
 * What COPY FROM reads (PostgreSQL manual, COPY, "Binary Format"): rows whose columns are the values in `same`, as
 * Postgres receives them, and then COLUMNS.
 */
export function copyData(rows: Buffer, same: readonly Buffer[]): Buffer {
  const template = Buffer.concat([
    uint16(same.length + SIZES.length),
    ...same.flatMap((value) => [uint32(value.length), value]),
    ...SIZES.flatMap((size) => [uint32(size), Buffer.alloc(size)]),
  ]);
  const count = rows.length / ROW;
  const data = Buffer.allocUnsafe(SIGNATURE.length + count * template.length + TRAILER.length);
  let end = SIGNATURE.copy(data);
  for (let at = 0; at < rows.length; ) {
    template.copy(data, end);
    end += template.length - ROW - SIZES.length * 4;
    for (const size of SIZES) {
      end += 4;
      end += rows.copy(data, end, at, at + size);
      at += size;
    }
  }
  TRAILER.copy(data, end);
  return data;
}

/** UUIDs one after another as a value of Postgres's type `uuid[]`, in the format in which it sends and receives arrays. */
export function uuidArray(uuids: Buffer): Buffer {
  const count = uuids.length / UUID;
  const UUID_TYPE = 2950;
  const header = Buffer.concat([uint32(1), uint32(0), uint32(UUID_TYPE), uint32(count), uint32(1)]);
  const array = Buffer.allocUnsafe(header.length + count * (4 + UUID));
  let end = header.copy(array);
  for (let at = 0; at < uuids.length; at += UUID) {
    end = array.writeUInt32BE(UUID, end);
    end += uuids.copy(array, end, at, at + UUID);
  }
  return array;
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
