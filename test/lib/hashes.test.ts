import { describe, expect, it } from 'vitest';
import { AnswerCache } from '../../src/dns/cache/cache-writer.js';
import { createSharedCache } from '../../src/dns/cache/layout.js';
import { NameTable } from '../../src/dns/policy/name-table.js';
import { questionOf } from '../../src/dns/upstream/forwarder.js';
import { readAnswer } from '../../src/dns/wire/answer.js';
import { Query } from '../../src/dns/wire/query.js';
import { HalfSipHash, type HashKey } from '../../src/lib/siphash.js';
import { query } from '../dns/support/messages.js';

const KEY: HashKey = [0x03020100, 0x07060504];

/** A step of FNV-1a, which hashed names before; two states whose lowest 8 bits are equal differ by the same amount after it. */
const step = (state: number, byte: number) => Math.imul(state ^ byte, 0x01000193);

/** Two blocks of six letters that lead from all states with these lowest 8 bits to one state each. */
function equalBlocks(low: number): { blocks: [string, string]; next: number } {
  const seen = new Map<number, string>();
  for (let index = 0; ; index++) {
    const number = (index * 2_654_435_761) % 26 ** 6;
    const block = Array.from({ length: 6 }, (_, at) => letter(Math.floor(number / 26 ** at) % 26)).join('');
    const state = [...Buffer.from(block)].reduce(step, low);
    const other = seen.get(state);
    if (other !== undefined) return { blocks: [other, block], next: state & 255 };
    seen.set(state, block);
  }
}

const letter = (index: number) => String.fromCharCode(97 + index);

/** 1,024 names that were equal for the hash before, for the seed 1 and all others that left these lowest 8 bits. */
function equalNames(): string[] {
  const behind = [...Buffer.from('\x02zz', 'latin1')].reduce(step, 1);
  let state = step(behind ^ (behind >>> 15), 60) & 255;
  let labels = [''];
  for (let block = 0; block < 10; block++) {
    const { blocks, next } = equalBlocks(state);
    labels = labels.flatMap((label) => blocks.map((each) => label + each));
    state = next;
  }
  return labels.map((label) => `${label}.zz`);
}

function answerOf(message: Buffer) {
  const response = Buffer.from(message);
  response.writeUInt16BE(0x8183, 2);
  return { ...readAnswer(response, message.length)!, ttl: 60 };
}

describe('the hash of names', () => {
  it('is HalfSipHash-1-3, as in Linux (lib/tests/siphash_kunit.c)', () => {
    const vectors = [0x5814c896, 0xe7e864ca, 0xbc4b0e30, 0x01539939, 0x7e059ea6, 0x88e3d89b];
    const hash = new HalfSipHash(KEY);
    const hashed = vectors.map((_, length) => {
      // The reference fills up to whole words with the length in the last byte.
      const message = Buffer.alloc((Math.floor(length / 4) + 1) * 4);
      for (let at = 0; at < length; at++) message[at] = at;
      message[message.length - 1] = length;
      hash.begin();
      return hash.add(message, 0, message.length) >>> 0;
    });
    expect(hashed).toEqual(vectors);
  });

  it('of the whole differs with each part, and is that of the parts one after the other', () => {
    const hash = new HalfSipHash(KEY);
    const bytes = Buffer.from('\x03www\x06stream\x07example', 'latin1');
    const parts = [
      [11, 19],
      [4, 11],
      [0, 4],
    ] as const;
    hash.begin();
    const hashes = parts.map(([start, end]) => hash.add(bytes, start, end));
    expect(new Set(hashes).size).toBe(3);
    hash.begin();
    expect(parts.map(([start, end]) => hash.add(bytes, start, end))).toEqual(hashes);
  });

  it('spreads names that an attacker has prepared against one without a key', () => {
    const names = equalNames();
    const read = new Query(KEY);
    const hashes = names.map((name) => {
      const message = query({ name });
      read.read(message, message.length);
      return read.keyHash;
    });
    expect(new Set(names).size).toBe(1024);
    expect(new Set(hashes).size).toBeGreaterThan(1020);
    expect(new Set(hashes.map((hash) => hash & 0xff)).size).toBeGreaterThan(240);
  });
});

describe('the cache', () => {
  it('finds every one of the names that were prepared against a hash without a key', () => {
    const read = new Query(KEY);
    const cache = new AnswerCache(createSharedCache(1_000_000));
    const messages = equalNames().map((name) => query({ name }));
    for (const message of messages) {
      read.read(message, message.length);
      cache.set(questionOf(read).key, answerOf(message), 0);
    }
    const found = messages.filter((message) => read.read(message, message.length) && cache.lookUp(read));
    expect(found).toHaveLength(messages.length);
  });

  it('takes no longer for an entry when all the others share its bucket', () => {
    const cache = new AnswerCache(createSharedCache(32_000_000));
    const answer = answerOf(query({ name: 'example.org' }));
    const key = (index: number) => ({ bytes: Buffer.from(index.toString(16).padStart(8, '0')), hash: 4096 });
    // The ring is full after 250,000. A walk along them for each further one would not end within the time of a test.
    for (let index = 0; index < 500_000; index++) cache.set(key(index), answer, 0);
    expect(cache.size).toBeLessThan(400_000);
    expect(cache.get(key(499_999))).toBeDefined();
    // In the middle of the chain, too, one can be replaced.
    cache.set(key(499_980), { ...answer, ttl: 7 }, 0);
    expect(cache.get(key(499_980))!.ttl).toBe(7);
    expect([499_999, 499_990, 499_979].map((index) => cache.get(key(index))?.ttl)).toEqual([60, 60, 60]);
  });
});

describe('a table of names', () => {
  it('finds all of them, and no query makes it look at more than 16 slots for a label', () => {
    const table = new NameTable(KEY);
    const names = Array.from({ length: 5000 }, (_, index) => `n${index}.example`);
    const wire = (name: string) =>
      Buffer.concat([
        ...name.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)])),
        Buffer.alloc(1),
      ]);
    for (const [index, name] of names.entries()) table.add(wire(name), index + 1);
    table.seal();
    const read = new Query(KEY);
    for (const [index, name] of names.entries()) {
      const message = query({ name });
      read.read(message, message.length);
      expect([table.get(read, 0), table.get(read, 1)]).toEqual([index + 1, 0]);
    }
    // Four words a slot, of which the last one is the value: 0 in an empty slot.
    const { slots } = table as unknown as { slots: Int32Array };
    const values = [...slots].filter((_, index) => index % 4 === 3);
    expect(values.filter((value) => value !== 0)).toHaveLength(names.length);
    const runs = [...values, ...values.slice(0, 17)]
      .map((value) => (value === 0 ? ' ' : 'x'))
      .join('')
      .split(' ');
    expect(Math.max(...runs.map((run) => run.length))).toBeLessThanOrEqual(16);
  });
});
