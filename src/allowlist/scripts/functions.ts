// What the allowlist's scripts have in common.
import {
  CHANGES,
  ENTRIES,
  EPOCH,
  INDEX,
  LAST_CHANGE,
  LAST_DAYS,
  OWNER_CHANGED,
  OWNERS_OF,
  PROFILES,
  REVISION,
} from '../keys.js';
import { NETWORK_FUNCTIONS } from './network-functions.js';

/** The most fields that Redis keeps in a small hash (`hash-max-listpack-entries`). */
const SMALL_HASH = 512;

/** The start of the error reply of every script for a store without an epoch. */
export const UNINITIALISED = 'UNINITIALISED';

/**
 * The functions of all scripts. Owners of a prefix are the admins and networks. `commit` derives the public map of a prefix from
 * what its owners say, once per script, and publishes what differs from before. The last argument of every script is a random id
 * for the change, because scripts have no secure random numbers; it is removed before the script reads the others.
 */
export const FUNCTIONS = `
local change = table.remove(ARGV)
local revision = tonumber(redis.call('GET', '${REVISION}') or '0') + 1
local touched, changed, notified = {}, {}, {}

local function parts(value)
  return string.match(value, '^(%S+) (%S+) (.*)$')
end

local function entry(key)
  return redis.call('HGET', '${ENTRIES}', key)
end

local function touch(key)
  if not touched[key] then
    touched[key] = true
    changed[#changed + 1] = key
  end
end

local function setLastDay(owner, key, day)
  local member = key .. ' ' .. owner
  if day == '-' then
    redis.call('ZREM', '${LAST_DAYS}', member)
  else
    redis.call('ZADD', '${LAST_DAYS}', (string.gsub(day, '-', '')), member)
  end
end

local function notify(account)
  if notified[account] then return end
  notified[account] = true
  redis.call('PUBLISH', '${OWNER_CHANGED}', redis.sha1hex(account))
end

-- The number counts the owners of this key alone: a number of all changes would say who of all people was first.
local function choose(owner, key)
  local latest = redis.call('ZREVRANGE', '${OWNERS_OF}' .. key, 0, 0, 'WITHSCORES')
  if latest[1] == owner then return end
  redis.call('ZADD', '${OWNERS_OF}' .. key, (tonumber(latest[2]) or 0) + 1, owner)
end

-- Redis keeps the fields of a small hash in the order in which they came, on disk, too.
local function sortFields(hash)
  if redis.call('HLEN', hash) > ${SMALL_HASH} then return end
  local values, fields = redis.call('HGETALL', hash), {}
  for i = 1, #values, 2 do fields[#fields + 1] = {values[i], values[i + 1]} end
  table.sort(fields, function(one, other) return one[1] < other[1] end)
  redis.call('DEL', hash)
  for _, field in ipairs(fields) do redis.call('HSET', hash, field[1], field[2]) end
end

${NETWORK_FUNCTIONS}
-- A network stays without the address.
local function leave(owner, key)
  local network = networkOf(owner)
  if network then
    setAddress(owner, network, placeOf(key), '-', '-')
    writeNetwork(owner, network)
    return
  end
  if owner == 'admin' then redis.call('HDEL', '${ENTRIES}', key) end
  redis.call('ZREM', '${LAST_DAYS}', key .. ' ' .. owner)
  redis.call('ZREM', '${OWNERS_OF}' .. key, owner)
  touch(key)
end

local function latestOwner(key)
  return redis.call('ZREVRANGE', '${OWNERS_OF}' .. key, 0, 0)[1]
end

local function profileOf(owner, key)
  local network = networkOf(owner)
  if network then return profileOfNetwork(network) end
  local _, profile = parts(entry(key))
  return profile
end

local function commit()
  if #changed == 0 then return end
  local state, added = {}, 0
  for _, key in ipairs(changed) do
    local owner = latestOwner(key)
    local profile = owner and profileOf(owner, key) or ''
    local before = redis.call('HGET', '${PROFILES}', key) or ''
    if profile ~= before then
      if owner then
        added = added + redis.call('HSET', '${PROFILES}', key, profile)
        redis.call('ZADD', '${INDEX}', 0, key)
      else
        redis.call('HDEL', '${PROFILES}', key)
        redis.call('ZREM', '${INDEX}', key)
      end
      state[#state + 1] = key
      state[#state + 1] = profile
    end
  end
  if #state == 0 then return end
  if added > 0 then sortFields('${PROFILES}') end
  local id = string.format('%.0f', revision)
  redis.call('SET', '${REVISION}', id)
  local before = redis.call('GET', '${LAST_CHANGE}') or ''
  redis.call('SET', '${LAST_CHANGE}', change)
  redis.call('XADD', '${CHANGES}', id .. '-0', before, change, unpack(state))
end
`;

/** The start of every script that needs an epoch: all but those that give a store its first. Reading needs no more. */
export const HAS_EPOCH = `
if not redis.call('GET', '${EPOCH}') then
  return redis.error_reply('${UNINITIALISED} the allowlist has no epoch')
end
`;

/** The start of scripts that change something. */
export const COMMON = `${HAS_EPOCH}
${FUNCTIONS}`;
