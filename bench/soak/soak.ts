// `npm run soak`: the gateway under mixed traffic for half an hour. Its memory stays flat, Postgres goes away
// and comes back, SIGTERM comes under load, no request gets an answer that is not right, and every watcher gets every
// change. Exit code 1 when it is not so. Options: --seconds N, --rate N, --quick.
import { fileURLToPath } from 'node:url';
import { runBench } from '../run.js';
import { soak } from './drill.js';
import { growth } from './growth.js';

const MAX_GROWTH = 0.1;
const MAX_RECOVERY_SECONDS = 5;
const MAX_STOP_SECONDS = 10;
/** Before that, what a process takes once looks like growth. */
const MEMORY_AFTER_SECONDS = 300;

async function measure(
  { seconds, rate }: { readonly seconds: number; readonly rate: number },
  interrupted: AbortSignal,
): Promise<void> {
  console.error('Starting Postgres, Redis and the gateway …');
  const report = await soak({
    seconds,
    rate,
    users: 48,
    people: 600,
    watchers: 200,
    restartSeconds: Math.min(5, seconds / 6),
    // A short soak has few of the heap's lows: it must not miss them.
    sampleSeconds: Math.min(10, seconds / 180),
    gatewayScript: fileURLToPath(new URL('../../src/bin/gateway.js', import.meta.url)),
    interrupted,
    say: (line) => console.error(line),
  });
  const { memory, stop, failures } = report;
  const grown = {
    rss: growth(
      memory.map(({ rss }) => rss),
      0.5,
    ),
    heap: growth(
      memory.map(({ heap }) => heap),
      0.1,
    ),
  };
  const faults = [
    ...Object.entries(failures).map(([what, count]) => `${count} × ${what}`),
    ...Object.entries(grown).flatMap(([what, share]) =>
      share <= MAX_GROWTH || seconds < MEMORY_AFTER_SECONDS
        ? []
        : [`${what} grew by ${(share * 100).toFixed(1)} %`],
    ),
    ...(report.updates > 0 ? [] : ['no subscriber received an update']),
    ...(report.unavailable > 0 ? [] : ['nobody noticed that Postgres was away']),
    ...(report.recoverySeconds <= MAX_RECOVERY_SECONDS ? [] : ['Postgres was back, and the gateway was not']),
    ...(stop.exitCode === 0 && stop.seconds <= MAX_STOP_SECONDS ? [] : ['the stop failed']),
    ...(stop.drops === 0 ? [] : ['requests were dropped']),
  ];
  console.log(faults.length === 0 ? 'all is well' : faults.join('\n'));
  console.log(JSON.stringify({ ...report, memory: memory.at(-1), grown }));
  process.exitCode = faults.length === 0 ? 0 : 1;
}

await runBench(
  { seconds: { full: 1800, quick: 8, most: 86_400 }, rate: { full: 300, quick: 100, most: 10_000 } },
  measure,
);
