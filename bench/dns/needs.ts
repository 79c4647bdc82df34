// What the bench needs of the machine, looked for before anything is started.
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { findProgram } from '../../src/dev/embedded/debian.js';
import { OperatorError } from '../../src/lib/operator-error.js';
import { ticksPerSecond } from '../process.js';

const run = promisify(execFile);

export interface Needs {
  readonly dnsperf: string;
  readonly unbound: string;
  readonly dnsdist: string;
  readonly dnsmasq: string;
  /** A C compiler; null: there is no floor to compare with. */
  readonly cc: string | null;
  /** Of CPU time in /proc. */
  readonly ticksPerSecond: number;
  /** Name and version of each program, for the table. */
  readonly versions: readonly string[];
}

/** Each program with its Debian package, and the option that prints its version. */
const PROGRAMS = {
  dnsperf: { package: 'dnsperf', version: '-h' },
  unbound: { package: 'unbound', version: '-V' },
  dnsdist: { package: 'dnsdist', version: '--version' },
  dnsmasq: { package: 'dnsmasq-base', version: '--version' },
} as const;

type Program = keyof typeof PROGRAMS;

/** Throws OperatorError with one line that names the packages that are missing. */
export async function findNeeds(): Promise<Needs> {
  const names = Object.keys(PROGRAMS) as Program[];
  const files = await Promise.all(names.map((name) => findProgram([name])));
  const missing = names.filter((_, index) => files[index] === null).map((name) => PROGRAMS[name].package);
  if (missing.length > 0) throw new OperatorError(`missing: apt-get install ${missing.join(' ')}`);
  if (availableParallelism() < 2)
    throw new OperatorError('two cores are needed: one for the server, one for the load');
  const found = Object.fromEntries(names.map((name, index) => [name, files[index]])) as Record<
    Program,
    string
  >;
  const versions = await Promise.all(names.map((name) => versionOf(name, found[name])));
  const cc = await findProgram(['cc', 'gcc', 'clang']);
  return { ...found, cc, ticksPerSecond: await ticksPerSecond(), versions };
}

async function versionOf(name: Program, file: string): Promise<string> {
  const { stdout, stderr } = await run(file, [PROGRAMS[name].version]);
  return `${name} ${/\d+(?:\.\d+)+/.exec(stdout + stderr)?.[0] ?? ''}`;
}
