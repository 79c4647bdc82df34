// How every bench runs: with the numbers of its command line, until its end or a signal, and with nothing left behind.
import { parseArgs } from 'node:util';
import { OperatorError } from '../src/lib/operator-error.js';

/** A whole number of the command line. */
interface BenchOption {
  readonly full: number;
  /** With `--quick`: a first look, of seconds. */
  readonly quick: number;
  readonly most: number;
}

export type BenchOptions<Name extends string> = Readonly<Record<Name, BenchOption>>;

/**
 * The values of `--NAME N`, and those of the full or the quick run for what is not given. Throws OperatorError with a line that
 * names every option.
 */
export function readOptions<Name extends string>(
  known: BenchOptions<Name>,
  args: readonly string[] = process.argv.slice(2),
): Readonly<Record<Name, number>> {
  const names = Object.keys(known) as Name[];
  const usage = new OperatorError(
    `options: --quick ${names.map((name) => `--${name} N (1 to ${known[name].most})`).join(' ')}`,
  );
  const given = parse(names, args);
  if (given === null) throw usage;
  const values = names.map((name) => {
    const text = given[name];
    if (typeof text !== 'string') return [name, known[name][given.quick === true ? 'quick' : 'full']];
    if (!/^[1-9]\d{0,8}$/.test(text) || Number(text) > known[name].most) throw usage;
    return [name, Number(text)];
  });
  return Object.fromEntries(values) as Record<Name, number>;
}

/** Null when something else stands there. */
function parse(names: readonly string[], args: readonly string[]): Readonly<Record<string, unknown>> | null {
  const numbers = names.map((name) => [name, { type: 'string' as const }]);
  try {
    return parseArgs({
      args: [...args],
      options: { ...Object.fromEntries(numbers), quick: { type: 'boolean' } },
    }).values;
  } catch {
    return null;
  }
}

/** Runs `measure`, which has stopped all that it started when it settles. Exit code 130 when a signal ended it. */
export async function runBench<Name extends string>(
  options: BenchOptions<Name>,
  measure: (values: Readonly<Record<Name, number>>, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const interrupted = new AbortController();
  const { signal } = interrupted;
  // Pressed twice, Ctrl-C must not leave behind what the first is still removing.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interrupted.abort());
  // Connections of the work that was cut off report that their servers have gone. An error that nobody listens to would
  // end the process before it has removed its files.
  signal.addEventListener('abort', () => process.on('uncaughtException', () => {}), { once: true });
  try {
    await measure(readOptions(options), signal);
    signal.throwIfAborted();
  } catch (error) {
    if (signal.aborted) {
      console.error('Interrupted.');
      // What was cut off in its middle would go on for a while, over connections that are gone.
      process.exit(130);
    }
    if (!(error instanceof OperatorError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

/** As `work`, but rejects as soon as the signal is aborted; `work` then fails unheard when what it needs is stopped. */
export async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  work.catch(() => {});
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
