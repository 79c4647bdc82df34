// Reads a CSV file of allowlist entries: the whole file is good, or every bad line is told by its number.
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { type CsvError, parse } from 'csv-parse';
import type { Entry } from '../allowlist/writer.js';
import type { EntryText } from './admin-entry.js';
import { CommandFault } from './faults.js';

/** How many bad lines are told one by one; the rest are counted. */
const FAULTS_TOLD = 20;

const COLUMNS = ['prefix', 'region', 'until'];

/**
 * The entries of a CSV file (RFC 4180, UTF-8) with a header line, in the file's order. `check` answers an entry, or
 * what is wrong with the row without repeating its values. Throws CommandFault with the faults, one a line.
 */
export async function readImportFile(
  file: string,
  check: (row: EntryText) => Entry | string,
): Promise<Entry[]> {
  const faults = new Map<number, string>();
  const entries: Entry[] = [];
  const lineOf = new Map<string, number>();
  for await (const { line, row } of rows(file, faults)) {
    const entry = check(row);
    if (typeof entry === 'string') {
      faults.set(line, entry);
      continue;
    }
    const earlier = lineOf.get(entry.prefix.text);
    if (earlier !== undefined) faults.set(line, `Line ${earlier} has the same prefix.`);
    lineOf.set(entry.prefix.text, line);
    entries.push(entry);
  }
  if (faults.size > 0) throw new CommandFault(told(faults));
  return entries;
}

async function* rows(
  file: string,
  faults: Map<number, string>,
): AsyncGenerator<{ line: number; row: EntryText }> {
  let headed = false;
  const parser = parse({
    bom: true,
    trim: true,
    info: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    columns: (header) => {
      headed = true;
      return checkHeader(header);
    },
    on_skip: (error) => {
      faults.set(Number(error?.lines ?? 0), csvFault(error));
    },
  });
  const handle = await open(file).catch((error: NodeJS.ErrnoException) => {
    throw new CommandFault(`the file cannot be read (${error.code})`);
  });
  const input = createReadStream('', { fd: handle });
  input.on('error', (error: NodeJS.ErrnoException) => {
    parser.destroy(new CommandFault(`the file cannot be read (${error.code})`));
  });
  const absent = { prefix: '', region: '', until: '' };
  for await (const { record, info } of input.pipe(parser)) {
    yield { line: info.lines, row: { ...absent, ...record } };
  }
  if (!headed) throw new CommandFault('the file is empty');
}

function checkHeader(header: string[]): string[] {
  const known = header.every((name, index) => COLUMNS.includes(name) && header.indexOf(name) === index);
  if (!known || !header.includes('prefix')) {
    throw new CommandFault('the first line must name the columns: prefix, and optionally region and until');
  }
  return header;
}

function csvFault(error: CsvError | undefined): string {
  if (error?.code === 'CSV_RECORD_INCONSISTENT_COLUMNS')
    return 'It has not as many columns as the first line names.';
  if (error?.code === 'CSV_QUOTE_NOT_CLOSED')
    return 'A quotation mark was opened, here or before, and never closed.';
  return 'A quotation mark stands inside a value.';
}

function told(faults: Map<number, string>): string {
  const inOrder = [...faults].sort(([a], [b]) => a - b);
  const lines = inOrder.slice(0, FAULTS_TOLD).map(([line, fault]) => `line ${line}: ${fault}`);
  if (inOrder.length > FAULTS_TOLD) lines.push(`and ${inOrder.length - FAULTS_TOLD} more bad lines`);
  return [...lines, 'nothing of the file was applied'].join('\n');
}
