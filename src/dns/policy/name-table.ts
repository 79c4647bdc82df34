// A hash table of names: finds the value of a query's name, or of any suffix of whole labels, without allocating.
import { HalfSipHash, type HashKey } from '../../lib/siphash.js';
import type { Query } from '../wire/query.js';

/** The longest run of taken slots, and so the most slots that a query can cause to be compared for one of its labels. */
const MAX_RUN = 16;

export class NameTable {
  private readonly indexes = new Map<string, number>();
  private readonly names: Uint8Array[] = [];
  private readonly values: number[] = [];
  private hashes = new Int32Array(0);
  /** Index into `names` plus one; 0: an empty slot. */
  private slots = new Int32Array(0);

  /** `key` of the hashes, the same as that of the queries. */
  constructor(private readonly key: HashKey) {}

  /** Adds a name in lower case, in wire format; not the root. Values are bits: several values of a name are combined. */
  add(name: Uint8Array, value: number): void {
    const key = Buffer.from(name).toString('latin1');
    const known = this.indexes.get(key);
    if (known !== undefined) this.values[known]! |= value;
    else {
      this.indexes.set(key, this.names.push(name) - 1);
      this.values.push(value);
    }
  }

  /** Builds the table. To be called after the last `add`. */
  seal(): this {
    const hashes = this.names.map((name) => this.hashOf(name));
    let size = 2 ** Math.ceil(Math.log2(this.names.length * 2 + 2));
    while (!this.fill(hashes, size)) size *= 2;
    return this;
  }

  /** False when a run of taken slots is too long for this size. */
  private fill(hashes: readonly number[], size: number): boolean {
    this.hashes = new Int32Array(size);
    this.slots = new Int32Array(size);
    for (const [index, hash] of hashes.entries()) {
      let slot = hash & (size - 1);
      while (this.slots[slot] !== 0) slot = (slot + 1) & (size - 1);
      this.slots[slot] = index + 1;
      this.hashes[slot] = hash;
    }
    let run = 0;
    // A run may continue from the end at the start.
    for (let at = 0; at < size + MAX_RUN; at++) {
      run = this.slots[at & (size - 1)] === 0 ? 0 : run + 1;
      if (run > MAX_RUN) return false;
    }
    return true;
  }

  /** The value of the name that begins at a label of the query's name; 0: none. */
  get(query: Query, label: number): number {
    const { hashes, slots } = this;
    const hash = query.hashes[label]!;
    let slot = hash & (slots.length - 1);
    for (let index = slots[slot]!; index !== 0; index = slots[slot]!) {
      if (hashes[slot] === hash && this.equals(index - 1, query, label)) return this.values[index - 1]!;
      slot = (slot + 1) & (slots.length - 1);
    }
    return 0;
  }

  private equals(index: number, query: Query, label: number): boolean {
    const name = this.names[index]!;
    const start = query.labels[label]!;
    if (name.length !== query.nameLength - start) return false;
    for (let at = 0; at < name.length; at++) if (name[at] !== query.name[start + at]) return false;
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
