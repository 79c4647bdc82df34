// Reads CSV files (RFC 4180, UTF-8, with a header line). Each record has the number of its line, and errors name a line by its
// number, never by its content.
import type { Readable } from 'node:stream';
import { type CsvError, parse } from 'csv-parse';
import { OperatorError } from './operator-error.js';

/** The number of invalid lines that are reported one by one; the rest are counted. */
const LINES_REPORTED = 20;

/** The file is not a CSV file of the expected form; `message` states why. */
export class CsvFileError extends OperatorError {}

/** The errors in the lines of one file. */
export class LineErrors {
  private readonly errors = new Map<number, string>();

  add(line: number, error: string): void {
    this.errors.set(line, error);
  }

  /** Throws CsvFileError with the errors, one per line, followed by `meaning`; does nothing when there are none. */
  throwIfAny(meaning: string): void {
    if (this.errors.size === 0) return;
    const inOrder = [...this.errors].sort(([a], [b]) => a - b);
    const lines = inOrder.slice(0, LINES_REPORTED).map(([line, error]) => `line ${line}: ${error}`);
    if (inOrder.length > LINES_REPORTED) lines.push(`and ${inOrder.length - LINES_REPORTED} more bad lines`);
    throw new CsvFileError([...lines, meaning].join('\n'));
  }
}

/**
 * The records in their order; a column that the file does not have is an empty string. Lines that are not a record are added to
 * `errors`. Throws CsvFileError when the first line does not name all `required` columns, or any that is not `optional`.
 */
export async function* csvRecords<Column extends string>(
  input: Readable,
  columns: { readonly required: readonly Column[]; readonly optional: readonly Column[] },
  errors: LineErrors,
): AsyncGenerator<{ line: number; record: Record<Column, string> }> {
  const known: readonly string[] = [...columns.required, ...columns.optional];
  let headed = false;
  let last = 1;
  const parser = parse({
    bom: true,
    // Spreadsheets write semicolons where the comma stands in numbers.
    delimiter: [',', ';'],
    trim: true,
    info: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    columns: (written: string[]) => {
      headed = true;
      const header = written.map(
        (name) => known.find((each) => each.toLowerCase() === name.toLowerCase()) ?? name,
      );
      const good =
        header.every((name, index) => known.includes(name) && header.indexOf(name) === index) &&
        columns.required.every((name) => header.includes(name));
      if (!good) throw new CsvFileError(headerText(columns));
      return header;
    },
    on_skip: (error) => {
      const end = Number(error?.lines ?? 0);
      // All lines to the end are one record then, which began after the last good one.
      errors.add(error?.code === 'CSV_QUOTE_NOT_CLOSED' ? last + 1 : end, csvError(error));
      last = end;
    },
  });
  input.on('error', (error: NodeJS.ErrnoException) => {
    parser.destroy(new CsvFileError(`the file cannot be read (${error.code})`));
  });
  const absent = Object.fromEntries(known.map((name) => [name, ''])) as Record<Column, string>;
  for await (const { record, info } of input.pipe(parser)) {
    last = info.lines;
    yield { line: info.lines, record: { ...absent, ...record } };
  }
  if (!headed) throw new CsvFileError('the file is empty');
}

function headerText({
  required,
  optional,
}: {
  required: readonly string[];
  optional: readonly string[];
}): string {
  return `the first line must name the columns: ${required.join(', ')}, and optionally ${optional.join(', ')}`;
}

function csvError(error: CsvError | undefined): string {
  if (error?.code === 'CSV_RECORD_INCONSISTENT_COLUMNS')
    return 'It has not as many columns as the first line names.';
  if (error?.code === 'CSV_QUOTE_NOT_CLOSED')
    return 'A quotation mark was opened, here or in the lines after, and never closed.';
  return 'A quotation mark stands inside a value.';
}
