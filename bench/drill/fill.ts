// A large list, without its owners, which no node can read.
import { prefixOf } from '../../src/allowlist/address.js';
import { encodeKey, REGIONS } from '../../src/allowlist/keys.js';
import type { RedisServer } from './servers.js';
import { REGION } from './settings.js';

const ENTRIES_PER_COMMAND = 1000;
/** 60.0.0.0: nobody else in a drill has addresses there. */
const FIRST = 0x3c000000;

export async function fillRegions({ operator }: RedisServer, entries: number): Promise<void> {
  for (let first = 0; first < entries; first += ENTRIES_PER_COMMAND) {
    const fields: string[] = [];
    for (let index = first; index < Math.min(first + ENTRIES_PER_COMMAND, entries); index++) {
      fields.push(encodeKey(prefixOf({ family: 4, words: [FIRST + index] }, 32)), REGION);
    }
    await operator.hset(REGIONS, ...fields);
  }
}
