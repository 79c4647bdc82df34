// `npm start`: runs the whole product until Ctrl-C, and leaves nothing running.
import '../config/debug-output.js';
import { join } from 'node:path';
import { readStartConfig } from '../config/start.js';
import { Interrupted, startProduct } from '../dev/product.js';
import { errorLines } from '../runtime/error-lines.js';

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => interrupted.abort());
// A terminal that was closed cannot be written to; the stop must go on all the same.
for (const output of [process.stdout, process.stderr]) output.on('error', () => {});

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function main(): Promise<number> {
  const product = await startProduct({
    config: readStartConfig(),
    dataDir: join(process.cwd(), '.data'),
    say,
    interrupted: interrupted.signal,
  });
  process.stdout.write(product.summary);
  const asked = new Promise<null>((resolve) => {
    interrupted.signal.addEventListener('abort', () => resolve(null));
    if (interrupted.signal.aborted) resolve(null);
  });
  const failure = await Promise.race([asked, product.failed]);
  say(failure ?? 'Stopping …');
  await product.stop();
  return failure === null ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof Interrupted)) {
    say(errorLines(error));
    process.exitCode = 1;
  }
}
