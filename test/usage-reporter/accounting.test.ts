import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Day } from '../../src/lib/calendar.js';
import { CsvFileError } from '../../src/lib/csv.js';
import { reportsOf, usageOf } from '../../src/usage-reporter/accounting.js';
import { Networks } from '../../src/usage-reporter/networks.js';
import { MAX_MEGABYTES, MAX_ROWS, type UsageRow } from '../../src/usage-reporter/report.js';
import { type TestFolder, testFolder } from '../cli/run-cli.js';
import { COUNTRIES, writeDatabase } from '../support/mmdb.js';

const HANDLE = '0b9c0f6e-53a9-4c8a-9d0e-7a3f0c1b2d4e';
const OTHER = 'f1a7c2d3-0000-4000-8000-000000000001';
const GOOGLE = { country: 'US', provider: 15169 };
const RIPE = { country: 'NL', provider: 3333 };

describe('the accounting of a VPN node', () => {
  let folder: TestFolder;
  let networks: Networks;
  beforeAll(async () => {
    folder = await testFolder();
    const providers = await writeDatabase(`${folder.path}/providers.mmdb`, {
      '8.8.8.0/24': { autonomous_system_number: 15169 },
      '2001:4860::/32': { autonomous_system_number: 15169 },
      '193.0.0.0/21': { autonomous_system_number: 3333 },
    });
    networks = await Networks.open({ countries: COUNTRIES, providers });
  });
  afterAll(() => folder?.remove());

  const usage = (...lines: string[]) => usageOf(Readable.from([lines.join('\n')]), 'us-new-york', networks);
  const row = (more: Partial<UsageRow> & Pick<UsageRow, 'country' | 'provider' | 'megabytes'>): UsageRow => ({
    handle: HANDLE,
    location: 'us-new-york',
    connected: true,
    ...more,
  });

  it('becomes a country, a provider and a number of MB for each account', async () => {
    const rows = await usage(
      'handle,source,bytes',
      `${OTHER},193.0.6.139,5000000`,
      `${HANDLE},8.8.8.8,700000000`,
      `${HANDLE},2001:4860::1,100000000`,
      `${HANDLE},::ffff:8.8.8.9,23000000`,
      `${HANDLE},193.0.6.139,1000000`,
      `${HANDLE},127.0.0.1,2000000`,
    );
    expect(rows).toEqual([
      row({ ...RIPE, megabytes: 1 }),
      row({ ...GOOGLE, megabytes: 823 }),
      row({ country: 'ZZ', provider: 0, megabytes: 2 }),
      row({ handle: OTHER, ...RIPE, megabytes: 5 }),
    ]);
  });

  it('is rounded to the nearest MB once, after everything is summed up', async () => {
    const of = async (...bytes: number[]) =>
      (await usage('handle,source,bytes', ...bytes.map((each) => `${HANDLE},8.8.8.8,${each}`)))[0]?.megabytes;
    expect(await of(499_999)).toBe(0);
    expect(await of(500_000)).toBe(1);
    expect(await of(400_000, 400_000, 400_000)).toBe(1);
    expect(await of(0)).toBe(0);
    expect(await of(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)).toBe(MAX_MEGABYTES);
  });

  it('reports failed attempts unless one succeeded on the day, and no data without a connection', async () => {
    const [failed] = await usage('handle,source,bytes,connected', `${HANDLE},8.8.8.8,3000000,false`);
    expect(failed).toEqual(row({ ...GOOGLE, megabytes: 0, connected: false }));
    const [later] = await usage(
      'connected,bytes,source,handle',
      `false,0,8.8.8.8,${HANDLE}`,
      `true,3000000,8.8.8.8,${HANDLE.toUpperCase()}`,
    );
    expect(later).toEqual(row({ ...GOOGLE, megabytes: 3 }));
  });

  it('gives the same report in any order of its lines, without an address', async () => {
    const line = fc.record({
      handle: fc.constantFrom(HANDLE, OTHER, randomUUID()),
      source: fc.oneof(fc.ipV4(), fc.ipV6(), fc.constantFrom('8.8.8.8', '193.0.6.139')),
      bytes: fc.nat(20_000_000),
      connected: fc.boolean(),
    });
    const text = ({
      handle,
      source,
      bytes,
      connected,
    }: {
      handle: string;
      source: string;
      bytes: number;
      connected: boolean;
    }) => `${handle},${source},${bytes},${connected}`;
    const orders = fc
      .array(line, { minLength: 1, maxLength: 30 })
      .chain((lines) =>
        fc.tuple(fc.constant(lines), fc.shuffledSubarray(lines, { minLength: lines.length })),
      );
    await fc.assert(
      fc.asyncProperty(orders, async ([one, other]) => {
        const [first, second] = await Promise.all(
          [one, other].map(async (lines) =>
            JSON.stringify(await usage('handle,source,bytes,connected', ...lines.map(text))),
          ),
        );
        expect(second).toBe(first);
        for (const { source } of one) expect(first).not.toContain(source);
      }),
      { numRuns: 100 },
    );
  });

  it('may be written by a spreadsheet', async () => {
    const text = `\ufeffbytes,handle,source\r\n1000000,"${HANDLE}", 8.8.8.8 \r\n\r\n`;
    expect(await usage(text)).toEqual([row({ ...GOOGLE, megabytes: 1 })]);
  });

  it('may be of a day without connections', async () => {
    expect(await usage('handle,source,bytes')).toEqual([]);
  });

  it('reports every invalid line by its number, and repeats none', async () => {
    const lines = [
      'handle,source,bytes,connected',
      `${HANDLE},8.8.8.8,1,true`,
      'anna@example.com,8.8.8.8,1,true',
      `${HANDLE},8.8.8.256,1,true`,
      `${HANDLE},8.8.8.8,-1,true`,
      `${HANDLE},8.8.8.8,9007199254740992,true`,
      `${HANDLE},8.8.8.8,1.5,true`,
      `${HANDLE},8.8.8.8,1,yes`,
      `${HANDLE},8.8.8.8,1`,
      `${HANDLE},8.8"8.8,1,true`,
    ];
    const error = await usage(...lines).catch((fault: unknown) => fault);
    expect(error).toBeInstanceOf(CsvFileError);
    expect((error as Error).message.split('\n')).toEqual([
      'line 3: The handle is not a usage handle (a UUID).',
      'line 4: The source is not an IP address.',
      'line 5: The bytes must be a whole number below 2^53.',
      'line 6: The bytes must be a whole number below 2^53.',
      'line 7: The bytes must be a whole number below 2^53.',
      'line 8: Connected must be true or false.',
      'line 9: It has not as many columns as the first line names.',
      'line 10: A quotation mark stands inside a value.',
      'nothing was reported',
    ]);
  });

  it.each([
    ['a time', 'handle,source,bytes,time'],
    ['a column twice', 'handle,source,bytes,bytes'],
    ['no source', 'handle,bytes'],
  ])('is rejected with %s', async (_what, header) => {
    await expect(usage(header, `${HANDLE},8.8.8.8,1,2026-11-22T03:17:00Z`)).rejects.toThrow(
      new CsvFileError(
        'the first line must name the columns: handle, source, bytes, and optionally connected',
      ),
    );
  });

  it('is rejected when it is empty', async () => {
    await expect(usage('')).rejects.toThrow(new CsvFileError('the file is empty'));
  });

  it('is reported in parts of as many rows as a report may have', () => {
    const rows = Array.from({ length: 2 * MAX_ROWS + 1 }, () => row({ ...GOOGLE, megabytes: 1 }));
    const reports = reportsOf(rows, { day: '2026-02-28' as Day, revision: 2, least: 1 });
    expect(reports.map(({ part, revision, rows: { length } }) => [part, revision, length])).toEqual([
      [1, 2, MAX_ROWS],
      [2, 2, MAX_ROWS],
      [3, 2, 1],
    ]);
  });

  it('has parts without rows where an earlier revision had more, and one for a day without connections', () => {
    const of = (rows: UsageRow[], least: number) =>
      reportsOf(rows, { day: '2026-02-28' as Day, revision: 2, least }).map(({ part, rows: { length } }) => [
        part,
        length,
      ]);
    expect(of([], 1)).toEqual([[1, 0]]);
    expect(of([row({ ...GOOGLE, megabytes: 1 })], 3)).toEqual([
      [1, 1],
      [2, 0],
      [3, 0],
    ]);
  });
});
