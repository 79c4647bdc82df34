// The life of a server process: it starts or prints why it cannot, stops once and in order, and never hangs.
import { type Endpoint, endpointText } from '../config/settings.js';
import { errorLines } from './error-lines.js';
import { errorFields, type Logger } from './log.js';
import { onReloadSignal } from './reload-signal.js';
import { notifyServiceManager } from './service-manager.js';

const STOP_MS = 10_000;

export interface RunningServer {
  readonly listen: Endpoint;
  /** Milliseconds between the signal, which sets `stopping`, and `stop`. */
  readonly stopDelayMs: number;
  /** Reads its files again. A broken file is refused as a whole, and the old one stays. */
  reload(): Promise<void>;
  /** Responses in flight are sent; then everything is closed. */
  stop(): Promise<void>;
}

export interface ServerProcessOptions {
  /** The prefix of each error on stderr. */
  readonly name: string;
  readonly log: Logger;
  /** `stopping` returns true from the first signal on, before anything is closed. */
  readonly start: (stopping: () => boolean) => Promise<RunningServer>;
}

/**
 * Runs until SIGTERM, SIGINT or the end of a parent with an IPC channel. Then, after the delay, it stops with exit code 0, or 1 when
 * that takes more than ten seconds. A second signal ends the delay. SIGHUP reloads the files, or is remembered until the process has
 * started. After an error at start: its lines on stderr and exit code 1.
 */
export async function runServerProcess({ name, log, start }: ServerProcessOptions): Promise<void> {
  let starting: Promise<RunningServer> | undefined;
  let running: RunningServer | undefined;
  let stopping = false;
  const secondSignal = Promise.withResolvers<void>();

  function fail(error: unknown): never {
    log.error('process.failed', errorFields(error));
    process.exit(1);
  }

  /** Ctrl-C reaches a child from the terminal and from its parent: only the first signal begins the stop. */
  async function stop(): Promise<void> {
    if (stopping) return secondSignal.resolve();
    stopping = true;
    log.info('process.stopping');
    notifyServiceManager('STOPPING=1');
    try {
      // A process that still starts serves nobody, so no balancer has to notice.
      if (running !== undefined) await untilOver(running.stopDelayMs, secondSignal.promise);
      setTimeout(() => fail(new Error('the stop took too long')), STOP_MS).unref();
      await (await starting)?.stop();
    } catch (error) {
      fail(error);
    }
    log.info('process.stopped');
    process.exit(0);
  }

  // The crash report of Node.js contains the message of the error, which may contain anything.
  process.on('uncaughtException', fail);
  // A parent that died takes the pipes with it. The stop must go on.
  for (const output of [process.stdout, process.stderr]) output.on('error', () => {});
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);
  process.on('disconnect', stop);

  try {
    starting = start(() => stopping);
    const server = await starting;
    running = server;
    onReloadSignal(async () => {
      if (!stopping) await server.reload();
    });
    log.info('process.started', { listen: endpointText(server.listen) });
    notifyServiceManager('READY=1');
  } catch (error) {
    if (stopping) return;
    for (const line of errorLines(error).split('\n')) process.stderr.write(`${name}: ${line}\n`);
    process.exit(1);
  }
}

/** Resolves after so many milliseconds, or earlier with `end`. */
async function untilOver(ms: number, end: Promise<void>): Promise<void> {
  const over = Promise.withResolvers<void>();
  const timer = setTimeout(over.resolve, ms);
  await Promise.race([over.promise, end]).finally(() => clearTimeout(timer));
}
