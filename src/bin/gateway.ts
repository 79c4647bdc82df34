// The gateway process: reads its settings, serves until it is told to stop, and says in one line why it cannot.
import { readGatewayConfig } from '../config/gateway.js';
import { type Gateway, ListenFault, startGateway } from '../http/gateway.js';
import { createLogger, errorFields } from '../operations/log.js';
import { faultLines } from '../start/faults.js';

const STOP_MS = 10_000;

const log = createLogger('gateway');
let starting: Promise<Gateway> | undefined;
let stopping = false;

// Node's own report of a crash holds the error's message, and that may hold anything.
process.on('uncaughtException', (error) => fail(error));
// A parent that died takes the pipes with it; the stop must go on all the same.
for (const output of [process.stdout, process.stderr]) output.on('error', () => {});
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);
process.on('disconnect', stop);
process.on('SIGHUP', async () => (await starting)?.reloadCatalogue());

try {
  const config = readGatewayConfig();
  starting = startGateway(config, log);
  const { port } = await starting;
  log.info('process.started', { listen: `${config.listen.host}:${port}` });
} catch (error) {
  if (!stopping) refuse(error);
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

/** What keeps the process from starting, one fault a line. */
function refuse(error: unknown): never {
  const lines = error instanceof ListenFault ? error.message : faultLines(error);
  for (const line of lines.split('\n')) process.stderr.write(`gateway: ${line}\n`);
  process.exit(1);
}

function fail(error: unknown): never {
  log.error('process.failed', errorFields(error));
  process.exit(1);
}
