// Reads a file of allowlist entries: CSV, or the lines of JSON that `list --json` writes. Either the whole file is valid, or
// every invalid line is reported by its number.
import { createInterface } from 'node:readline';
import { PassThrough, type Readable } from 'node:stream';
import { csvRecords, LineErrors } from '../../lib/csv.js';
import type { Prefix } from '../../lib/ip.js';
import { openInput } from '../input.js';
import type { EntryText } from './admin-entry.js';

const OPTIONAL = ['region', 'families', 'until', 'label', 'owners', 'byAdmin'] as const;
const COLUMNS = { required: ['prefix'], optional: OPTIONAL } as const;

type Column = 'prefix' | (typeof OPTIONAL)[number];

export interface ImportFile<T> {
  /** In the file's order. */
  readonly entries: T[];
  /** Lines of an export that are of networks only. */
  readonly ofAccounts: number;
}

/**
 * `check` returns an entry, or an error message that does not repeat the row's values. Throws CsvFileError with the errors,
 * one per line, or CommandError.
 */
export async function readImportFile<T extends { readonly prefix: Prefix }>(
  file: string,
  check: (row: EntryText) => T | string,
): Promise<ImportFile<T>> {
  const errors = new LineErrors();
  const entries: T[] = [];
  const lineOf = new Map<string, number>();
  let ofAccounts = 0;
  const [input, isJson] = await opened(file);
  const records = isJson ? jsonRecords(input, errors) : csvRecords(input, COLUMNS, errors);
  for await (const { line, record } of records) {
    if (/^(?:no|false)$/i.test(record.byAdmin)) {
      ofAccounts += 1;
      continue;
    }
    const entry = check(record);
    if (typeof entry === 'string') {
      errors.add(line, entry);
      continue;
    }
    const earlier = lineOf.get(entry.prefix.text);
    if (earlier !== undefined) errors.add(line, `Line ${earlier} has the same prefix.`);
    lineOf.set(entry.prefix.text, line);
    entries.push(entry);
  }
  errors.throwIfAny('nothing of the file was applied');
  return { entries, ofAccounts };
}

/** The file, and whether its first character begins a JSON object. */
async function opened(file: string): Promise<[Readable, boolean]> {
  const source = await openInput(file);
  const input = new PassThrough();
  source.once('error', (error) => input.destroy(error));
  source.pipe(input);
  for (;;) {
    const start: Buffer | null = input.read();
    if (start !== null) {
      input.unshift(start);
      return [input, /^\ufeff?\s*\{/.test(start.subarray(0, 64).toString())];
    }
    if (input.readableEnded || source.readableEnded) return [input, false];
    await new Promise<void>((resolve, reject) => {
      input.once('readable', resolve).once('end', resolve).once('error', reject);
    });
  }
}

async function* jsonRecords(
  input: Readable,
  errors: LineErrors,
): AsyncGenerator<{ line: number; record: Record<Column, string> }> {
  let line = 0;
  for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    line += 1;
    if (text.trim() === '') continue;
    const record = recordOf(text);
    if (record === null)
      errors.add(line, 'It must be a JSON object with a prefix, as list --json writes it.');
    else yield { line, record };
  }
}

function recordOf(text: string): Record<Column, string> | null {
  try {
    const value = JSON.parse(text.replace(/^\ufeff/, ''));
    if (typeof value?.prefix !== 'string') return null;
    const columns = ['prefix', ...OPTIONAL].map((name) => [name, String(value[name] ?? '')]);
    return Object.fromEntries(columns) as Record<Column, string>;
  } catch {
    return null;
  }
}
