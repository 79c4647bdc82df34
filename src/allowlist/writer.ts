// The only writer of the allowlist. Every change is atomic, and the change stream publishes it to the dns-nodes at once.
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Day } from '../lib/calendar.js';
import type { Prefix } from '../lib/ip.js';
import { InvalidCursor, type Page, type PageRequest, pageOf } from '../lib/pages.js';
import { encodeKey, isKey, keysWithin, prefixOfKey } from './keys.js';
import { Networks } from './networks.js';
import { encodeProfile, type Profile, storedProfile } from './profile.js';
import { type RunScript, scriptRunner } from './run-script.js';
import { AllowlistUpkeep } from './upkeep.js';

export { AllowlistUninitialised } from './run-script.js';

/** The admins' entry for a prefix. `lastDay`: the last day (UTC) on which it is allowed; null: open-ended. */
export interface Entry {
  readonly prefix: Prefix;
  readonly profile: Profile;
  readonly label: string;
  readonly lastDay: Day | null;
}

/** What all owners of one prefix, accounts and the admins, say. `lastDay`: the latest of theirs; null: one is open-ended. */
export interface ListedEntry {
  readonly prefix: Prefix;
  /** That of the owner who chose one last. */
  readonly profile: Profile;
  readonly owners: number;
  readonly byAdmin: boolean;
  readonly lastDay: Day | null;
  /** The admin's label, such as the name of an import; empty without one. Names of networks are private. */
  readonly label: string;
}

/** A filter on the admins' entries. An absent field matches all. */
export interface Matching {
  readonly label?: string;
  readonly within?: Prefix;
}

const ENTRIES_PER_SCRIPT = 500;

/**
 * All methods but `initialise` reject with AllowlistUninitialised while the store has no epoch. This holds for reading, too,
 * because the store may be an empty Redis replica. Otherwise they reject with ioredis's errors.
 */
export class AllowlistWriter {
  readonly upkeep: AllowlistUpkeep;
  readonly networks: Networks;
  private readonly run: RunScript;

  constructor(redis: Redis) {
    this.run = scriptRunner(redis);
    this.networks = new Networks(this.run);
    this.upkeep = new AllowlistUpkeep(redis, this.run);
  }

  /**
   * Gives the store an epoch, even when it is empty, so that dns-nodes follow it. Data of an earlier form is converted. True: the
   * store had no epoch and no data.
   */
  async initialise(): Promise<boolean> {
    await this.upkeep.reform();
    return (await this.run('allowlistInitialise', randomUUID())) === 1;
  }

  /** Adds or replaces an entry. */
  async put(entry: Entry): Promise<'added' | 'replaced'> {
    const [added] = await this.putChunk([entry]);
    return added > 0 ? 'added' : 'replaced';
  }

  /** Adds or replaces entries in atomic steps of up to 500. `onProgress` is called with the number that is done. */
  async putMany(
    entries: readonly Entry[],
    onProgress?: (done: number) => void,
  ): Promise<{ added: number; replaced: number }> {
    const total = { added: 0, replaced: 0 };
    for (let from = 0; from < entries.length; from += ENTRIES_PER_SCRIPT) {
      const chunk = entries.slice(from, from + ENTRIES_PER_SCRIPT);
      const [added, replaced] = await this.putChunk(chunk);
      total.added += added;
      total.replaced += replaced;
      onProgress?.(from + chunk.length);
    }
    return total;
  }

  /** Changes the fields of the entry that the patch names. Null: there is no such entry. */
  async update(
    prefix: Prefix,
    patch: { profile?: Profile; label?: string; lastDay?: Day | null },
  ): Promise<Entry | null> {
    const { profile, label, lastDay } = patch;
    const value = (await this.run(
      'allowlistUpdate',
      encodeKey(prefix),
      lastDay === undefined ? '' : (lastDay ?? '-'),
      profile === undefined ? '' : encodeProfile(profile),
      label === undefined ? 0 : 1,
      label ?? '',
    )) as string | null;
    return value === null ? null : decodeEntry(prefix, value);
  }

  /** Removes an entry. `stillAllowed`: a network holds the same prefix; wider prefixes are not considered. */
  async remove(prefix: Prefix): Promise<{ removed: boolean; stillAllowed: boolean }> {
    const [removed, still] = (await this.run('allowlistRemove', encodeKey(prefix))) as number[];
    return { removed: removed === 1, stillAllowed: still === 1 };
  }

  /** Takes a prefix from everybody who holds it; networks stay without it. Returns the number of holders. */
  async removeEverywhere(prefix: Prefix): Promise<number> {
    return this.repeat('allowlistRemoveEverywhere', encodeKey(prefix));
  }

  /** Removes the entries for the prefixes in atomic steps. Returns how many there were. */
  async removeMany(prefixes: readonly Prefix[], onProgress?: (done: number) => void): Promise<number> {
    let removed = 0;
    for (let from = 0; from < prefixes.length; from += ENTRIES_PER_SCRIPT) {
      const keys = prefixes.slice(from, from + ENTRIES_PER_SCRIPT).map(encodeKey);
      removed += (await this.run('allowlistRemoveMany', ...keys)) as number;
      onProgress?.(from + keys.length);
    }
    return removed;
  }

  /** Removes the matching entries in atomic steps. Returns how many there were. */
  removeMatching(matching: Matching, onProgress?: (removed: number) => void): Promise<number> {
    return this.eachMatching(matching, { countAlone: false, onProgress });
  }

  /** The number of matching entries. */
  countMatching(matching: Matching): Promise<number> {
    return this.eachMatching(matching, { countAlone: true });
  }

  /** Takes all prefixes from everybody in atomic steps; networks stay without addresses. Returns the number of prefixes. `onProgress` is called with the number that is done. */
  async clear(onProgress?: (done: number) => void): Promise<number> {
    let cleared = 0;
    for (;;) {
      const step = await this.run('allowlistClear', ENTRIES_PER_SCRIPT, ENTRIES_PER_SCRIPT);
      const [prefixes, holders] = step as [number, number];
      if (holders === 0) return cleared;
      cleared += prefixes;
      onProgress?.(cleared);
    }
  }

  /** Removes entries, addresses and networks whose last day is before the given day. Returns how many there were. */
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
    { label, within }: Matching,
    { countAlone, onProgress }: { countAlone: boolean; onProgress?: ((found: number) => void) | undefined },
  ): Promise<number> {
    const { first, last } = within ? keysWithin(within) : { first: '4', last: '7' };
    let cursor = '0';
    let found = 0;
    do {
      const step = (await this.run(
        'allowlistRemoveMatching',
        ...[cursor, ENTRIES_PER_SCRIPT, first, last],
        ...[label === undefined ? 0 : 1, label ?? '', countAlone ? 1 : 0],
      )) as [string, number];
      cursor = step[0];
      found += step[1];
      onProgress?.(found);
    } while (cursor !== '0');
    return found;
  }

  private async putChunk(entries: readonly Entry[]): Promise<[number, number]> {
    const pairs = entries.flatMap((entry) => [encodeKey(entry.prefix), encodeEntry(entry)]);
    return (await this.run('allowlistPut', ...pairs)) as [number, number];
  }

  /** Runs a script that removes a limited number of entries until none is left. */
  private async repeat(
    name: 'allowlistExpire' | 'allowlistRemoveEverywhere',
    argument: string,
  ): Promise<number> {
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
  profile: string,
  owners: number,
  byAdmin: number,
  lastDay: string,
  label: string,
];

function listedEntry([key, profile, owners, byAdmin, lastDay, label]: ListedRow): ListedEntry {
  const prefix = prefixOfKey(key);
  const day = decodeDay(lastDay);
  return { prefix, profile: storedProfile(profile), owners, byAdmin: byAdmin === 1, lastDay: day, label };
}

function encodeEntry({ lastDay, profile, label }: Entry): string {
  return `${lastDay ?? '-'} ${encodeProfile(profile)} ${label}`;
}

function decodeEntry(prefix: Prefix, value: string): Entry {
  const [lastDay = '', profile = ''] = value.split(' ', 2);
  const label = value.slice(lastDay.length + profile.length + 2);
  return { prefix, profile: storedProfile(profile), label, lastDay: decodeDay(lastDay) };
}

function decodeDay(text: string): Day | null {
  return text === '-' ? null : (text as Day);
}
