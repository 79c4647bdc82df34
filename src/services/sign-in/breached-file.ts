// The list of breached passwords that an operator adds: a file of any size, asked where it lies.
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { OperatorError } from '../../lib/operator-error.js';

/** The operator's file cannot be used. */
class BreachedFileError extends OperatorError {
  constructor(text: string) {
    super(`BREACHED_PASSWORDS: ${text}`);
  }
}

/** Lines that are looked at when the file is opened: enough to notice the one that is ordered by count. */
const SAMPLES = 512;
/** Longer than any line, of which each is a SHA-1 in hexadecimal, a colon and a count. */
const MAX_LINE = 96;
const UNREADABLE = 'the file cannot be read';
const UNORDERED = 'the lines are not SHA1:count, ordered by hash';
const LINE = /^([0-9A-F]{40}):\d+$/i;

interface Line {
  /** In upper case. */
  readonly hash: string;
  /** Where the next line begins. */
  readonly next: number;
}

/**
 * A file in the format of Have I Been Pwned, "ordered by hash": lines of `SHA1:count`, in ascending order. It stays on
 * disk, and about forty short reads find a line in any size.
 */
export class BreachedFile {
  private constructor(
    private readonly file: FileHandle,
    private readonly size: number,
  ) {}

  /** Throws BreachedFileError when it cannot be read, or when lines are not of the format or not in order. */
  static async open(path: string): Promise<BreachedFile> {
    const file = await open(path).catch(() => {
      throw new BreachedFileError(UNREADABLE);
    });
    try {
      const opened = new BreachedFile(file, (await file.stat()).size);
      await opened.check();
      return opened;
    } catch (error) {
      await file.close();
      throw error instanceof BreachedFileError ? error : new BreachedFileError(UNREADABLE);
    }
  }

  async has(password: string): Promise<boolean> {
    const wanted = createHash('sha1').update(password).digest('hex').toUpperCase();
    // Of all lines that begin in [low, high), the wanted one is among them if it is anywhere.
    let [low, high] = [0, this.size];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const line = await this.lineFrom(middle);
      if (line?.hash === wanted) return true;
      if (line !== null && line.hash < wanted) low = line.next;
      else high = middle;
    }
    return false;
  }

  async close(): Promise<void> {
    await this.file.close();
  }

  private async check(): Promise<void> {
    let last = '';
    for (let sample = 0; sample < SAMPLES; sample += 1) {
      const line = await this.lineFrom(Math.floor((this.size / SAMPLES) * sample));
      if (line === null && sample > 0) return;
      if (line === null || line.hash < last) {
        throw new BreachedFileError(UNORDERED);
      }
      last = line.hash;
    }
  }

  /** The first line that begins at the position or later; null after the last. */
  private async lineFrom(position: number): Promise<Line | null> {
    // A line begins here when the byte before ends another one.
    const start = Math.max(position - 1, 0);
    const { buffer, bytesRead } = await this.file.read(Buffer.alloc(MAX_LINE * 2), 0, MAX_LINE * 2, start);
    const text = buffer.toString('latin1', 0, bytesRead);
    const from = position === 0 ? 0 : text.indexOf('\n') + 1;
    if ((position > 0 && from === 0) || from >= bytesRead) {
      if (start + bytesRead >= this.size) return null;
      throw new BreachedFileError(UNORDERED);
    }
    const end = text.indexOf('\n', from);
    const line = text.slice(from, end === -1 ? bytesRead : end).trimEnd();
    const hash = LINE.exec(line)?.[1]?.toUpperCase();
    if (hash === undefined) {
      throw new BreachedFileError(UNORDERED);
    }
    return { hash, next: end === -1 ? this.size : start + end + 1 };
  }
}
