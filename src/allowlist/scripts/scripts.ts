// Every change of the allowlist is one Lua script, so that owners, public map, revision and stream never disagree.
// Keys are built inside the scripts: all lie in the hash slot of KEYS[1]. No script reads a clock.

import {
  CURRENT_FORM,
  ENTRIES,
  EPOCH,
  FORM,
  INDEX,
  LAST_CHANGE,
  LAST_DAYS,
  OWNERS_OF,
  PROFILES,
  REVISION,
} from '../keys.js';
import { COMMON, HAS_EPOCH } from './functions.js';
import { WHOLE_NETWORK } from './network-functions.js';
import { NETWORK_SCRIPTS } from './networks.js';
import { REFORM_SCRIPTS } from './reform.js';
import { REMOVE_MANY, REMOVE_MATCHING } from './removal.js';
import { FORGET_CHANGES } from './upkeep.js';

/** ARGV: a random id of the store, and one of the change. Returns 1 if the store had no epoch. */
const INITIALISE = `
if not redis.call('SET', '${EPOCH}', ARGV[1], 'NX') then return 0 end
redis.call('SETNX', '${REVISION}', '0')
redis.call('SET', '${LAST_CHANGE}', ARGV[2])
redis.call('SET', '${FORM}', '${CURRENT_FORM}')
return 1
`;

/** ARGV: keys and entries in turn. Returns how many were added and how many replaced. */
const PUT = `${COMMON}
local added, replaced = 0, 0
for i = 1, #ARGV, 2 do
  local key, value = ARGV[i], ARGV[i + 1]
  if entry(key) then
    replaced = replaced + 1
  else
    added = added + 1
  end
  redis.call('HSET', '${ENTRIES}', key, value)
  choose('admin', key)
  setLastDay('admin', key, (parts(value)))
  touch(key)
end
if added > 0 then sortFields('${ENTRIES}') end
commit()
return {added, replaced}
`;

/**
 * ARGV: key, last day or empty, profile or empty, 1 with a label or 0 without, label. Empty arguments change nothing. Returns the
 * entry, or nil. Only a profile makes the admins the latest owner, whose profile devices get.
 */
const UPDATE = `${COMMON}
local key = ARGV[1]
local before = entry(key)
if not before then return false end
local day, profile, label = parts(before)
if ARGV[2] ~= '' then day = ARGV[2] end
if ARGV[3] ~= '' then profile = ARGV[3] end
if ARGV[4] == '1' then label = ARGV[5] end
local value = day .. ' ' .. profile .. ' ' .. label
redis.call('HSET', '${ENTRIES}', key, value)
setLastDay('admin', key, day)
if ARGV[3] ~= '' then
  choose('admin', key)
  touch(key)
end
commit()
return value
`;

/** ARGV: key. Returns whether it was removed and whether a network still holds it, as 1 or 0. */
const REMOVE = `${COMMON}
local removed = 0
if entry(ARGV[1]) then
  leave('admin', ARGV[1])
  commit()
  removed = 1
end
return {removed, redis.call('EXISTS', '${OWNERS_OF}' .. ARGV[1])}
`;

/** ARGV: key, the most holders to remove. Takes the prefix from them; returns their number. */
const REMOVE_EVERYWHERE = `${COMMON}
local owners = redis.call('ZRANGE', '${OWNERS_OF}' .. ARGV[1], 0, tonumber(ARGV[2]) - 1)
for _, owner in ipairs(owners) do leave(owner, ARGV[1]) end
commit()
return #owners
`;

/** ARGV: a day as YYYYMMDD, how many at most. Removes what has its last day before it; returns how many. */
const EXPIRE = `${COMMON}
local members = redis.call('ZRANGEBYSCORE', '${LAST_DAYS}', '-inf', '(' .. ARGV[1], 'LIMIT', 0, ARGV[2])
for _, member in ipairs(members) do
  local key, owner = string.match(member, '^(%S+) (.*)$')
  if key == '${WHOLE_NETWORK}' then
    removeNetwork(owner)
  else
    leave(owner, key)
  end
end
commit()
return #members
`;

/**
 * ARGV: first key inside the range, last key, where the page may begin and end, 1 to count from the end, the most rows.
 * Returns how many keys the range has, how many of them stand before and after that part, then per key: key, profile,
 * number of owners, 1 when the admin is one of them, last day or -, the admin's label.
 */
const PAGE = `${COMMON}
local first, last = '[' .. ARGV[1], '[' .. ARGV[2]
local total = redis.call('ZLEXCOUNT', '${INDEX}', first, last)
local rows = {
  total,
  total - redis.call('ZLEXCOUNT', '${INDEX}', ARGV[3], last),
  total - redis.call('ZLEXCOUNT', '${INDEX}', first, ARGV[4]),
}
local keys
if ARGV[5] == '1' then
  keys = redis.call('ZREVRANGEBYLEX', '${INDEX}', ARGV[4], ARGV[3], 'LIMIT', 0, ARGV[6])
else
  keys = redis.call('ZRANGEBYLEX', '${INDEX}', ARGV[3], ARGV[4], 'LIMIT', 0, ARGV[6])
end
for _, key in ipairs(keys) do
  local holders = redis.call('ZRANGE', '${OWNERS_OF}' .. key, 0, -1)
  local owners, count = {}, 0
  local byAdmin, lastDay, label = 0, '', ''
  for _, holder in ipairs(holders) do
    local owner = accountAndId(holder) or holder
    if not owners[owner] then
      owners[owner] = true
      count = count + 1
    end
    local network, day, own = networkOf(holder)
    if network then
      day = earlier(network.day, network.lastDay[placeOf(key)])
    else
      day, _, own = parts(entry(key))
    end
    if holder == 'admin' then byAdmin, label = 1, own end
    if day == '-' or (lastDay ~= '-' and day > lastDay) then lastDay = day end
  end
  rows[#rows + 1] = {key, redis.call('HGET', '${PROFILES}', key), count, byAdmin, lastDay, label}
end
return rows
`;

/** ARGV: key. Returns the profile that devices there have, or nil. */
const PROFILE_AT = `${HAS_EPOCH}
return redis.call('HGET', '${PROFILES}', ARGV[1])
`;

/** Returns the number of IPv4 and of IPv6 prefixes and the revision. */
const STATS = `${COMMON}
return {
  redis.call('ZLEXCOUNT', '${INDEX}', '[4', '(5'),
  redis.call('ZLEXCOUNT', '${INDEX}', '[6', '(7'),
  revision - 1,
}
`;

/** ARGV: the most prefixes to remove, the most holders. Takes prefixes from their holders. Returns how many
 * prefixes nobody has any more, and from how many holders one was taken. */
const CLEAR = `${COMMON}
local before, left = redis.call('ZLEXCOUNT', '${INDEX}', '-', '+'), tonumber(ARGV[2])
local keys = redis.call('ZRANGE', '${INDEX}', 0, tonumber(ARGV[1]) - 1)
for _, key in ipairs(keys) do
  local owners = redis.call('ZRANGE', '${OWNERS_OF}' .. key, 0, left - 1)
  for _, owner in ipairs(owners) do leave(owner, key) end
  left = left - #owners
  if left == 0 then break end
end
commit()
return {before - redis.call('ZLEXCOUNT', '${INDEX}', '-', '+'), tonumber(ARGV[2]) - left}
`;

export const SCRIPTS = {
  ...NETWORK_SCRIPTS,
  ...REFORM_SCRIPTS,
  allowlistInitialise: INITIALISE,
  allowlistPut: PUT,
  allowlistUpdate: UPDATE,
  allowlistRemove: REMOVE,
  allowlistRemoveEverywhere: REMOVE_EVERYWHERE,
  allowlistRemoveMany: REMOVE_MANY,
  allowlistRemoveMatching: REMOVE_MATCHING,
  allowlistClear: CLEAR,
  allowlistExpire: EXPIRE,
  allowlistPage: PAGE,
  allowlistProfile: PROFILE_AT,
  allowlistStats: STATS,
  allowlistForgetChanges: FORGET_CHANGES,
} as const;
