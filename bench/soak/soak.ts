// `npm run soak`: the gateway under mixed traffic for half an hour (`--minutes N`). Its memory stays flat, Postgres goes away
// and comes back, SIGTERM comes under load, no request gets an answer that is not right, and whoever watches is told of every
// change. Exit code 1 when it is not so.
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { soak } from './drill.js';
import { growth } from './growth.js';

const MAX_GROWTH = 0.1;
const MAX_RECOVERY_SECONDS = 5;
const MAX_STOP_SECONDS = 10;

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '30' }, rate: { type: 'string', default: '300' } },
});

const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());
const minutes = Number(values.minutes);
const report = await soak({
  seconds: minutes * 60,
  rate: Number(values.rate),
  users: 48,
  people: 600,
  watchers: 200,
  restartSeconds: 5,
  // A short soak has few of the heap's lows: it must not miss them.
  sampleSeconds: Math.min(10, minutes / 3),
  gatewayScript: fileURLToPath(new URL('../../src/bin/gateway.js', import.meta.url)),
  interrupted: interrupted.signal,
  say: (line) => console.error(line),
}).catch((error) => {
  if (interrupted.signal.aborted) process.exit(130);
  throw error;
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
    share <= MAX_GROWTH ? [] : [`${what} grew by ${(share * 100).toFixed(1)} %`],
  ),
  ...(report.told > 0 ? [] : ['nobody who watched was told of anything']),
  ...(report.unavailable > 0 ? [] : ['nobody noticed that Postgres was away']),
  ...(report.recoverySeconds <= MAX_RECOVERY_SECONDS ? [] : ['Postgres was back, and the gateway was not']),
  ...(stop.exitCode === 0 && stop.seconds <= MAX_STOP_SECONDS ? [] : ['the stop failed']),
  ...(stop.drops === 0 ? [] : ['requests were dropped']),
];
console.log(faults.length === 0 ? 'all is well' : faults.join('\n'));
console.log(JSON.stringify({ ...report, memory: memory.at(-1), grown }));
process.exitCode = faults.length === 0 ? 0 : 1;
