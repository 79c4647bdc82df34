// Makes hostile messages out of sound ones: bytes changed, cut, spliced, and all that a parser of DNS has ever got wrong.
import type { Random } from './random.js';

const HEADER = 12;
const MOST_BYTES = 65_535;
const BYTES = [0, 1, 0x3f, 0x40, 0x41, 0x80, 0xbf, 0xc0, 0xc1, 0xff];
const NUMBERS = [
  0, 1, 2, 8, 11, 12, 13, 40, 41, 63, 64, 250, 255, 256, 511, 512, 1232, 4096, 0x7fff, 0x8000, 0xc00c, 0xffff,
];
const OPTIONS = [3, 8, 10, 10, 10, 11, 12, 15, 65_001];

type Operator = (random: Random, bytes: Buffer, others: readonly Buffer[]) => Buffer;

const anywhere = (random: Random, bytes: Buffer) => random.below(bytes.length + 1);

function changed(bytes: Buffer, work: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(bytes);
  work(copy);
  return copy;
}

function flipBit(random: Random, bytes: Buffer): Buffer {
  if (bytes.length === 0) return bytes;
  return changed(bytes, (copy) => {
    copy[random.below(copy.length)]! ^= 1 << random.below(8);
  });
}

function setByte(random: Random, bytes: Buffer): Buffer {
  if (bytes.length === 0) return bytes;
  return changed(bytes, (copy) => {
    copy[random.below(copy.length)] = random.chance(0.7) ? random.pick(BYTES) : random.bits();
  });
}

/** Lengths, types and pointers are numbers of two bytes. */
function setNumber(random: Random, bytes: Buffer): Buffer {
  if (bytes.length < 2) return bytes;
  return changed(bytes, (copy) => {
    copy.writeUInt16BE(random.pick(NUMBERS), random.below(copy.length - 1));
  });
}

/** A length that is wrong by little is what a check for `<` instead of `<=` lets through. */
function nudgeNumber(random: Random, bytes: Buffer): Buffer {
  if (bytes.length < 2) return bytes;
  return changed(bytes, (copy) => {
    const at = random.below(copy.length - 1);
    copy.writeUInt16BE((copy.readUInt16BE(at) + random.below(9) - 4) & 0xffff, at);
  });
}

function setCount(random: Random, bytes: Buffer): Buffer {
  if (bytes.length < HEADER) return bytes;
  return changed(bytes, (copy) => {
    copy.writeUInt16BE(random.chance(0.8) ? random.below(4) : random.pick(NUMBERS), 4 + 2 * random.below(4));
  });
}

function setFlags(random: Random, bytes: Buffer): Buffer {
  if (bytes.length < HEADER) return bytes;
  return changed(bytes, (copy) => {
    copy.writeUInt16BE(random.bits() & (random.chance(0.8) ? 0x07ff : 0xffff), 2);
  });
}

function truncate(random: Random, bytes: Buffer): Buffer {
  return bytes.subarray(0, anywhere(random, bytes));
}

function remove(random: Random, bytes: Buffer): Buffer {
  const at = anywhere(random, bytes);
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(16))]);
}

function insert(random: Random, bytes: Buffer): Buffer {
  const at = anywhere(random, bytes);
  return Buffer.concat([bytes.subarray(0, at), random.bytes(1 + random.below(16)), bytes.subarray(at)]);
}

function repeat(random: Random, bytes: Buffer): Buffer {
  const at = anywhere(random, bytes);
  const piece = bytes.subarray(at, at + 1 + random.below(64));
  const times = random.chance(0.05) ? 200 : 1 + random.below(3);
  return Buffer.concat([
    bytes.subarray(0, at),
    ...Array.from({ length: times }, () => piece),
    bytes.subarray(at),
  ]);
}

function splice(random: Random, bytes: Buffer, others: readonly Buffer[]): Buffer {
  const other = random.pick(others);
  return Buffer.concat([bytes.subarray(0, anywhere(random, bytes)), other.subarray(anywhere(random, other))]);
}

function append(random: Random, bytes: Buffer): Buffer {
  return Buffer.concat([bytes, random.bytes(random.chance(0.02) ? 6000 : random.below(64))]);
}

/** In place of the name of the question, or what stands there. */
function replaceName(random: Random, bytes: Buffer): Buffer {
  if (bytes.length < HEADER) return bytes;
  let end = HEADER;
  while (end < bytes.length && bytes[end] !== 0) end += bytes[end]! + 1;
  return Buffer.concat([bytes.subarray(0, HEADER), hostileName(random, HEADER), bytes.subarray(end + 1)]);
}

function hostileName(random: Random, start: number): Buffer {
  const pointer = (target: number) => Buffer.from([0xc0 | ((target >> 8) & 0x3f), target & 0xff]);
  const label = (size: number) => Buffer.from([size, ...Buffer.alloc(size, 'x')]);
  const root = Buffer.from([0]);
  switch (random.below(9)) {
    case 0:
      return pointer(start);
    case 1:
      return pointer(random.below(0x4000));
    case 2: {
      // Each pointer leads to the one before it, or to the one behind it, and the last of those nowhere.
      const step = random.chance(0.5) ? -2 : 2;
      const links = random.chance(0.1) ? 2000 : 1 + random.below(40);
      return Buffer.concat(Array.from({ length: links }, (_, link) => pointer(start + link * 2 + step)));
    }
    case 3:
      return Buffer.concat([label(1 + random.below(20)), pointer(start)]);
    case 4:
      return Buffer.from([random.pick([0x40, 0x41, 0x7f, 0x80, 0xbf]), ...random.bytes(8), 0]);
    case 5:
      return Buffer.concat([
        ...Array.from({ length: random.pick([126, 127, 128, 200]) }, () => label(1)),
        root,
      ]);
    case 6: {
      const bytes = random.pick([253, 254, 255, 256, 257]);
      return Buffer.concat([...[63, 63, 63, bytes - 194].map(label), root]);
    }
    case 7:
      return Buffer.concat([label(63), label(63)]);
    default:
      return Buffer.concat([Buffer.from([3]), random.bytes(3), root]);
  }
}

/** An OPT record at the end, counted or not. */
function addOpt(random: Random, bytes: Buffer): Buffer {
  if (bytes.length < HEADER) return bytes;
  const options = Buffer.concat(Array.from({ length: random.below(4) }, () => hostileOption(random)));
  const owner = random.chance(0.9) ? Buffer.from([0]) : hostileName(random, bytes.length);
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(41, 0);
  fixed.writeUInt16BE(random.pick(NUMBERS), 2);
  if (random.chance(0.2)) fixed.writeUInt32BE(random.bits(), 4);
  fixed.writeUInt16BE(nudged(random, options.length), 8);
  return changed(Buffer.concat([bytes, owner, fixed, options]), (copy) => {
    if (random.chance(0.9)) copy.writeUInt16BE((copy.readUInt16BE(10) + 1) & 0xffff, 10);
  });
}

function hostileOption(random: Random): Buffer {
  const data = random.bytes(random.below(46));
  const head = Buffer.alloc(4);
  head.writeUInt16BE(random.pick(OPTIONS), 0);
  head.writeUInt16BE(nudged(random, data.length), 2);
  return Buffer.concat([head, data]);
}

function nudged(random: Random, length: number): number {
  return random.chance(0.85) ? length : (length + random.pick([-4, -1, 1, 4, 0x7fff])) & 0xffff;
}

const OPERATORS: readonly Operator[] = [
  flipBit,
  setByte,
  setNumber,
  nudgeNumber,
  setCount,
  setFlags,
  truncate,
  remove,
  insert,
  repeat,
  splice,
  append,
  replaceName,
  addOpt,
];

/** One of the messages after up to four changes; one in fifty is left as it is, and one is nothing but random bytes. */
export function mutated(random: Random, sound: readonly Buffer[]): Buffer {
  if (random.chance(0.02)) return random.bytes(random.below(200));
  return changedBy(random, random.pick(sound), sound, random.chance(0.02) ? 0 : 1 + random.below(4));
}

/** The bytes after so many changes; `others`: what they may be spliced with. */
export function changedBy(random: Random, bytes: Buffer, others: readonly Buffer[], changes: number): Buffer {
  let result = bytes;
  for (let count = 0; count < changes; count++) result = random.pick(OPERATORS)(random, result, others);
  return result.subarray(0, MOST_BYTES);
}
