// Scripts that remove many entries of one owner, a limited number at a time.

import { ENTRIES_OF } from '../keys.js';
import { COMMON } from './functions.js';

/** ARGV: owner, then keys. Returns how many the owner had. */
export const REMOVE_MANY = `${COMMON}
local removed = 0
for i = 2, #ARGV do
  if entry(ARGV[1], ARGV[i]) then
    leave(ARGV[1], ARGV[i])
    removed = removed + 1
  end
end
commit()
return removed
`;

/**
 * ARGV: owner, cursor, about how many entries to scan, first key, last key, 1 with a label or 0 without, label, 1 to only count.
 * Removes the entries in the range that have the label. HSCAN returns every entry that exists during the whole scan. Returns
 * the next cursor, 0 at the end, and the number of matching entries.
 */
export const REMOVE_MATCHING = `${COMMON}
local owner, first, last = ARGV[1], ARGV[4], ARGV[5]
local step = redis.call('HSCAN', '${ENTRIES_OF}' .. owner, ARGV[2], 'COUNT', ARGV[3])
local found = 0
for i = 1, #step[2], 2 do
  local key = step[2][i]
  local _, _, label = parts(step[2][i + 1])
  if key >= first and key <= last and (ARGV[6] == '0' or label == ARGV[7]) then
    found = found + 1
    if ARGV[8] == '0' then leave(owner, key) end
  end
end
commit()
return {step[1], found}
`;
