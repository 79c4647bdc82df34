// Whether a customer feels hostile neighbours: the time of answers without them and with all of them at once, in turn. Options:
// --rounds N, --questions N, --quick. A run of enough questions ends with exit code 1 when an answer is lost, or when the 99th
// percentile with them is more than three times that without.
import { OperatorError } from '../../src/lib/operator-error.js';
import { quantiles } from '../quantiles.js';
import { runBench } from '../run.js';
import { askAll } from './asker.js';
import { type Neighbourhood, startNeighbourhood } from './neighbourhood.js';

const MOST = 3;
/** Fewer do not show where the 99th percentile is. */
const ENOUGH = 300;

type Phase = 'quiet' | 'hostile';

interface Extent {
  readonly rounds: number;
  /** Of each kind in each round. */
  readonly questions: number;
}

async function measure(
  { ports, attack }: Neighbourhood,
  { rounds, questions }: Extent,
  signal: AbortSignal,
): Promise<void> {
  const times: Record<Phase, Map<string, number[]>> = { quiet: new Map(), hostile: new Map() };
  const lost: string[] = [];
  // Nobody is to wait for what is compiled first.
  await askAll(ports, { rounds: 20, label: 'first', signal });
  for (let round = 1; round <= rounds && !signal.aborted; round++) {
    for (const phase of ['quiet', 'hostile'] as const) {
      console.error(`  round ${round} of ${rounds}, ${phase}`);
      const end = phase === 'hostile' ? await attack() : async () => {};
      try {
        const asked = await askAll(ports, { rounds: questions, label: `${phase}${round}`, signal });
        lost.push(...asked.lost.map((kind) => `${phase}: ${kind}`));
        for (const [kind, each] of asked.times) {
          times[phase].set(kind, [...(times[phase].get(kind) ?? []), ...each]);
        }
      } finally {
        await end();
      }
    }
  }
  signal.throwIfAborted();
  report(times, lost, rounds * questions);
}

function report(times: Record<Phase, Map<string, number[]>>, lost: readonly string[], samples: number): void {
  const ratios: number[] = [];
  console.log('| asked | quiet p50 | quiet p99 | hostile p50 | hostile p99 | ratio of p99 |');
  console.log('|---|---|---|---|---|---|');
  for (const [kind, quietTimes] of times.quiet) {
    const [quiet, hostile] = [quantiles(quietTimes), quantiles(times.hostile.get(kind) ?? [])];
    const ratio = Math.round((hostile.p99 / quiet.p99) * 100) / 100;
    ratios.push(ratio);
    console.log(`| ${kind} | ${quiet.p50} | ${quiet.p99} | ${hostile.p50} | ${hostile.p99} | ${ratio} |`);
  }
  const worst = Math.max(...ratios);
  console.log(JSON.stringify({ samples, lost: lost.length, p99_ratio: worst }));
  if (samples < ENOUGH) return;
  if (lost.length > 0) throw new OperatorError(`answers were lost: ${[...new Set(lost)].join(', ')}`);
  if (worst > MOST) throw new OperatorError(`the customer feels neighbours: ${worst} times the quiet p99`);
}

await runBench(
  {
    rounds: { full: 3, quick: 1, most: 100 },
    questions: { full: 300, quick: 20, most: 10_000 },
  },
  async (extent, signal) => {
    console.error('Starting the edge …');
    const neighbourhood = await startNeighbourhood();
    try {
      await measure(neighbourhood, extent, signal);
    } finally {
      await neighbourhood.close();
    }
  },
);
