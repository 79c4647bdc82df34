// The life of a server process: it starts or says in clear lines why not, stops once and in order, and never hangs.
import { type Endpoint, endpointText } from '../config/settings.js';
import { faultLines } from './fault-lines.js';
import { errorFields, type Logger } from './log.js';

const STOP_MS = 10_000;

export interface RunningServer {
  readonly listen: Endpoint;
  /** Reads its files anew; a broken one is refused whole, and the old one stays. */
  reload(): Promise<void>;
  /** Answers in flight are sent; then everything is closed. */
  stop(): Promise<void>;
}

export interface ServerProcessOptions {
  /** Stands before each fault on stderr. */
  readonly name: string;
  readonly log: Logger;
  /** `stopping` turns true with the first signal, before anything is closed. */
  readonly start: (stopping: () => boolean) => Promise<RunningServer>;
}

/**
 * Runs until SIGTERM, SIGINT or the end of the parent that opened an IPC channel: then exit code 0, or 1 when the stop
 * takes more than ten seconds. SIGHUP reloads its files. A fault at start: its lines on stderr and exit code 1.
 */
export async function runServerProcess({ name, log, start }: ServerProcessOptions): Promise<void> {
  let starting: Promise<RunningServer> | undefined;
  let stopping = false;

  function fail(error: unknown): never {
    log.error('process.failed', errorFields(error));
    process.exit(1);
  }

  /** Only the first signal counts: Ctrl-C reaches a child from the terminal and from its parent. */
  async function stop(): Promise<void> {
    if (stopping) return;
    stopping = true;
    log.info('process.stopping');
    setTimeout(() => fail(new Error('the stop took too long')), STOP_MS).unref();
    try {
      await (await starting)?.stop();
    } catch (error) {
      fail(error);
    }
    log.info('process.stopped');
    process.exit(0);
  }

  // Node's own report of a crash holds the error's message, and that may hold anything.
  process.on('uncaughtException', fail);
  // A parent that died takes the pipes with it; the stop must go on all the same.
  for (const output of [process.stdout, process.stderr]) output.on('error', () => {});
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);
  process.on('disconnect', stop);
  process.on('SIGHUP', async () => {
    const server = await starting;
    if (!stopping) await server?.reload();
  });

  try {
    starting = start(() => stopping);
    log.info('process.started', { listen: endpointText((await starting).listen) });
  } catch (error) {
    if (stopping) return;
    for (const line of faultLines(error).split('\n')) process.stderr.write(`${name}: ${line}\n`);
    process.exit(1);
  }
}
