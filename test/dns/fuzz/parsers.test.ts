import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { fuzz, type Target } from './campaign.js';
import { TARGETS } from './targets.js';
import { MESSAGES } from './tcp-target.js';

const SEED = 20_261_123;
const PACKETS = 200_000;
/** Bytes that may be in use afterwards beyond those before: code that was compiled meanwhile, not packets. */
const GROWTH = 2_000_000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function bytesInUse(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const targets = TARGETS.map((create) => create()).map((target) => [target.name, target] as const);

describe(`${PACKETS} mutated packets`, () => {
  it.each(targets)('%s: no exception, no wrong response, no memory leak', async (name, target: Target) => {
    const packets = name === 'TCP streams' ? PACKETS / MESSAGES : PACKETS;
    await fuzz(target, { seed: SEED + 1, packets: packets / 10 });
    const before = bytesInUse();
    await fuzz(target, { seed: SEED, packets });
    // What lies outside of the heap is given back a little after it was found to be garbage.
    await expect.poll(() => bytesInUse() - before).toBeLessThan(GROWTH);
  });
});
