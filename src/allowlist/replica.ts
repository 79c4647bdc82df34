// A dns-node's copy of the allowlist in memory that its threads share: prefix to profile, without owners.
import { randomInt } from 'node:crypto';
import type { Address, Prefix } from '../lib/ip.js';
import { PrefixTable, type SharedPrefixTable } from './prefix-table.js';
import { NUMBER_OF_OTHERS, ProfileNumbers } from './profile-numbers.js';

interface SharedTables {
  /** Per family, longest prefixes first. */
  readonly tables: readonly SharedPrefixTable[];
}

/** What another thread needs to open the same copy. */
export interface SharedAllowlist extends SharedTables {
  /** The profiles by the numbers that `find` returns. Numbers 0 and 1 are not used. */
  readonly profiles: readonly string[];
  /** False: the node has no allowlist yet, or has dropped it, so that no client can be called unlisted. */
  readonly isKnown: boolean;
}

/** What a thread that has opened the copy must learn: another copy, other tables, or the profile that a number has now. */
export type AllowlistUpdate =
  | ({ readonly kind: 'all' } & SharedAllowlist)
  | ({ readonly kind: 'tables' } & SharedTables)
  | { readonly kind: 'profile'; readonly number: number; readonly profile: string };

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
  private texts: string[] = [];
  private known = false;
  private tables: Tables = { 4: [], 6: [] };

  /** `fetchUpdates`: takes the updates that have been sent to this thread, before a number without a profile is returned. */
  constructor(
    shared: SharedAllowlist,
    private readonly fetchUpdates: () => void = () => {},
  ) {
    this.take({ kind: 'all', ...shared });
  }

  /** The profiles by the numbers that `find` returns. */
  get profiles(): readonly string[] {
    return this.texts;
  }

  get isKnown(): boolean {
    return this.known;
  }

  take(update: AllowlistUpdate): void {
    if (update.kind === 'profile') {
      this.texts[update.number] = update.profile;
      return;
    }
    const of = (family: 4 | 6) =>
      update.tables.filter((table) => table.family === family).map((table) => new PrefixTable(table));
    this.tables = { 4: of(4), 6: of(6) };
    if (update.kind === 'tables') return;
    this.texts = [...update.profiles];
    this.known = update.isKnown;
  }

  /**
   * The number of the profile of the longest prefix that contains the address; 0: none. NUMBER_OF_OTHERS: `profiles` does
   * not have it.
   */
  find({ family, words }: Address): number {
    const number = longestMatch(this.tables[family], words);
    if (number < this.texts.length || number === NUMBER_OF_OTHERS) return number;
    // The profile was published after the last update of this thread.
    this.fetchUpdates();
    return longestMatch(this.tables[family], words);
  }
}

export class AllowlistReplica {
  /** The revision of the store that this copy equals; 0: a store without changes. */
  revision = 0;
  private known = true;
  private tables: Tables = { 4: [], 6: [] };
  private profiles = new ProfileNumbers();
  private moves: Move[] = [];
  private room = ROOM;
  private readonly listeners = new Set<(update: AllowlistUpdate) => void>();

  get size(): number {
    return [...this.tables[4], ...this.tables[6]].reduce((sum, { size }) => sum + size, 0);
  }

  /** Bytes of memory. */
  get bytes(): number {
    return [...this.tables[4], ...this.tables[6]].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /**
   * Calls the listener with the whole copy, and with every update before a change is written that cannot be read without it.
   * The returned function removes the listener.
   */
  onUpdate(listener: (update: AllowlistUpdate) => void): () => void {
    this.listeners.add(listener);
    listener({ kind: 'all', ...this.shared() });
    return () => this.listeners.delete(listener);
  }

  /** The whole copy, for other threads. */
  shared(): SharedAllowlist {
    return { tables: this.sharedTables(), profiles: [...this.profiles.texts], isKnown: this.known };
  }

  /** The profile of the longest prefix that contains the address; empty: it is one of those that share a number. */
  find({ family, words }: Address): string | undefined {
    const number = longestMatch(this.tables[family], words);
    return number === 0 ? undefined : (this.profiles.texts[number] ?? '');
  }

  set(prefix: PrefixWords, profile: string): void {
    const { number, isNew } = this.profiles.take(profile);
    if (isNew) this.publish({ kind: 'profile', number, profile });
    const table = this.tableOf(prefix);
    this.profiles.release(table.set(prefix.words, number));
    const move = this.moveOf(table) ?? (table.isTight ? this.startMove(table) : undefined);
    if (move === undefined) return;
    move.into.set(prefix.words, number);
    this.moveOn(move);
  }

  delete(prefix: PrefixWords): void {
    const tables = this.tables[prefix.family];
    const table = tables.find(({ shared }) => shared.length === prefix.length);
    if (table === undefined) return;
    this.profiles.release(table.delete(prefix.words));
    this.moveOf(table)?.into.delete(prefix.words);
    if (table.size > 0) return;
    tables.splice(tables.indexOf(table), 1);
    this.moves = this.moves.filter(({ from }) => from !== table);
    this.publishTables();
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
    this.profiles = other.profiles;
    this.moves = other.moves;
    this.revision = other.revision;
    this.known = other.known;
    this.publish({ kind: 'all', ...this.shared() });
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

  private publish(update: AllowlistUpdate): void {
    for (const listener of this.listeners) listener(update);
  }

  private publishTables(): void {
    this.publish({ kind: 'tables', tables: this.sharedTables() });
  }

  private sharedTables(): SharedPrefixTable[] {
    return [...this.tables[4], ...this.tables[6]].map(({ shared }) => shared);
  }

  private tableOf({ family, length }: PrefixWords): PrefixTable {
    const tables = this.tables[family];
    const known = tables.find(({ shared }) => shared.length === length);
    if (known !== undefined) return known;
    const created = PrefixTable.create(family, length, randomInt(2 ** 32));
    tables.push(created);
    tables.sort((a, b) => b.shared.length - a.shared.length);
    this.publishTables();
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
    this.publishTables();
  }
}

function longestMatch(tables: readonly PrefixTable[], words: readonly number[]): number {
  for (let i = 0; i < tables.length; i++) {
    const value = tables[i]!.get(words);
    if (value !== 0) return value;
  }
  return 0;
}
