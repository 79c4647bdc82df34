// `npm run fuzz`: millions of mutated packets for every parser, from a seed that is printed. Options: --seed N, --packets N, --quick.
import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { readOptions } from '../../../bench/run.js';
import { fuzz, Offence } from './campaign.js';
import { TARGETS } from './targets.js';

function options() {
  const seed = randomInt(1, 2 ** 31);
  try {
    return readOptions({
      seed: { full: seed, quick: seed, most: 2 ** 31 },
      packets: { full: 2_000_000, quick: 2_000, most: 999_999_999 },
    });
  } catch (error) {
    console.error((error as Error).message);
    process.exit(1);
  }
}

const { seed, packets } = options();
process.on('unhandledRejection', (fault) => {
  throw fault;
});
console.log(`seed ${seed}, ${packets} packets for each parser`);
for (const create of TARGETS) {
  const target = create();
  const began = performance.now();
  try {
    await fuzz(target, { seed, packets, onProgress: (done) => console.log(`${target.name}: ${done}`) });
  } catch (fault) {
    if (!(fault instanceof Offence)) throw fault;
    const file = `fuzz-${seed}-${fault.place.index}.hex`;
    writeFileSync(file, `${fault.packet.toString('hex')}\n`);
    console.error(`${fault.message.split('\n')[0]}; the packet stands in ${file}`);
    process.exit(1);
  }
  console.log(`${target.name}: all sound, ${Math.round((performance.now() - began) / 1000)} s`);
}
