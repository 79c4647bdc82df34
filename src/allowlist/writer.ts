// The only writer of the allowlist: every change is atomic, and it is known to the dns-nodes as soon as it is made.
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Day } from '../lib/calendar.js';
import type { Prefix } from '../lib/ip.js';
import { InvalidCursor, type Page, type PageRequest, pageOf } from '../lib/pages.js';
import { encodeKey, isKey, keysWithin, prefixOfKey } from './keys.js';
import { type RunScript, scriptRunner } from './run-script.js';
import { AllowlistUpkeep } from './upkeep.js';

export { AllowlistUninitialised } from './run-script.js';

/** Who holds an address. Two owners may hold the same one; it is allowed until the last of them leaves it. */
export type Owner = 'admin' | `account:${string}`;

/** What one owner says of one prefix. `lastDay`: the last day on which it is allowed; null is open-ended. */
export interface Entry {
  readonly prefix: Prefix;
  /** A region id: text without white space. */
  readonly region: string;
  readonly label: string;
  readonly lastDay: Day | null;
}

/** What all owners together say of one prefix. `lastDay`: the day after which nobody holds it; null is open-ended. */
export interface ListedEntry {
  readonly prefix: Prefix;
  /** That of the owner who chose it last. */
  readonly region: string;
  readonly owners: number;
  readonly byAdmin: boolean;
  readonly lastDay: Day | null;
  /** The admin's, such as the import that it came with; empty without one. Those of accounts are nobody else's business. */
  readonly label: string;
}

/** Which of an owner's entries are meant; what is absent says nothing. */
export interface Matching {
  readonly label?: string;
  readonly within?: Prefix;
}

const ENTRIES_PER_SCRIPT = 500;

/**
 * All methods but `initialise` reject with AllowlistUninitialised while the store has no epoch: reading, too, because
 * what an empty replica lacks is not the truth. Otherwise they reject with ioredis's errors.
 */
export class AllowlistWriter {
  readonly upkeep: AllowlistUpkeep;
  private readonly run: RunScript;

  constructor(redis: Redis) {
    this.run = scriptRunner(redis);
    this.upkeep = new AllowlistUpkeep(redis, this.run);
  }

  /** Declares the store to be the allowlist, even when it is empty; the dns-nodes then follow it. True when it was not. */
  async initialise(): Promise<boolean> {
    return (await this.run('allowlistInitialise', randomUUID())) === 1;
  }

  /** `limit`: the most entries that the owner may have; replacing one is always possible. */
  async put(owner: Owner, entry: Entry, limit?: number): Promise<'added' | 'replaced' | 'limit-reached'> {
    const [added, replaced] = await this.putChunk(owner, [entry], limit);
    if (added > 0) return 'added';
    return replaced > 0 ? 'replaced' : 'limit-reached';
  }

  /** Puts the entries in atomic steps of up to 500. `onProgress` hears how many are done. */
  async putMany(
    owner: Owner,
    entries: readonly Entry[],
    onProgress?: (done: number) => void,
  ): Promise<{ added: number; replaced: number }> {
    const total = { added: 0, replaced: 0 };
    for (let from = 0; from < entries.length; from += ENTRIES_PER_SCRIPT) {
      const chunk = entries.slice(from, from + ENTRIES_PER_SCRIPT);
      const [added, replaced] = await this.putChunk(owner, chunk);
      total.added += added;
      total.replaced += replaced;
      onProgress?.(from + chunk.length);
    }
    return total;
  }

  /** Changes what the patch names of the owner's own entry; null when there is none. */
  async update(
    owner: Owner,
    prefix: Prefix,
    patch: { region?: string; label?: string; lastDay?: Day | null },
  ): Promise<Entry | null> {
    const { region, label, lastDay } = patch;
    const value = (await this.run(
      'allowlistUpdate',
      owner,
      encodeKey(prefix),
      lastDay === undefined ? '' : (lastDay ?? '-'),
      region === undefined ? '' : checkedRegion(region),
      label === undefined ? 0 : 1,
      label ?? '',
    )) as string | null;
    return value === null ? null : decodeEntry(prefix, value);
  }

  /** `stillAllowed`: another owner holds the same prefix. Wider prefixes are not looked at. */
  async remove(owner: Owner, prefix: Prefix): Promise<{ removed: boolean; stillAllowed: boolean }> {
    const [removed, still] = (await this.run('allowlistRemove', owner, encodeKey(prefix))) as number[];
    return { removed: removed === 1, stillAllowed: still === 1 };
  }

  /** Takes the prefix from everybody; returns how many owners lost it. */
  async removeEverywhere(prefix: Prefix): Promise<number> {
    return (await this.run('allowlistRemoveEverywhere', encodeKey(prefix))) as number;
  }

  /** Takes those of the prefixes from the owner that they hold, in atomic steps; returns how many those were. */
  async removeMany(
    owner: Owner,
    prefixes: readonly Prefix[],
    onProgress?: (done: number) => void,
  ): Promise<number> {
    let removed = 0;
    for (let from = 0; from < prefixes.length; from += ENTRIES_PER_SCRIPT) {
      const keys = prefixes.slice(from, from + ENTRIES_PER_SCRIPT).map(encodeKey);
      removed += (await this.run('allowlistRemoveMany', owner, ...keys)) as number;
      onProgress?.(from + keys.length);
    }
    return removed;
  }

  /** Takes the matching entries from the owner, in atomic steps; returns how many those were. */
  removeMatching(owner: Owner, matching: Matching, onProgress?: (removed: number) => void): Promise<number> {
    return this.eachMatching(owner, matching, { countAlone: false, onProgress });
  }

  /** How many of the owner's entries match. */
  countMatching(owner: Owner, matching: Matching): Promise<number> {
    return this.eachMatching(owner, matching, { countAlone: true });
  }

  /** Takes everything from the owner, in atomic steps; returns how many entries that were. */
  removeOwner(owner: Owner): Promise<number> {
    return this.repeat('allowlistRemoveOwner', owner);
  }

  /** Takes every prefix from everybody, in atomic steps; returns how many those were. `onProgress` hears how many are done. */
  async clear(onProgress?: (done: number) => void): Promise<number> {
    let cleared = 0;
    for (;;) {
      const step = (await this.run('allowlistClear', ENTRIES_PER_SCRIPT)) as number;
      if (step === 0) return cleared;
      cleared += step;
      onProgress?.(cleared);
    }
  }

  /** The owner's own entries, sorted by address. All in one answer: meant for accounts; the admin's list has `page`. */
  async entries(owner: Owner): Promise<Entry[]> {
    const fields = (await this.run('allowlistEntries', owner)) as string[];
    const pairs: [string, string][] = [];
    for (let i = 0; i < fields.length; i += 2) pairs.push([fields[i]!, fields[i + 1]!]);
    pairs.sort(([a], [b]) => (a < b ? -1 : 1));
    return pairs.map(([key, value]) => decodeEntry(prefixOfKey(key), value));
  }

  /** The region that devices at the prefix get, as the last one chose it; null when nobody has registered it. */
  async regionAt(prefix: Prefix): Promise<string | null> {
    return (await this.run('allowlistRegion', encodeKey(prefix))) as string | null;
  }

  /** Removes every entry whose last day is before the given day; returns how many. */
  expire(day: Day): Promise<number> {
    return this.repeat('allowlistExpire', day.replaceAll('-', ''));
  }

  /**
   * A page of the entries inside the prefix, or of all, sorted by address (IPv4 before IPv6, wider before narrower).
   * Throws InvalidCursor.
   */
  async page(request: PageRequest, within: Prefix | null = null): Promise<Page<ListedEntry>> {
    const { size, fromEnd, after, before } = request;
    if (after !== null && !isKey(after)) throw new InvalidCursor('after');
    if (before !== null && !isKey(before)) throw new InvalidCursor('before');
    const range = within ? keysWithin(within) : { first: '4', last: '7' };
    const [totalCount, preceding, following, ...rows] = (await this.run(
      'allowlistPage',
      range.first,
      range.last,
      after !== null && after >= range.first ? `(${after}` : `[${range.first}`,
      before !== null && before <= range.last ? `(${before}` : `[${range.last}`,
      fromEnd ? 1 : 0,
      size + 1,
    )) as [number, number, number, ...ListedRow[]];
    const entries = rows.map((row) => ({ value: listedEntry(row), cursor: row[0] }));
    return pageOf(request, { entries, precedes: preceding > 0, follows: following > 0, totalCount });
  }

  async stats(): Promise<{ entries: number; ipv4: number; ipv6: number; revision: number }> {
    const [ipv4, ipv6, revision] = (await this.run('allowlistStats')) as [number, number, number];
    return { entries: ipv4 + ipv6, ipv4, ipv6, revision };
  }

  private async eachMatching(
    owner: Owner,
    { label, within }: Matching,
    { countAlone, onProgress }: { countAlone: boolean; onProgress?: ((found: number) => void) | undefined },
  ): Promise<number> {
    const { first, last } = within ? keysWithin(within) : { first: '4', last: '7' };
    let cursor = '0';
    let found = 0;
    do {
      const step = (await this.run(
        'allowlistRemoveMatching',
        ...[owner, cursor, ENTRIES_PER_SCRIPT, first, last],
        ...[label === undefined ? 0 : 1, label ?? '', countAlone ? 1 : 0],
      )) as [string, number];
      cursor = step[0];
      found += step[1];
      onProgress?.(found);
    } while (cursor !== '0');
    return found;
  }

  private async putChunk(owner: Owner, entries: readonly Entry[], limit?: number): Promise<[number, number]> {
    const pairs = entries.flatMap((entry) => [encodeKey(entry.prefix), encodeEntry(entry)]);
    return (await this.run('allowlistPut', owner, limit ?? '', ...pairs)) as [number, number];
  }

  /** Runs a script that removes up to a number of entries until none is left to remove. */
  private async repeat(name: 'allowlistExpire' | 'allowlistRemoveOwner', argument: string): Promise<number> {
    let total = 0;
    for (;;) {
      const removed = (await this.run(name, argument, ENTRIES_PER_SCRIPT)) as number;
      total += removed;
      if (removed < ENTRIES_PER_SCRIPT) return total;
    }
  }
}

type ListedRow = [
  key: string,
  region: string,
  owners: number,
  byAdmin: number,
  lastDay: string,
  label: string,
];

function listedEntry([key, region, owners, byAdmin, lastDay, label]: ListedRow): ListedEntry {
  const prefix = prefixOfKey(key);
  return { prefix, region, owners, byAdmin: byAdmin === 1, lastDay: decodeDay(lastDay), label };
}

function encodeEntry({ lastDay, region, label }: Entry): string {
  return `${lastDay ?? '-'} ${checkedRegion(region)} ${label}`;
}

function decodeEntry(prefix: Prefix, value: string): Entry {
  const [lastDay = '', region = ''] = value.split(' ', 2);
  const label = value.slice(lastDay.length + region.length + 2);
  return { prefix, region, label, lastDay: decodeDay(lastDay) };
}

function decodeDay(text: string): Day | null {
  return text === '-' ? null : (text as Day);
}

function checkedRegion(region: string): string {
  if (!/^\S+$/.test(region)) throw new RangeError('a region id is text without white space');
  return region;
}
