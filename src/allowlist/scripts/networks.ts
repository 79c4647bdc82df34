// The changes of an account's networks. One script is one revision: the old address goes with the one in which the new comes.

import { NETWORKS_OF, TOKENS } from '../keys.js';
import { COMMON, HAS_EPOCH } from './functions.js';
import { NETWORK_READING, WHOLE_NETWORK } from './network-functions.js';

/** Begins a script whose first arguments are an account and the id of one of its networks. Ends it when there is none. */
const OF_NETWORK = `${COMMON}
local holder = ARGV[1] .. '/' .. ARGV[2]
local network = networkOf(holder)
`;

const OF_KNOWN_NETWORK = `${OF_NETWORK}
if not network then return false end
`;

/**
 * ARGV: account, id, limit, last day or -, preferences, name, IPv4 key or -, IPv6 key or -. A network that has the id already is
 * replaced and keeps its token, so that a call may be repeated. Returns the network, or nil beyond the limit.
 */
const REGISTER = `${OF_NETWORK}
local isNew = not network
if isNew then
  if redis.call('HLEN', '${NETWORKS_OF}' .. ARGV[1]) >= tonumber(ARGV[3]) then return false end
  network = {key = {'-', '-'}, lastDay = {'-', '-'}, digest = '-'}
end
network.day, network.preferences, network.name = ARGV[4], ARGV[5], ARGV[6]
for place = 1, 2 do setAddress(holder, network, place, ARGV[6 + place], '-') end
setLastDay(holder, '${WHOLE_NETWORK}', network.day)
chooseAll(holder, network)
local line = writeNetwork(holder, network)
if isNew then sortFields('${NETWORKS_OF}' .. ARGV[1]) end
commit()
return line
`;

/**
 * ARGV: account, id, last day or empty, the preferences' region or empty, the regions of services as they follow it or `same`, 1 with
 * a name or 0 without, name. Returns the network, or nil. Only preferences make it the latest holder of its addresses, whose profile
 * devices there get.
 */
const UPDATE = `${OF_KNOWN_NETWORK}
if ARGV[3] ~= '' then
  network.day = ARGV[3]
  setLastDay(holder, '${WHOLE_NETWORK}', network.day)
end
if ARGV[4] ~= '' or ARGV[5] ~= 'same' then
  local region, services = string.match(network.preferences, '^([^;]+)(.*)$')
  if ARGV[4] ~= '' then region = ARGV[4] end
  if ARGV[5] ~= 'same' then services = ARGV[5] end
  network.preferences = region .. services
  chooseAll(holder, network)
end
if ARGV[6] == '1' then network.name = ARGV[7] end
local line = writeNetwork(holder, network)
commit()
return line
`;

/** `move(first)`: ARGV from there on: the last day of the addresses or -, and keys. Writes nothing when nothing changes. */
const MOVING = `
local function move(first)
  local before, moved = lineOf(network), false
  for i = first + 1, #ARGV do
    local place = placeOf(ARGV[i])
    moved = moved or network.key[place] ~= ARGV[i]
    setAddress(holder, network, place, ARGV[i], ARGV[first])
  end
  local line = lineOf(network)
  if line ~= before then writeNetwork(holder, network) end
  commit()
  return line, moved
end
`;

/** ARGV: account, id, the last day of the addresses or -, and a key for each family. Returns the network, or nil. */
const MOVE = `${OF_KNOWN_NETWORK}
${MOVING}
return (move(3))
`;

/** ARGV: digest of a token. Continues with its network; returns nil when the token belongs to none. */
const OF_TOKEN = `
local holder = redis.call('HGET', '${TOKENS}', ARGV[1])
local network = holder and networkOf(holder)
if not network or network.digest ~= ARGV[1] then return false end
`;

/** ARGV: digest of a token, the last day of the address or -, key. Returns 1 when the network had another address. */
const MOVE_BY_TOKEN = `${COMMON}
${OF_TOKEN}
${MOVING}
local _, moved = move(2)
return moved and 1 or 0
`;

/** ARGV: digest of a token, key. Returns the holder, and 1 or 0: it holds the key. Then the last day of that address or -. */
const FIND_BY_TOKEN = `${HAS_EPOCH}
${NETWORK_READING}
${OF_TOKEN}
local place = placeOf(ARGV[2])
if network.key[place] ~= ARGV[2] then return {holder, 0, '-'} end
return {holder, 1, network.lastDay[place]}
`;

/** ARGV: account, id, digest of the new token or -. Returns the network, or nil. */
const SET_TOKEN = `${OF_KNOWN_NETWORK}
setDigest(holder, network, ARGV[3])
return writeNetwork(holder, network)
`;

/** ARGV: account, id, 1 for IPv4 or 2 for IPv6. Returns the network, or nil. */
const REMOVE_ADDRESS = `${OF_KNOWN_NETWORK}
local place = tonumber(ARGV[3])
if network.key[place] == '-' then return lineOf(network) end
setAddress(holder, network, place, '-', '-')
local line = writeNetwork(holder, network)
commit()
return line
`;

/** ARGV: account, id. Returns 1 if there was one. */
const REMOVE = `${OF_NETWORK}
local removed = removeNetwork(holder)
commit()
return removed and 1 or 0
`;

/** ARGV: account, the most networks to remove. Returns how many were removed. */
const REMOVE_ALL = `${COMMON}
local ids = redis.call('HRANDFIELD', '${NETWORKS_OF}' .. ARGV[1], ARGV[2])
for _, id in ipairs(ids) do removeNetwork(ARGV[1] .. '/' .. id) end
commit()
return #ids
`;

/** ARGV: account. Returns ids and networks in turn. */
const LIST = `${HAS_EPOCH}
return redis.call('HGETALL', '${NETWORKS_OF}' .. ARGV[1])
`;

export const NETWORK_SCRIPTS = {
  allowlistNetworks: LIST,
  allowlistRegisterNetwork: REGISTER,
  allowlistUpdateNetwork: UPDATE,
  allowlistMoveNetwork: MOVE,
  allowlistMoveByToken: MOVE_BY_TOKEN,
  allowlistFindByToken: FIND_BY_TOKEN,
  allowlistSetToken: SET_TOKEN,
  allowlistRemoveNetworkAddress: REMOVE_ADDRESS,
  allowlistRemoveNetwork: REMOVE,
  allowlistRemoveNetworks: REMOVE_ALL,
} as const;
