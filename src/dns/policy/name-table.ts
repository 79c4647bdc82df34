// A hash table of names: finds the value of a query's name, or of any suffix of whole labels, without allocating.
import { HalfSipHash, type HashKey } from '../../lib/siphash.js';
import type { Query } from '../wire/query.js';

/** The longest run of taken slots, and so the most slots that a query can cause to be compared for one of its labels. */
const MAX_RUN = 16;

/** Words of a slot, a quarter of a line of the CPU cache: hash, where the name stands in `names`, its bytes, its value. */
const WORDS = 4;
const START = 1;
const LENGTH = 2;
const VALUE = 3;

export class NameTable {
  private readonly values = new Map<string, number>();
  /** All names, one after the other. */
  private names = new Uint8Array(0);
  /** A slot with the value 0 is empty. */
  private slots = new Int32Array(WORDS);

  /** `key` of the hashes, the same as that of the queries. */
  constructor(private readonly key: HashKey) {}

  /** Adds a name in lower case, in wire format; not the root. Values are bits: several values of a name are combined. */
  add(name: Uint8Array, value: number): void {
    const text = Buffer.from(name).toString('latin1');
    this.values.set(text, (this.values.get(text) ?? 0) | value);
  }

  /** Builds the table. To be called after the last `add`. */
  seal(): this {
    const names = [...this.values.keys()].map((text) => Buffer.from(text, 'latin1'));
    this.names = Uint8Array.from(Buffer.concat(names));
    let size = 2 ** Math.ceil(Math.log2(names.length * 2 + 2));
    while (!this.fill(names, size)) size *= 2;
    this.values.clear();
    return this;
  }

  /** False when a run of taken slots is too long for this size. */
  private fill(names: readonly Uint8Array[], size: number): boolean {
    const slots = new Int32Array(size * WORDS);
    const values = [...this.values.values()];
    let start = 0;
    for (const [index, name] of names.entries()) {
      const hash = this.hashOf(name);
      let slot = (hash & (size - 1)) * WORDS;
      while (slots[slot + VALUE] !== 0) slot = (slot + WORDS) & (slots.length - 1);
      slots.set([hash, start, name.length, values[index]!], slot);
      start += name.length;
    }
    this.slots = slots;
    let run = 0;
    // A run may continue from the end at the start.
    for (let at = 0; at < size + MAX_RUN; at++) {
      run = slots[(at & (size - 1)) * WORDS + VALUE] === 0 ? 0 : run + 1;
      if (run > MAX_RUN) return false;
    }
    return true;
  }

  /** The value of the name that begins at a label of the query's name; 0: none. */
  get(query: Query, label: number): number {
    const { slots } = this;
    const last = slots.length - 1;
    const hash = query.hashes[label]!;
    let slot = (hash << 2) & last;
    for (let value = slots[slot + VALUE]!; value !== 0; value = slots[slot + VALUE]!) {
      if (slots[slot] === hash && this.equals(slot, query, label)) return value;
      slot = (slot + WORDS) & last;
    }
    return 0;
  }

  private equals(slot: number, query: Query, label: number): boolean {
    const { names, slots } = this;
    const start = query.labels[label]!;
    const length = slots[slot + LENGTH]!;
    if (length !== query.nameLength - start) return false;
    const from = slots[slot + START]!;
    for (let at = 0; at < length; at++) if (names[from + at] !== query.name[start + at]) return false;
    return true;
  }

  private hashOf(name: Uint8Array): number {
    const starts: number[] = [];
    for (let at = 0; name[at] !== 0; at += name[at]! + 1) starts.push(at);
    const parts = new HalfSipHash(this.key);
    parts.begin();
    let end = name.length - 1;
    let hash = 0;
    for (const start of starts.reverse()) {
      hash = parts.add(name, start, end);
      end = start;
    }
    return hash;
  }
}
