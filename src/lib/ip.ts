// IP addresses and prefixes: strict text in, one canonical form out, and which of them the public internet can route.

/** An IPv4 address as one, an IPv6 address as four unsigned 32-bit words in network order. */
export interface Address {
  readonly family: 4 | 6;
  readonly words: readonly number[];
}

/** The addresses that share their first `length` bits; all later bits of `words` are zero. */
export interface Prefix extends Address {
  readonly length: number;
  /** RFC 5952; a full length is left out: `192.0.2.1`, `192.0.2.0/24`, `2001:db8:1:2::/64`. */
  readonly text: string;
}

/** `HOST_BITS_SET`: an address with a length that cuts through it, such as `192.0.2.1/24`. */
export type PrefixError = 'NOT_AN_ADDRESS' | 'HOST_BITS_SET';

/**
 * The address that the text denotes, or null. IPv4 is four decimal numbers without leading zeros; IPv6 is RFC 4291
 * section 2.2 without a zone. An IPv4-mapped address (`::ffff:192.0.2.1`) is the IPv4 address.
 */
export function parseAddress(text: string): Address | null {
  const quad = parseQuad(text);
  if (quad !== null) return { family: 4, words: [quad] };
  const words = parseGroups(text);
  if (words === null) return null;
  return fromWords(words);
}

/** The address in four or sixteen bytes in network order; IPv4-mapped ones are the IPv4 address. */
export function addressOf(bytes: Uint8Array): Address {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const words = Array.from({ length: bytes.length / 4 }, (_, index) => view.getUint32(index * 4));
  return words.length === 1 ? { family: 4, words } : fromWords(words);
}

function fromWords(words: readonly number[]): Address {
  return isMapped(words) ? { family: 4, words: words.slice(3) } : { family: 6, words };
}

/** An address with an optional `/length`; without one the prefix is that single address. */
export function parsePrefix(text: string): Prefix | PrefixError {
  const [addressText = '', lengthText, ...rest] = text.split('/');
  const address = parseAddress(addressText);
  if (address === null || rest.length > 0) return 'NOT_AN_ADDRESS';
  const bits = address.words.length * 32;
  if (lengthText === undefined) return prefixOf(address, bits);
  if (!/^(0|[1-9]\d{0,2})$/.test(lengthText)) return 'NOT_AN_ADDRESS';
  const mapped = address.family === 4 && addressText.includes(':');
  const length = Number(lengthText) - (mapped ? 96 : 0);
  if (length > bits) return 'NOT_AN_ADDRESS';
  const prefix = prefixOf(address, Math.max(length, 0));
  const cut = length < 0 || prefix.words.some((word, index) => word !== address.words[index]);
  return cut ? 'HOST_BITS_SET' : prefix;
}

/** The address in sixteen bytes in network order; IPv4 as an IPv4-mapped address. The reverse of `addressOf`. */
export function sixteenBytes({ words }: Address): Buffer {
  const bytes = Buffer.alloc(16);
  const mapped = words.length === 1 ? [0, 0, 0xffff, ...words] : words;
  for (const [index, word] of mapped.entries()) bytes.writeUInt32BE(word, index * 4);
  return bytes;
}

/** What a user's address stands for: itself in IPv4; in IPv6 its /64, because privacy addresses change daily (RFC 8981). */
export function userPrefix(address: Address): Prefix {
  return prefixOf(address, address.family === 4 ? 32 : 64);
}

/** The prefix of the given length, from 0 to 32 or 128, that holds the address. */
export function prefixOf(address: Address, length: number): Prefix {
  const words = address.words.map((word, index) => maskWord(word, length - index * 32));
  const full = length === words.length * 32;
  const base = formatAddress({ family: address.family, words });
  return { family: address.family, words, length, text: full ? base : `${base}/${length}` };
}

/** RFC 5952 section 4, always in hexadecimal groups for IPv6. */
export function formatAddress(address: Address): string {
  if (address.family === 4) {
    const word = address.words[0] ?? 0;
    return [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255].join('.');
  }
  const groups = address.words.flatMap((word) => [word >>> 16, word & 0xffff]);
  const zeros = longestZeros(groups);
  const hex = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':');
  if (zeros.length < 2) return hex(groups);
  return `${hex(groups.slice(0, zeros.start))}::${hex(groups.slice(zeros.start + zeros.length))}`;
}

/** The word with all but its first `bits` bits zero; `bits` may lie outside 0–32. */
export function maskWord(word: number, bits: number): number {
  if (bits >= 32) return word;
  return bits <= 0 ? 0 : (word & (-1 << (32 - bits))) >>> 0;
}

/** Whether the address lies in the prefix. */
export function contains(prefix: Prefix, { family, words }: Address): boolean {
  return (
    family === prefix.family &&
    prefix.words.every((word, index) => maskWord(words[index]!, prefix.length - index * 32) === word)
  );
}

/** Whether two prefixes have any address in common: then one holds the other. */
function overlaps(a: Prefix, b: Prefix): boolean {
  const length = Math.min(a.length, b.length);
  return (
    a.family === b.family &&
    a.words.every((word, i) => maskWord(word, length - i * 32) === maskWord(b.words[i] ?? 0, length - i * 32))
  );
}

/** False when the prefix holds any address that is not globally reachable, so `0.0.0.0/0` is not public either. */
export function isPublic(prefix: Prefix): boolean {
  if (prefix.family === 6 && !(prefix.length >= 3 && overlaps(prefix, GLOBAL_UNICAST))) return false;
  return !NOT_GLOBAL.some((range) => overlaps(prefix, range));
}

function constant(text: string): Prefix {
  const prefix = parsePrefix(text);
  if (typeof prefix === 'string') throw new Error(`${text}: ${prefix}`);
  return prefix;
}

/**
 * The only IPv6 range from which IANA allocates global unicast (IANA IPv6 Address Space registry). All else is refused,
 * also 64:ff9b::/96, which the special-purpose registry calls reachable: its /64 would let in every host behind a NAT64.
 */
const GLOBAL_UNICAST = constant('2000::/3');

/**
 * Every range that the IANA special-purpose address registries (RFC 6890) do not mark globally reachable, and multicast.
 * 192.0.0.0/24 and 2001::/23 count whole: their reachable parts are anycast services and identifiers, never a client.
 */
const NOT_GLOBAL: readonly Prefix[] = [
  '0.0.0.0/8', // this network, RFC 791
  '10.0.0.0/8', // private use, RFC 1918
  '100.64.0.0/10', // shared address space of carriers, RFC 6598
  '127.0.0.0/8', // loopback, RFC 1122
  '169.254.0.0/16', // link-local, RFC 3927
  '172.16.0.0/12', // private use, RFC 1918
  '192.0.0.0/24', // IETF protocol assignments, RFC 6890
  '192.0.2.0/24', // documentation, RFC 5737
  '192.88.99.0/24', // 6to4 relay anycast, deprecated, RFC 7526
  '192.168.0.0/16', // private use, RFC 1918
  '198.18.0.0/15', // benchmarking, RFC 2544
  '198.51.100.0/24', // documentation, RFC 5737
  '203.0.113.0/24', // documentation, RFC 5737
  '224.0.0.0/4', // multicast, RFC 5771
  '240.0.0.0/4', // reserved, RFC 1112; limited broadcast, RFC 919
  '2001::/23', // IETF protocol assignments, RFC 2928; Teredo, RFC 4380
  '2001:db8::/32', // documentation, RFC 3849
  '2002::/16', // 6to4, RFC 3056: reachability not applicable
  '3fff::/20', // documentation, RFC 9637
].map(constant);

/** Whether the four words are an IPv4 address in the form of IPv6 (RFC 4291 section 2.5.5.2). */
export function isMapped(words: readonly number[]): boolean {
  return words[0] === 0 && words[1] === 0 && words[2] === 0xffff;
}

/** Four decimal bytes as one word, or null. */
function parseQuad(text: string): number | null {
  if (!/^(?:(?:0|[1-9]\d{0,2})\.){3}(?:0|[1-9]\d{0,2})$/.test(text)) return null;
  const bytes = text.split('.').map(Number);
  return bytes.some((byte) => byte > 255) ? null : bytes.reduce((word, byte) => word * 256 + byte, 0);
}

/** IPv6 text as four words, or null. */
function parseGroups(text: string): number[] | null {
  const [head = '', tail, ...rest] = text.split('::');
  if (rest.length > 0) return null;
  const before = parseHalf(head, tail === undefined);
  const after = parseHalf(tail ?? '', true);
  if (before === null || after === null) return null;
  const zeros = 8 - before.length - after.length;
  if (tail === undefined ? zeros !== 0 : zeros < 1) return null;
  const groups = [...before, ...new Array<number>(zeros).fill(0), ...after];
  return [0, 2, 4, 6].map((index) => groups[index]! * 65536 + groups[index + 1]!);
}

/** The 16-bit groups on one side of `::`; only the last groups of an address may be a dotted quad. */
function parseHalf(text: string, quadAllowed: boolean): number[] | null {
  if (text === '') return [];
  const parts = text.split(':');
  const quad = quadAllowed ? parseQuad(parts.at(-1) ?? '') : null;
  const hex = quad === null ? parts : parts.slice(0, -1);
  if (!hex.every((part) => /^[0-9a-fA-F]{1,4}$/.test(part))) return null;
  const groups = hex.map((part) => Number.parseInt(part, 16));
  return quad === null ? groups : [...groups, quad >>> 16, quad & 0xffff];
}

/** The first of the longest runs of zero groups. */
function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let longest = { start: 0, length: 0 };
  let length = 0;
  groups.forEach((group, index) => {
    length = group === 0 ? length + 1 : 0;
    if (length > longest.length) longest = { start: index - length + 1, length };
  });
  return longest;
}
