// The keys of the allowlist in Redis, and the rights of a dns-node.
import type { Prefix } from '../lib/ip.js';
import { formatAddress } from '../lib/ip.js';

// The braces put all keys into one hash slot, so that a script may use them together on a cluster, too.
const ROOT = '{allowlist}:';

/** The version of the form of the stored data. */
export const CURRENT_FORM = '4';
/**
 * String: a random id that `initialise` has written. A store without an epoch is treated as uninitialised. Its key names the
 * form, so that processes of another version find no epoch while and after the data is converted: gateways of theirs write
 * nothing, and dns-nodes of theirs keep what they have.
 */
export const EPOCH = `${ROOT}epoch-${CURRENT_FORM}`;
/** String: the number of changes. */
export const REVISION = `${ROOT}revision`;
/** String: the random id of the last change. Two stores at one revision have the same history only with the same id. */
export const LAST_CHANGE = `${ROOT}last-change`;
/** Hash: prefix key → profile, in the form of `encodeProfile`. All that a dns-node needs. */
export const PROFILES = `${ROOT}profiles`;
/**
 * Stream: `<revision>-0` → the id of the change before it, its own id, then prefix keys and their resulting profiles
 * (empty: not allowed any more).
 */
export const CHANGES = `${ROOT}changes`;
/** Sorted set of all prefix keys, by name. */
export const INDEX = `${ROOT}index`;
/**
 * Sorted set, by last day as the number YYYYMMDD: `<prefix key> <holder>` for an entry or an address, and `network <holder>` for a
 * whole network.
 */
export const LAST_DAYS = `${ROOT}last-days`;
/** String: CURRENT_FORM, or an earlier one until `reform` has ended. */
export const FORM = `${ROOT}form`;
/** Channel: the SHA-1 digest in hexadecimal of each owner, other than the admins, whose entries or sessions have changed. */
export const OWNER_CHANGED = 'owner-changed';
/**
 * Start of the keys of sorted sets: the holders of one prefix key, each the admin or a network as `<owner>/<network id>`, numbered in
 * the order in which they chose its profile.
 */
export const OWNERS_OF = `${ROOT}owners:`;
/** Hash: prefix key → the admins' entry, `<last day or -> <profile> <label>`. */
export const ENTRIES = `${ROOT}entries:admin`;
/** Start of the keys of hashes: an account's network id → its line, in the form of `NETWORK_FUNCTIONS`. */
export const NETWORKS_OF = `${ROOT}networks:`;
/** Hash: SHA-256 of an update token → the network whose address it moves, as a holder. */
export const TOKENS = `${ROOT}tokens`;

/**
 * The rules after `ACL SETUSER <name> on ><password>` for a dns-node: it may read which prefix has which profile, but not
 * who owns it. The gateway's user needs `~*` and, beside the commands of data and scripting, INFO, MEMORY USAGE and
 * BGREWRITEAOF. The default user may be `off` but must keep `~* &* +@all`: Redis uses its rights to replay MULTI from the
 * append-only file, and drops the commands without an error otherwise (redis#14541).
 */
export const DNS_NODE_ACL: readonly string[] = [
  'resetchannels',
  'resetkeys',
  ...[EPOCH, REVISION, LAST_CHANGE, PROFILES, INDEX, CHANGES].map((key) => `%R~${key}`),
  '-@all',
  '+mget',
  '+hmget',
  '+zrangebylex',
  '+zcard',
  '+xread',
];

/**
 * The key of a prefix: family, address and length in hexadecimal, of fixed width, so that the order of strings is the order
 * of addresses. `4c000020018` is 192.0.2.0/24.
 */
export function encodeKey(prefix: Prefix): string {
  return `${addressPart(prefix.family, prefix.words)}${prefix.length.toString(16).padStart(2, '0')}`;
}

/** The first and the last possible key of the prefixes inside the given one. */
export function keysWithin(prefix: Prefix): { first: string; last: string } {
  const words = prefix.words.map((word, index) => (word | hostBits(prefix.length - index * 32)) >>> 0);
  return { first: encodeKey(prefix), last: `${addressPart(prefix.family, words)}ff` };
}

/** Whether a string has the form of a prefix key. */
export function isKey(text: string): boolean {
  return /^(?:4[0-9a-f]{8}[012][0-9a-f]|6[0-9a-f]{32}[0-8][0-9a-f])$/.test(text);
}

/** The prefix of a key, without its text: millions of keys are read at a start. Throws on a malformed key. */
export function decodeKey(key: string): Omit<Prefix, 'text'> {
  const family = key.charCodeAt(0) - 0x30;
  const count = family === 4 ? 1 : 4;
  const end = 1 + count * 8;
  const length = hexNumber(key, end, end + 2);
  let isValid = (family === 4 || family === 6) && key.length === end + 2 && length <= count * 32;
  const words = new Array<number>(count);
  for (let index = 0; index < count; index++) {
    words[index] = hexNumber(key, 1 + index * 8, 9 + index * 8);
    isValid &&= words[index]! >= 0;
  }
  if (!isValid || length < 0) throw new Error('malformed prefix key');
  return { family: family as 4 | 6, words, length };
}

/** The value of lower-case hexadecimal digits; -1: one is not such a digit. */
function hexNumber(text: string, start: number, end: number): number {
  let number = 0;
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    const digit = code < 0x3a ? code - 0x30 : code >= 0x61 ? code - 0x57 : 16;
    if (!(digit >= 0 && digit < 16)) return -1;
    number = number * 16 + digit;
  }
  return number;
}

/** The prefix of a key. Throws on a malformed key. */
export function prefixOfKey(key: string): Prefix {
  const prefix = decodeKey(key);
  const address = formatAddress(prefix);
  const full = prefix.length === prefix.words.length * 32;
  return { ...prefix, text: full ? address : `${address}/${prefix.length}` };
}

function addressPart(family: 4 | 6, words: readonly number[]): string {
  return `${family}${words.map((word) => word.toString(16).padStart(8, '0')).join('')}`;
}

/** A word of ones after its first `bits` bits; `bits` may lie outside 0–32. */
function hostBits(bits: number): number {
  return bits >= 32 ? 0 : bits <= 0 ? -1 : -1 >>> bits;
}
