// Output of the CLI: results on stdout, everything else on stderr, with backpressure.
import { once } from 'node:events';

/** Resolves when stdout can take more. */
export async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

export function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

export function entryCount(count: number): string {
  return count === 1 ? '1 entry' : `${count} entries`;
}

/** Columns padded to `widths`, two spaces between them, nothing after the last. */
export function row(cells: readonly string[], widths: readonly number[]): string {
  return `${cells
    .map((cell, index) => cell.padEnd(widths[index] ?? 0))
    .join('  ')
    .trimEnd()}\n`;
}
