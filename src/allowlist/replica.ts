// A dns-node's copy of the allowlist in memory that its threads share: prefix to region, without owners.
import { randomInt } from 'node:crypto';
import type { Address, Prefix } from '../lib/ip.js';
import { FIRST_VALUE, LAST_VALUE, PrefixTable, type SharedPrefixTable } from './prefix-table.js';

/** What another thread needs to open the same copy. A new one is published when a table or a region is added. */
export interface SharedAllowlist {
  /** Per family, longest prefixes first. */
  readonly tables: readonly SharedPrefixTable[];
  /** The regions by the numbers that `find` returns. Number 0 is not used. */
  readonly regions: readonly string[];
  /** False: the node has no allowlist yet, or has dropped it, so that no client can be called unlisted. */
  readonly isKnown: boolean;
}

type PrefixWords = Omit<Prefix, 'text'>;
type Tables = { readonly 4: PrefixTable[]; readonly 6: PrefixTable[] };

/** A table that is being copied to a larger one, in which all changes are made, too. */
interface Move {
  readonly from: PrefixTable;
  readonly into: PrefixTable;
  /** The first slot that has not been copied. */
  next: number;
}

/** Slots that are copied with each change: all are copied long before the table is full. */
const SLOTS_PER_CHANGE = 64;
/** Room for prefixes that are added meanwhile, as a part of the table's slots. */
const ROOM_MEANWHILE = 1 / 32;

/** The room in a new table, as a multiple of its prefixes. */
const ROOM = 1.2;
/** The same during a load, when tables grow fast. */
const ROOM_TO_LOAD = 2;

/** Looks up addresses from any thread. Allocates nothing. */
export class AllowlistReader {
  readonly regions: readonly string[];
  readonly isKnown: boolean;
  private readonly tables: Tables;

  constructor({ tables, regions, isKnown }: SharedAllowlist) {
    const of = (family: 4 | 6) =>
      tables.filter((table) => table.family === family).map((table) => new PrefixTable(table));
    this.tables = { 4: of(4), 6: of(6) };
    this.regions = regions;
    this.isKnown = isKnown;
  }

  /** The region number of the longest prefix that contains the address; 0: none. */
  find({ family, words }: Address): number {
    return longestMatch(this.tables[family], words);
  }
}

export class AllowlistReplica {
  /** The revision of the store that this copy equals; 0: a store without changes. */
  revision = 0;
  private known = true;
  private tables: Tables = { 4: [], 6: [] };
  private regions: string[] = new Array(FIRST_VALUE).fill('');
  private numbers = new Map<string, number>();
  private moves: Move[] = [];
  private room = ROOM;
  private readonly listeners = new Set<(shared: SharedAllowlist) => void>();

  get size(): number {
    return [...this.tables[4], ...this.tables[6]].reduce((sum, { size }) => sum + size, 0);
  }

  /** Bytes of memory. */
  get bytes(): number {
    return [...this.tables[4], ...this.tables[6]].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /**
   * Calls the listener with the present layout, and with every new one before a change is written that only the new one has.
   * The returned function removes the listener.
   */
  onPublished(listener: (shared: SharedAllowlist) => void): () => void {
    this.listeners.add(listener);
    listener(this.shared());
    return () => this.listeners.delete(listener);
  }

  /** The present layout, for other threads. */
  shared(): SharedAllowlist {
    const tables = [...this.tables[4], ...this.tables[6]].map(({ shared }) => shared);
    return { tables, regions: [...this.regions], isKnown: this.known };
  }

  /** The region of the longest prefix that contains the address. */
  find({ family, words }: Address): string | undefined {
    const number = longestMatch(this.tables[family], words);
    return number === 0 ? undefined : (this.regions[number] ?? '');
  }

  set(prefix: PrefixWords, region: string): void {
    const number = this.numberOf(region);
    const table = this.tableOf(prefix);
    table.set(prefix.words, number);
    const move = this.moveOf(table) ?? (table.isTight ? this.startMove(table) : undefined);
    if (move === undefined) return;
    move.into.set(prefix.words, number);
    this.moveOn(move);
  }

  delete(prefix: PrefixWords): void {
    const tables = this.tables[prefix.family];
    const table = tables.find(({ shared }) => shared.length === prefix.length);
    if (table === undefined) return;
    table.delete(prefix.words);
    this.moveOf(table)?.into.delete(prefix.words);
    if (table.size > 0) return;
    tables.splice(tables.indexOf(table), 1);
    this.moves = this.moves.filter(({ from }) => from !== table);
    this.publish();
  }

  /** Whether this is the copy of an allowlist; false: the node has none. */
  get isKnown(): boolean {
    return this.known;
  }

  /** A replica without an allowlist, until it becomes another one. */
  static unknown(): AllowlistReplica {
    const replica = new AllowlistReplica();
    replica.known = false;
    return replica;
  }

  /** An empty replica for a full load. */
  static toLoad(): AllowlistReplica {
    const replica = new AllowlistReplica();
    replica.room = ROOM_TO_LOAD;
    return replica;
  }

  /** Takes over the content of `other`, in no more memory than needed. `other` must not be used afterwards. */
  become(other: AllowlistReplica): void {
    other.compact();
    this.tables = other.tables;
    this.regions = other.regions;
    this.numbers = other.numbers;
    this.moves = other.moves;
    this.revision = other.revision;
    this.known = other.known;
    this.publish();
  }

  private compact(): void {
    for (const tables of [this.tables[4], this.tables[6]]) {
      for (const [index, from] of tables.entries()) {
        const { family, length, seed } = from.shared;
        const into = PrefixTable.create(family, length, seed, from.size * ROOM);
        from.copy(0, from.capacity, into);
        tables[index] = into;
      }
    }
    this.moves = [];
  }

  private publish(): void {
    for (const listener of this.listeners) listener(this.shared());
  }

  private numberOf(region: string): number {
    const known = this.numbers.get(region);
    if (known !== undefined) return known;
    // No catalogue has so many regions. The regions beyond share a number, and are answered like unknown ones.
    if (this.regions.length === LAST_VALUE) return LAST_VALUE;
    const number = this.regions.push(region) - 1;
    this.numbers.set(region, number);
    this.publish();
    return number;
  }

  private tableOf({ family, length }: PrefixWords): PrefixTable {
    const tables = this.tables[family];
    const known = tables.find(({ shared }) => shared.length === length);
    if (known !== undefined) return known;
    const created = PrefixTable.create(family, length, randomInt(2 ** 32));
    tables.push(created);
    tables.sort((a, b) => b.shared.length - a.shared.length);
    this.publish();
    return created;
  }

  private moveOf(table: PrefixTable): Move | undefined {
    return this.moves.find(({ from }) => from === table);
  }

  private startMove(from: PrefixTable): Move {
    const { family, length, seed } = from.shared;
    const entries = (from.size + from.capacity * ROOM_MEANWHILE) * this.room;
    const move = { from, into: PrefixTable.create(family, length, seed, entries), next: 0 };
    this.moves.push(move);
    return move;
  }

  private moveOn(move: Move): void {
    const { from, into } = move;
    const end = Math.min(move.next + SLOTS_PER_CHANGE, from.capacity);
    from.copy(move.next, end, into);
    move.next = end;
    if (end < from.capacity) return;
    const tables = this.tables[from.shared.family];
    tables[tables.indexOf(from)] = into;
    this.moves = this.moves.filter((each) => each !== move);
    this.publish();
  }
}

function longestMatch(tables: readonly PrefixTable[], words: readonly number[]): number {
  for (let i = 0; i < tables.length; i++) {
    const value = tables[i]!.get(words);
    if (value !== 0) return value;
  }
  return 0;
}
