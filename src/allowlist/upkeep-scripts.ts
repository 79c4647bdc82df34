// Scripts that remove old changes from the stream, and convert data of earlier versions.
import { COMMON } from './common-script.js';
import { CHANGES, CURRENT_FORM, ENTRIES_OF, FORM, INDEX, LAST_CHANGE, OWNERS_OF, PROFILES } from './keys.js';

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

/**
 * ARGV: the key after which to go on, or `-` to begin; how many at most. Earlier versions numbered owners by the revision,
 * left fields in the order in which they came, and gave changes no ids. Returns the last key, or nil when all have the present form.
 */
export const REFORM = `${COMMON}
if redis.call('GET', '${FORM}') == '${CURRENT_FORM}' then return false end
local from = ARGV[1] == '-' and '-' or '(' .. ARGV[1]
local keys = redis.call('ZRANGEBYLEX', '${INDEX}', from, '+', 'LIMIT', 0, ARGV[2])
for _, key in ipairs(keys) do
  for number, owner in ipairs(redis.call('ZRANGE', '${OWNERS_OF}' .. key, 0, -1)) do
    redis.call('ZADD', '${OWNERS_OF}' .. key, number, owner)
    sortFields('${ENTRIES_OF}' .. owner)
  end
end
if #keys > 0 then return keys[#keys] end
sortFields('${PROFILES}')
redis.call('SETNX', '${LAST_CHANGE}', change)
redis.call('SET', '${FORM}', '${CURRENT_FORM}')
return false
`;
