// A file that a command writes: complete or not at all, and never over another file.
import { randomBytes } from 'node:crypto';
import { createWriteStream, rmSync } from 'node:fs';
import { access, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isUnavailable } from '../runtime/availability.js';
import { CommandError } from './errors.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Throws CommandError when the file exists. */
export async function mustBeNew(file: string): Promise<void> {
  const there = await access(file).then(
    () => true,
    () => false,
  );
  if (there) throw new CommandError('the file exists already; name another one');
}

/**
 * Writes a file that only its owner can read. It is written under a temporary name, and renamed when every byte is on the
 * disk. The temporary file is deleted when something fails or a signal ends the process. Throws CommandError when the file
 * exists or cannot be written.
 */
export async function writeNewFile(file: string, bytes: AsyncIterable<Buffer>): Promise<void> {
  await mustBeNew(file);
  const part = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString('hex')}.part`);
  const forget = deletedBySignals(part);
  try {
    const target = createWriteStream(part, { flags: 'wx', mode: 0o600, flush: true });
    await pipeline(Readable.from(bytes, { objectMode: false }), target);
    // The name is reserved first: a rename would replace a file that another program has written meanwhile.
    await (await open(file, 'wx', 0o600)).close();
    await rename(part, file);
    await flushFolder(dirname(file));
  } catch (error) {
    await rm(part, { force: true });
    throw writingError(error);
  } finally {
    forget();
  }
}

/** A rename is on the disk once its folder is flushed. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Deletes the file on a signal, until the returned function is called. */
function deletedBySignals(part: string): () => void {
  const end = (signal: NodeJS.Signals) => {
    rmSync(part, { force: true });
    process.kill(process.pid, signal);
  };
  for (const signal of SIGNALS) process.once(signal, end);
  return () => {
    for (const signal of SIGNALS) process.off(signal, end);
  };
}

function writingError(error: unknown): unknown {
  if (isUnavailable(error))
    return new CommandError('the connection to Postgres or Redis was lost; no file was written');
  if (!(error instanceof Error && 'syscall' in error)) return error;
  const code = 'code' in error ? String(error.code) : 'unknown';
  return new CommandError(
    code === 'EEXIST' ? 'the file exists already; name another one' : `the file cannot be written (${code})`,
  );
}
