// The prefixes of one length in shared memory: one thread writes while any number of threads look up.
import { mix } from '../lib/hash.js';
import { maskWord } from '../lib/ip.js';

/** What another thread needs to open the same table. */
export interface SharedPrefixTable {
  readonly family: 4 | 6;
  readonly length: number;
  /** Random seed of the hash: nobody outside knows the order of the keys. */
  readonly seed: number;
  readonly keys: SharedArrayBuffer;
  readonly values: SharedArrayBuffer;
}

/** Values of a slot that was never used, and of one whose prefix was deleted. The caller uses the others. */
const EMPTY = 0;
const DELETED = 1;
export const FIRST_VALUE = 2;
export const LAST_VALUE = 65_535;

const LEAST_SLOTS = 64;
/** The part of used slots beyond which a larger table should be made, and beyond which searches take too long. */
const USED_ENOUGH = 0.85;
const MOST_USED = 0.9;

/**
 * A hash table with open addressing. A slot has a key of one to four words and a value of two bytes: 6 bytes for IPv4 and
 * 10 for an IPv6 /64. Between 75 and 85 of 100 slots are in use.
 *
 * A slot's key is written before its value, and a deleted slot is never used for another key. So a reader never takes one
 * prefix for another; it may miss a prefix that is being added at the same moment. Deleted slots disappear when the writer
 * makes a new table.
 */
export class PrefixTable {
  readonly capacity: number;
  private readonly width: number;
  private readonly keys: Int32Array;
  private readonly values: Uint16Array;
  private live = 0;
  private used = 0;

  constructor(readonly shared: SharedPrefixTable) {
    this.width = widthOf(shared.length);
    this.keys = new Int32Array(shared.keys);
    this.values = new Uint16Array(shared.values);
    this.capacity = this.values.length;
  }

  /** Allocates a table with room for `entries` prefixes. */
  static create(family: 4 | 6, length: number, seed: number, entries = 0): PrefixTable {
    const capacity = Math.max(LEAST_SLOTS, Math.ceil(entries / MOST_USED));
    return new PrefixTable({
      family,
      length,
      seed,
      keys: new SharedArrayBuffer(capacity * widthOf(length) * 4),
      values: new SharedArrayBuffer(capacity * 2),
    });
  }

  /** Number of prefixes. Only the thread that writes knows it. */
  get size(): number {
    return this.live;
  }

  /** Whether a larger or cleaner table should be made. */
  get isTight(): boolean {
    return this.used >= this.capacity * USED_ENOUGH;
  }

  get bytes(): number {
    return this.keys.byteLength + this.values.byteLength;
  }

  /** The value of the prefix that holds the address with these words, or 0. Allocates nothing. */
  get(words: readonly number[]): number {
    const slot = this.find(words);
    const value = slot < 0 ? EMPTY : this.values[slot]!;
    return value >= FIRST_VALUE ? value : 0;
  }

  /** `value`: FIRST_VALUE to LAST_VALUE. Returns the value before, or 0. A table must be replaced before it is full. */
  set(words: readonly number[], value: number): number {
    const found = this.find(words);
    const slot = found < 0 ? ~found : found;
    if (found < 0) {
      this.used += 1;
      for (let i = 0; i < this.width; i++) this.keys[slot * this.width + i] = this.wordOf(words, i);
    }
    const before = Atomics.exchange(this.values, slot, value);
    if (before >= FIRST_VALUE) return before;
    this.live += 1;
    return 0;
  }

  /** Returns the value before, or 0. */
  delete(words: readonly number[]): number {
    const slot = this.find(words);
    if (slot < 0) return 0;
    const before = Atomics.exchange(this.values, slot, DELETED);
    if (before < FIRST_VALUE) return 0;
    this.live -= 1;
    return before;
  }

  /** Copies the slots from `first` to before `end` into a table that may be in use already. */
  copy(first: number, end: number, into: PrefixTable): void {
    const words: number[] = new Array(this.width).fill(0);
    for (let slot = first; slot < end; slot++) {
      const value = this.values[slot]!;
      if (value < FIRST_VALUE) continue;
      for (let i = 0; i < this.width; i++) words[i] = this.keys[slot * this.width + i]! >>> 0;
      into.set(words, value);
    }
  }

  /** The slot of the key, or the complement (~) of the empty slot at which the search ended. */
  private find(words: readonly number[]): number {
    const { keys, values, capacity, width } = this;
    const first = this.wordOf(words, 0);
    let hash = mix(first, this.shared.seed);
    for (let i = 1; i < width; i++) hash = mix(this.wordOf(words, i), hash);
    // The upper bits of the hash choose the slot, so that copying a table in order fills the next one in order.
    let slot = (hash * 2 ** -32 * capacity) >>> 0;
    while (values[slot] !== EMPTY) {
      if (keys[slot * width] === first && this.equal(words, slot)) return slot;
      slot = slot + 1 === capacity ? 0 : slot + 1;
    }
    return ~slot;
  }

  private equal(words: readonly number[], slot: number): boolean {
    for (let i = 1; i < this.width; i++) {
      if (this.keys[slot * this.width + i] !== this.wordOf(words, i)) return false;
    }
    return true;
  }

  private wordOf(words: readonly number[], index: number): number {
    return maskWord(words[index]!, this.shared.length - index * 32) | 0;
  }
}

/** The number of words of an address that a prefix of this length covers, wholly or in part; at least one. */
function widthOf(length: number): number {
  return Math.max(1, Math.ceil(length / 32));
}
