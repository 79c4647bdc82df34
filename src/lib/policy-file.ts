// Policy files: the files that state what laws and the privacy policy mean for the product. They are read at start, as a whole.
import { basename } from 'node:path';
import type { z } from 'zod';
import { readJsonFile } from './json-file.js';
import { OperatorError } from './operator-error.js';

/** `message` has the errors, one per line. Each names the file, the place in it and what is wrong. */
export class PolicyFileError extends OperatorError {
  constructor(readonly errors: readonly string[]) {
    super(errors.join('\n'));
  }
}

/**
 * What the JSON file holds. `errorsOf` finds errors that the shape cannot express, as `<place>: <what is wrong>`.
 * `setting`: the setting that names the file. Throws PolicyFileError with all errors.
 */
export async function readPolicyFile<T>(
  path: string,
  shape: z.ZodType<T>,
  errorsOf: (value: T) => readonly string[] = () => [],
  setting?: string,
): Promise<T> {
  const read = await readJsonFile(path, shape, setting);
  if ('errors' in read) throw new PolicyFileError(read.errors);
  const errors = errorsOf(read.value).map((error) => `${basename(path)}: ${error}`);
  if (errors.length > 0) throw new PolicyFileError(errors);
  return read.value;
}
