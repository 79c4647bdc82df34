// The drill itself, in a network namespace of its own, which drill.ts has made for it.
import { OperatorError } from '../../src/lib/operator-error.js';
import { unlessAborted } from '../run.js';
import { chosenFaults, readDrillOptions } from './options.js';
import { type Played, Stage } from './play.js';
import { tableOf } from './report.js';

const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interrupted.abort());
// Connections of the work that was cut off report that their servers have gone.
interrupted.signal.addEventListener('abort', () => process.on('uncaughtException', () => {}), { once: true });

const options = readDrillOptions(process.argv.slice(2));
const stage = new Stage(!options.quick, (line) => console.error(line));
const played: Played[] = [];

async function playAll(): Promise<void> {
  for (const fault of chosenFaults(options)) played.push(await stage.play(fault));
}

try {
  await unlessAborted(interrupted.signal, playAll());
  console.log(tableOf(played.map(({ row }) => row)));
  const exceeded = played.flatMap(({ row: { name }, excesses }) =>
    excesses.map((what) => `${name}: ${what}`),
  );
  console.log(exceeded.length === 0 ? 'all within their limits' : exceeded.join('\n'));
  console.log(JSON.stringify({ rows: played.map(({ row }) => row), exceeded }));
  process.exitCode = exceeded.length === 0 ? 0 : 1;
} catch (error) {
  process.exitCode = interrupted.signal.aborted ? 130 : 1;
  console.error(
    interrupted.signal.aborted ? 'Interrupted.' : error instanceof OperatorError ? error.message : error,
  );
} finally {
  await stage.close();
}
// What was cut off in its middle would go on for a while.
process.exit();
