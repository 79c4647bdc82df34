// The conversion of a store of an earlier form: entries of accounts become networks, and regions become profiles.

import {
  CHANGES,
  CURRENT_FORM,
  ENTRIES,
  EPOCH,
  FORM,
  INDEX,
  LAST_CHANGE,
  LAST_DAYS,
  NETWORKS_OF,
  OWNERS_OF,
  PROFILES,
} from '../keys.js';
import { FUNCTIONS } from './functions.js';
import { WHOLE_NETWORK } from './network-functions.js';

/** Keys of earlier forms: the epoch; prefix key → region; the start of the keys of each owner's entries. */
const EARLIER_EPOCH = '{allowlist}:epoch';
export const EARLIER_REGIONS = '{allowlist}:regions';
const EARLIER_ENTRIES_OF = '{allowlist}:entries:';
const EARLIER_FORM = '3';

/**
 * Returns 1 when the store has an earlier form, whose epoch is gone from then on: gateways of that form write nothing more. An
 * empty store has no form, and stays as it is.
 */
const REFORM_BEGIN = `
if redis.call('GET', '${FORM}') == '${CURRENT_FORM}' then return 0 end
if redis.call('DEL', '${EARLIER_EPOCH}') == 1 then redis.call('SETNX', '${FORM}', '${EARLIER_FORM}') end
return redis.call('EXISTS', '${FORM}')
`;

/**
 * ARGV: the key after which to go on, or `-` to begin; how many prefixes. Returns the last key, or nil at the end. What is converted
 * already stays as it is. An entry of an account becomes a network of the same last day, whose name is the entry's label. Owners
 * are numbered again, because the first forms numbered them by the revision.
 */
const REFORM_PAGE = `${FUNCTIONS}
if redis.call('GET', '${FORM}') == '${CURRENT_FORM}' then return false end
local function isId(text)
  return string.match(text, '^[a-z0-9][a-z0-9%-]*$') and not string.match(text, '%-%-') and not string.match(text, '%-$')
end

-- The preferences of an entry; a region that is no id counts as none.
local function preferencesOf(text)
  return string.match(text, '^[46]+;(.*)$') or (isId(text) and text or '-')
end

-- As random as the id of this change.
local function newId(holder, key)
  local hex = redis.sha1hex(change .. holder .. key)
  return table.concat({
    string.sub(hex, 1, 8), string.sub(hex, 9, 12), '4' .. string.sub(hex, 14, 16), 'a' .. string.sub(hex, 18, 20),
    string.sub(hex, 21, 32),
  }, '-')
end

local function toNetwork(account, key)
  redis.call('ZREM', '${OWNERS_OF}' .. key, account)
  redis.call('ZREM', '${LAST_DAYS}', key .. ' ' .. account)
  local value = redis.call('HGET', '${EARLIER_ENTRIES_OF}' .. account, key)
  if not value then return nil end
  local day, text, name = parts(value)
  local id = newId(account, key)
  local holder = account .. '/' .. id
  local network = {day = day, key = {'-', '-'}, lastDay = {'-', '-'}, digest = '-', name = name}
  network.preferences = preferencesOf(text)
  network.key[placeOf(key)] = key
  redis.call('HSET', '${NETWORKS_OF}' .. account, id, lineOf(network))
  redis.call('HDEL', '${EARLIER_ENTRIES_OF}' .. account, key)
  setLastDay(holder, '${WHOLE_NETWORK}', day)
  sortFields('${NETWORKS_OF}' .. account)
  sortFields('${EARLIER_ENTRIES_OF}' .. account)
  return holder
end

local function reformEntry(key)
  local day, text, label = parts(entry(key))
  if string.find(text, ';', 1, true) then return end
  local profile = string.sub(key, 1, 1) .. ';' .. preferencesOf(text)
  redis.call('HSET', '${ENTRIES}', key, day .. ' ' .. profile .. ' ' .. label)
end

local from = ARGV[1] == '-' and '-' or '(' .. ARGV[1]
local keys = redis.call('ZRANGEBYLEX', '${INDEX}', from, '+', 'LIMIT', 0, ARGV[2])
for _, key in ipairs(keys) do
  for number, holder in ipairs(redis.call('ZRANGE', '${OWNERS_OF}' .. key, 0, -1)) do
    if holder == 'admin' then
      reformEntry(key)
    elseif not accountAndId(holder) then
      holder = toNetwork(holder, key)
    end
    if holder then redis.call('ZADD', '${OWNERS_OF}' .. key, number, holder) end
  end
  redis.call('HSET', '${PROFILES}', key, profileOf(latestOwner(key), key))
end
-- Once: for each entry it would block Redis for a second.
sortFields('${ENTRIES}')
return keys[#keys] or false
`;

/** ARGV: a random id of the store. Ends the conversion: every dns-node loads the whole store. */
const REFORM_END = `${FUNCTIONS}
if redis.call('GET', '${FORM}') == '${CURRENT_FORM}' then return false end
sortFields('${PROFILES}')
redis.call('DEL', '${CHANGES}')
redis.call('SET', '${LAST_CHANGE}', change)
redis.call('SET', '${EPOCH}', ARGV[1])
redis.call('SET', '${FORM}', '${CURRENT_FORM}')
`;

export const REFORM_SCRIPTS = {
  allowlistReformBegin: REFORM_BEGIN,
  allowlistReformPage: REFORM_PAGE,
  allowlistReformEnd: REFORM_END,
} as const;
