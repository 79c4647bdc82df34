// Policy files: the files that state what laws and the privacy policy mean for the product. They are read at start, as a whole.
import { basename } from 'node:path';
import type { z } from 'zod';
import { readJsonFile } from './json-file.js';
import { OperatorError } from './operator-error.js';

/** `message` has the errors, one per line. Each names the file, the place in it and what is wrong. */
export class PolicyFileError extends OperatorError {
  constructor(readonly faults: readonly string[]) {
    super(faults.join('\n'));
  }
}

/**
 * What the JSON file holds. `faultsOf` finds what its shape cannot say, as `<place>: <what is wrong>`. `setting`: the one that names the file. Throws
 * PolicyFileError with every fault.
 */
export async function readPolicyFile<T>(
  path: string,
  shape: z.ZodType<T>,
  faultsOf: (value: T) => readonly string[] = () => [],
  setting?: string,
): Promise<T> {
  const read = await readJsonFile(path, shape, setting);
  if ('faults' in read) throw new PolicyFileError(read.faults);
  const faults = faultsOf(read.value).map((fault) => `${basename(path)}: ${fault}`);
  if (faults.length > 0) throw new PolicyFileError(faults);
  return read.value;
}
