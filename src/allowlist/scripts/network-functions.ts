// What every script knows of networks: the holder of an address is the admin or one network of an account.
import { LAST_DAYS, NETWORKS_OF, OWNERS_OF, TOKENS } from '../keys.js';

/** Stands in LAST_DAYS in place of a prefix key: the whole network goes after that day. */
export const WHOLE_NETWORK = 'network';

/**
 * A network is one line, whose fields are: last day; IPv4 key and the last day of that address; the same of IPv6; digest of the
 * update token; preferences; name. `-` stands for none. The profile of its addresses has the families of those that it holds.
 */
export const NETWORK_READING = `
local function accountAndId(holder)
  return string.match(holder, '^(account:[^/]+)/(.+)$')
end

-- Nil: the holder is no network, or there is none.
local function networkOf(holder)
  local account, id = accountAndId(holder)
  local line = account and redis.call('HGET', '${NETWORKS_OF}' .. account, id)
  if not line then return nil end
  local day, v4, day4, v6, day6, digest, preferences, name =
    string.match(line, '^(%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (.*)$')
  return {day = day, key = {v4, v6}, lastDay = {day4, day6}, digest = digest, preferences = preferences, name = name}
end

-- Of a network's two addresses, 1 is IPv4 and 2 is IPv6.
local function placeOf(key)
  return string.sub(key, 1, 1) == '4' and 1 or 2
end
`;

export const NETWORK_FUNCTIONS = `${NETWORK_READING}
local function lineOf(network)
  local key, lastDay = network.key, network.lastDay
  return table.concat({
    network.day, key[1], lastDay[1], key[2], lastDay[2], network.digest, network.preferences, network.name,
  }, ' ')
end

local function writeNetwork(holder, network)
  local account, id = accountAndId(holder)
  local line = lineOf(network)
  redis.call('HSET', '${NETWORKS_OF}' .. account, id, line)
  notify(account)
  return line
end

local function profileOfNetwork(network)
  local families = (network.key[1] ~= '-' and '4' or '') .. (network.key[2] ~= '-' and '6' or '')
  return families .. ';' .. network.preferences
end

-- The other address is touched, too: the families of its profile may be others now. The caller writes the network.
local function setAddress(holder, network, place, key, lastDay)
  local before, other = network.key[place], network.key[3 - place]
  if before ~= key then
    if before ~= '-' then
      redis.call('ZREM', '${OWNERS_OF}' .. before, holder)
      redis.call('ZREM', '${LAST_DAYS}', before .. ' ' .. holder)
      touch(before)
    end
    if key ~= '-' then
      choose(holder, key)
      touch(key)
    end
    if other ~= '-' then touch(other) end
  end
  if key ~= '-' and (before ~= key or network.lastDay[place] ~= lastDay) then setLastDay(holder, key, lastDay) end
  network.key[place], network.lastDay[place] = key, lastDay
end

local function chooseAll(holder, network)
  for place = 1, 2 do
    if network.key[place] ~= '-' then
      choose(holder, network.key[place])
      touch(network.key[place])
    end
  end
end

local function setDigest(holder, network, digest)
  if network.digest ~= '-' then redis.call('HDEL', '${TOKENS}', network.digest) end
  if digest ~= '-' then
    redis.call('HSET', '${TOKENS}', digest, holder)
    sortFields('${TOKENS}')
  end
  network.digest = digest
end

local function removeNetwork(holder)
  local network = networkOf(holder)
  if not network then return false end
  local account, id = accountAndId(holder)
  for place = 1, 2 do setAddress(holder, network, place, '-', '-') end
  setLastDay(holder, '${WHOLE_NETWORK}', '-')
  setDigest(holder, network, '-')
  redis.call('HDEL', '${NETWORKS_OF}' .. account, id)
  notify(account)
  return true
end

-- The earlier of two last days.
local function earlier(one, other)
  if one == '-' or (other ~= '-' and other < one) then return other end
  return one
end
`;
