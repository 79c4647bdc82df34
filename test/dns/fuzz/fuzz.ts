// `npm run fuzz`: millions of mutated packets for every parser, from a seed that is printed. `--seed N --packets N`
import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { fuzz, Offence } from './campaign.js';
import { TARGETS } from './targets.js';

const { values } = parseArgs({ options: { seed: { type: 'string' }, packets: { type: 'string' } } });
const seed = Number(values.seed ?? randomInt(2 ** 31));
const packets = Number(values.packets ?? 2_000_000);
if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(packets) || packets < 1) {
  console.error('fuzz: --seed and --packets are whole numbers');
  process.exit(2);
}
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
