// Compiles a program of the bench that is written in C.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Bench } from './bench.js';

/** The program's path. Null where there is no C compiler. */
export async function compile(bench: Bench, name: string, source: string): Promise<string | null> {
  if (bench.needs.cc === null) return null;
  const program = join(bench.folder, name);
  await promisify(execFile)(bench.needs.cc, ['-O2', '-o', program, source]);
  return program;
}
