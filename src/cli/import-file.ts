// Reads a CSV file of allowlist entries: the whole file is good, or every bad line is told by its number.
import type { Entry } from '../allowlist/writer.js';
import { csvRecords, LineFaults } from '../csv-file.js';
import type { EntryText } from './admin-entry.js';
import { openInput } from './input.js';

const COLUMNS = { required: ['prefix'], optional: ['region', 'until'] } as const;

/**
 * The entries of a CSV file with a header line, in the file's order. `check` answers an entry, or what is wrong with the
 * row without repeating its values. Throws CsvFileFault with the faults, one a line, or CommandFault.
 */
export async function readImportFile(
  file: string,
  check: (row: EntryText) => Entry | string,
): Promise<Entry[]> {
  const faults = new LineFaults();
  const entries: Entry[] = [];
  const lineOf = new Map<string, number>();
  for await (const { line, record } of csvRecords(await openInput(file), COLUMNS, faults)) {
    const entry = check(record);
    if (typeof entry === 'string') {
      faults.add(line, entry);
      continue;
    }
    const earlier = lineOf.get(entry.prefix.text);
    if (earlier !== undefined) faults.add(line, `Line ${earlier} has the same prefix.`);
    lineOf.set(entry.prefix.text, line);
    entries.push(entry);
  }
  faults.throwIfAny('nothing of the file was applied');
  return entries;
}
