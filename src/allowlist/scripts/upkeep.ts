// Scripts that remove old changes from the stream.

import { CHANGES } from '../keys.js';
import { COMMON } from './functions.js';

/**
 * ARGV: a revision, a size in bytes. Forgets the changes up to that revision. XTRIM leaves trimmed bytes inside a
 * partly used node, from where a rewrite would copy them to disk; so what remains is written again. A stream above the
 * given size, as during an import, is only trimmed: its entries are large enough to have nodes of their own.
 */
export const FORGET_CHANGES = `${COMMON}
local from = string.format('%.0f-0', tonumber(ARGV[1]) + 1)
redis.call('XTRIM', '${CHANGES}', 'MINID', '=', from)
if (redis.call('MEMORY', 'USAGE', '${CHANGES}') or 0) > tonumber(ARGV[2]) then return end
local rest = redis.call('XRANGE', '${CHANGES}', '-', '+')
redis.call('DEL', '${CHANGES}')
for _, change in ipairs(rest) do redis.call('XADD', '${CHANGES}', change[1], unpack(change[2])) end
`;
