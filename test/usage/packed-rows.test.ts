import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type PackedRow,
  packRow,
  ROW,
  sorted,
  summed,
  withAccounts,
} from '../../src/services/usage/packed-rows.js';
import { MAX_MEGABYTES } from '../../src/usage-reporter/report.js';

const HANDLE_BYTES = 16;

/** Few values, so that many rows are about the same, and handles that differ early, late and not at all. */
const handle = fc.constantFrom(
  '00000000-0000-4000-8000-000000000000',
  '00000000-0000-4000-8000-000000000001',
  '00000000-ffff-4fff-bfff-ffffffffffff',
  '7fffffff-0000-4000-8000-000000000000',
  '80000000-0000-4000-8000-000000000000',
  'FFFFFFFF-FFFF-4FFF-BFFF-FFFFFFFFFFFF',
);
const row = fc.record({
  handle,
  country: fc.constantFrom('DE', 'US', 'ZZ'),
  provider: fc.constantFrom(0, 1, 256, 2 ** 24 - 1),
  megabytes: fc.oneof(fc.constantFrom(0, 1, MAX_MEGABYTES - 1, MAX_MEGABYTES), fc.nat(MAX_MEGABYTES)),
  connected: fc.boolean(),
});
function pack(rows: readonly PackedRow[]): Buffer {
  const packed = Buffer.alloc(rows.length * ROW);
  for (const [index, each] of rows.entries()) packRow(packed, index * ROW, each);
  return packed;
}

function records(packed: Buffer, size = ROW): Buffer[] {
  return Array.from({ length: packed.length / size }, (_, n) => packed.subarray(n * size, (n + 1) * size));
}

describe('packed rows', () => {
  it('are sorted by their bytes, and none is lost', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 200 }), (rows) => {
        const packed = pack(rows);
        expect(records(sorted(packed, ROW))).toEqual(records(packed).sort(Buffer.compare));
      }),
    );
  });

  it('are sorted, too, when all are of one account', () => {
    const rows = Array.from({ length: 50_000 }, (_, index): PackedRow => {
      const provider = (index * 7919) % 50_000;
      return {
        handle: '00000000-0000-4000-8000-000000000000',
        country: 'DE',
        provider,
        megabytes: 0,
        connected: true,
      };
    });
    const numbers = records(sorted(pack(rows), ROW)).map((record) => record.readUInt32BE(18));
    expect(numbers).toEqual(Array.from({ length: 50_000 }, (_, index) => index));
  });

  it('are summed up to one for each account, country and provider', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 60 }), (rows) => {
        const sums = new Map<string, PackedRow>();
        for (const each of rows) {
          const key = `${each.handle} ${each.country} ${each.provider}`;
          const known = sums.get(key) ?? { ...each, megabytes: 0, connected: false };
          const megabytes = Math.min(known.megabytes + each.megabytes, MAX_MEGABYTES);
          sums.set(key, { ...each, megabytes, connected: known.connected || each.connected });
        }
        expect(summed(sorted(pack(rows), ROW))).toEqual(sorted(pack([...sums.values()]), ROW));
      }),
    );
  });

  it('get the accounts of their handles, and go when there is none', () => {
    const pairs = fc.uniqueArray(fc.tuple(handle, fc.uuid()), { selector: ([each]) => each });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 60 }), pairs, (rows, known) => {
        const packed = known.map(([each, account]) =>
          Buffer.from(`${each}${account}`.replaceAll('-', ''), 'hex'),
        );
        const accounts = new Map<string, string>(known);
        const expected = rows.flatMap((each) => {
          const account = accounts.get(each.handle);
          return account === undefined ? [] : [{ ...each, handle: account }];
        });
        const found = withAccounts(sorted(pack(rows), ROW), sorted(Buffer.concat(packed), 2 * HANDLE_BYTES));
        expect(sorted(found, ROW)).toEqual(sorted(pack(expected), ROW));
      }),
    );
  });
});
