import { expect, it } from 'vitest';
import { csvLine } from '../../../src/lib/csv-line.js';
import { csvOf, inBlocks, jsonOf } from '../../../src/services/rights/export/export-files.js';

it.each([
  ['=HYPERLINK("http://evil.example","x")', `"'=HYPERLINK(""http://evil.example"",""x"")"`],
  ['+1', "'+1"],
  ['-1', "'-1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', "'\t=1"],
  ['\r=1', `"'\r=1"`],
  ['\uFF1D1', "'\uFF1D1"],
  ['a=1', 'a=1'],
  [-1, '-1'],
  [null, ''],
  [{ a: '=1' }, '"{""a"":""=1""}"'],
])('a field of CSV is text to a spreadsheet: %j', (value, field) => {
  expect(csvLine([value])).toBe(`${field}\r\n`);
});

const rows = Array.from({ length: 3000 }, (_, number) => ({ number, text: 'x'.repeat(100) }));
const sheet = {
  name: 'sheet',
  columns: [
    { name: 'number', what: '', type: 'integer' },
    { name: 'text', what: '', type: 'string' },
  ],
  async *rows() {
    yield rows.slice(0, 1000);
    yield [];
    yield rows.slice(1000);
  },
} as const;

it('rows are compressed in blocks, and counted', async () => {
  for (const write of [csvOf, (each: typeof sheet, count: (rows: number) => void) => jsonOf([each], count)]) {
    let counted = 0;
    const blocks: number[] = [];
    for await (const block of inBlocks(write(sheet, (more) => (counted += more)))) blocks.push(block.length);
    expect(counted).toBe(3000);
    expect(blocks.length).toBeLessThan(10);
  }
});

it('JSON of batches is JSON', async () => {
  const blocks: Buffer[] = [];
  for await (const block of inBlocks(jsonOf([sheet, { ...sheet, name: 'other' }], () => {})))
    blocks.push(block);
  expect(JSON.parse(Buffer.concat(blocks).toString())).toEqual({ sheet: rows, other: rows });
});
