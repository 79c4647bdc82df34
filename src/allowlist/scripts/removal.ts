// Scripts that remove many entries of the admins, a limited number at a time.

import { ENTRIES } from '../keys.js';
import { COMMON } from './functions.js';

/** ARGV: keys. Returns how many of them had an entry. */
export const REMOVE_MANY = `${COMMON}
local removed = 0
for i = 1, #ARGV do
  if entry(ARGV[i]) then
    leave('admin', ARGV[i])
    removed = removed + 1
  end
end
commit()
return removed
`;

/**
 * ARGV: cursor, about how many entries to scan, first key, last key, 1 with a label or 0 without, label, 1 to only count.
 * Removes the entries in the range that have the label. HSCAN returns every entry that exists during the whole scan. Returns
 * the next cursor, 0 at the end, and the number of matching entries.
 */
export const REMOVE_MATCHING = `${COMMON}
local first, last = ARGV[3], ARGV[4]
local step = redis.call('HSCAN', '${ENTRIES}', ARGV[1], 'COUNT', ARGV[2])
local found = 0
for i = 1, #step[2], 2 do
  local key = step[2][i]
  local _, _, label = parts(step[2][i + 1])
  if key >= first and key <= last and (ARGV[5] == '0' or label == ARGV[6]) then
    found = found + 1
    if ARGV[7] == '0' then leave('admin', key) end
  end
end
commit()
return {step[1], found}
`;
