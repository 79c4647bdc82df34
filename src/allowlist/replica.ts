// A dns-node's copy of the allowlist in memory: which region, if any, an address may use.
import { type Address, maskWord, type Prefix } from './address.js';

/** From the word of an address to its region, or to the next word. Words are kept signed: V8 stores those in place. */
type Level = Map<number, Level | string>;

/** All prefixes of one length, by as many words as the length reaches into: one for IPv4, two for an IPv6 /64. */
interface Table {
  readonly length: number;
  readonly root: Level;
}

type PrefixWords = Omit<Prefix, 'text'>;

export class AllowlistReplica {
  /** The revision of the store that this copy equals; 0 for a store without changes. */
  revision = 0;
  private count = 0;
  /** Longest prefixes first. */
  private readonly tables: { readonly 4: Table[]; readonly 6: Table[] } = { 4: [], 6: [] };
  /** One string object per region, however often it was parsed. */
  private readonly regions = new Map<string, string>();

  get size(): number {
    return this.count;
  }

  /** The region of the longest prefix that holds the address. Allocates nothing. */
  find(address: Address): string | undefined {
    const { words } = address;
    for (const table of this.tables[address.family]) {
      let level: Level | string | undefined = table.root;
      for (let i = 0; typeof level === 'object'; i++) {
        level = level.get(maskWord(words[i]!, table.length - i * 32) | 0);
      }
      if (level !== undefined) return level;
    }
    return undefined;
  }

  set(prefix: PrefixWords, region: string): void {
    const last = lastWord(prefix);
    let level = this.table(prefix).root;
    for (let i = 0; i < last; i++) {
      let next = level.get(prefix.words[i]! | 0) as Level | undefined;
      if (next === undefined) {
        next = new Map();
        level.set(prefix.words[i]! | 0, next);
      }
      level = next;
    }
    const before = level.size;
    level.set(prefix.words[last]! | 0, this.shared(region));
    this.count += level.size - before;
  }

  delete(prefix: PrefixWords): void {
    const tables = this.tables[prefix.family];
    const index = tables.findIndex(({ length }) => length === prefix.length);
    const table = tables[index];
    if (table === undefined || !removeFrom(table.root, prefix, 0)) return;
    this.count -= 1;
    if (table.root.size === 0) tables.splice(index, 1);
  }

  private table({ family, length }: PrefixWords): Table {
    const tables = this.tables[family];
    const known = tables.find((table) => table.length === length);
    if (known !== undefined) return known;
    const table: Table = { length, root: new Map() };
    tables.push(table);
    tables.sort((a, b) => b.length - a.length);
    return table;
  }

  private shared(region: string): string {
    const known = this.regions.get(region);
    if (known !== undefined) return known;
    this.regions.set(region, region);
    return region;
  }
}

/** The index of the last word that the prefix reaches into. */
function lastWord({ length }: PrefixWords): number {
  return Math.max(0, Math.ceil(length / 32) - 1);
}

/** Removes the prefix and the levels that this leaves empty; false when it was not there. */
function removeFrom(level: Level, prefix: PrefixWords, at: number): boolean {
  const word = prefix.words[at]! | 0;
  if (at === lastWord(prefix)) return level.delete(word);
  const next = level.get(word) as Level | undefined;
  if (next === undefined || !removeFrom(next, prefix, at + 1)) return false;
  if (next.size === 0) level.delete(word);
  return true;
}
