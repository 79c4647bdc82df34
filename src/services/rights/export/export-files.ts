// The files of a data export: JSON with its schema, and CSV, written in blocks from batches of rows.

import { csvLine } from '../../../lib/csv-line.js';
import type { Topic } from '../../data-inventory/inventory-page.js';

/** So many characters are gathered before they are compressed: one by one, rows cost ten times as much. */
const BLOCK = 64 * 1024;

export type Row = Readonly<Record<string, unknown>>;
export type JsonType = 'string' | 'integer' | 'boolean' | 'object';

/** What a table of the data export is written from. */
export interface SheetFile {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly what: string; readonly type: JsonType }[];
  /** Batches of rows, from the first one each time. */
  readonly rows: () => AsyncIterable<readonly Row[]>;
}

/** Called with the number of rows that were written. */
type Count = (rows: number) => void;

/** The texts together, in blocks. */
export async function* inBlocks(texts: AsyncIterable<string>): AsyncGenerator<Buffer> {
  let block = '';
  for await (const text of texts) {
    block += text;
    if (block.length < BLOCK) continue;
    yield Buffer.from(block);
    block = '';
  }
  if (block !== '') yield Buffer.from(block);
}

export async function* once(text: string): AsyncGenerator<string> {
  yield text;
}

export async function* jsonOf(sheets: readonly SheetFile[], count: Count): AsyncGenerator<string> {
  yield '{';
  for (const [index, sheet] of sheets.entries()) {
    yield `${index === 0 ? '' : ','}\n  ${JSON.stringify(sheet.name)}: [`;
    let first = true;
    for await (const rows of sheet.rows()) {
      if (rows.length === 0) continue;
      yield `${first ? '' : ','}\n    ${rows.map((row) => JSON.stringify(row)).join(',\n    ')}`;
      first = false;
      count(rows.length);
    }
    yield first ? ']' : '\n  ]';
  }
  yield '\n}\n';
}

/** In UTF-8 with a byte order mark, without which spreadsheets take it for another encoding. */
export async function* csvOf({ columns, rows }: SheetFile, count: Count): AsyncGenerator<string> {
  yield `\uFEFF${csvLine(columns.map(({ name }) => name))}`;
  for await (const batch of rows()) {
    yield batch.map((row) => csvLine(columns.map(({ name }) => row[name]))).join('');
    count(batch.length);
  }
}

/** JSON Schema, draft 2020-12. */
export function schemaOf(topic: Topic, sheets: readonly SheetFile[]): string {
  const properties = Object.fromEntries(
    sheets.map(({ name, columns }) => [
      name,
      {
        type: 'array',
        items: {
          type: 'object',
          properties: Object.fromEntries(
            columns.map(({ name: column, what, type }) => [
              column,
              { type: [type, 'null'], description: what },
            ]),
          ),
          required: columns.map(({ name: column }) => column),
          additionalProperties: false,
        },
      },
    ]),
  );
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: topic,
    type: 'object',
    properties,
    required: sheets.map(({ name }) => name),
    additionalProperties: false,
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}
