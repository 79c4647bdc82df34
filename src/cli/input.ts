// Input of the CLI: a file that the command line names, or stdin.
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { CommandError } from './errors.js';

/** `-` is stdin. Throws CommandError when the file cannot be read. */
export async function openInput(file: string): Promise<Readable> {
  if (file === '-') return process.stdin;
  const handle = await open(file).catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`the file cannot be read (${error.code})`);
  });
  // A folder can be opened, but not read.
  if ((await handle.stat()).isDirectory()) throw new CommandError('the file cannot be read (EISDIR)');
  return createReadStream('', { fd: handle });
}
