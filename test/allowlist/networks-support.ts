// What the tests of networks say often, and what must hold in Redis at any moment.
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import {
  ENTRIES,
  encodeKey,
  INDEX,
  LAST_DAYS,
  NETWORKS_OF,
  OWNERS_OF,
  PROFILES,
  TOKENS,
} from '../../src/allowlist/keys.js';
import type { NewNetwork } from '../../src/allowlist/networks.js';
import type { Preferences } from '../../src/allowlist/profile.js';
import type { Day } from '../../src/lib/calendar.js';
import { prefix } from './support.js';

export const LIMIT = 5;

/** Where devices appear to be: `us`, or with services `us;bbc-iplayer=uk`. */
export function preferences(region: string | null, services: Record<string, string> = {}): Preferences {
  return { region, serviceRegions: new Map(Object.entries(services)) };
}

export function network(
  addresses: readonly string[],
  rest: Partial<Omit<NewNetwork, 'addresses' | 'lastDay'>> & { lastDay?: string | null } = {},
): NewNetwork {
  const { id = randomUUID(), name = '', preferences: chosen = preferences('de'), lastDay = null } = rest;
  return { id, name, addresses: addresses.map(prefix), preferences: chosen, lastDay: lastDay as Day | null };
}

export const key = (text: string) => encodeKey(prefix(text));

/** What follows from the networks alone: how all other keys must look. */
class Derived {
  readonly owners = new Map<string, string[]>();
  readonly lastDays: string[] = [];
  readonly tokens: Record<string, string> = {};
  readonly profiles = new Map<string, string>();

  add(holder: string, line: string): void {
    const [day, key4, last4, key6, last6, digest, chosen] = line.split(' ') as string[];
    if (day !== '-') this.lastDays.push(`network ${holder}`);
    if (digest !== '-') this.tokens[digest!] = holder;
    const families = `${key4 === '-' ? '' : '4'}${key6 === '-' ? '' : '6'}`;
    this.addAddress(holder, key4!, last4!, `${families};${chosen}`);
    this.addAddress(holder, key6!, last6!, `${families};${chosen}`);
  }

  addEntry(at: string, value: string): void {
    const [day, profile] = value.split(' ', 2) as [string, string];
    this.addAddress('admin', at, day, profile);
  }

  private addAddress(holder: string, at: string, lastDay: string, profile: string): void {
    if (at === '-') return;
    this.owners.set(at, [...(this.owners.get(at) ?? []), holder].sort());
    if (lastDay !== '-') this.lastDays.push(`${at} ${holder}`);
    this.profiles.set(`${at} ${holder}`, profile);
  }
}

/** Entries of the admins, networks, tokens, holders, last days, index and public map agree. */
export async function expectConsistent(redis: Redis, operator: Redis): Promise<void> {
  const derived = new Derived();
  for (const name of await operator.keys(`${NETWORKS_OF}*`)) {
    const account = name.slice(NETWORKS_OF.length);
    for (const [id, line] of Object.entries(await redis.hgetall(name))) derived.add(`${account}/${id}`, line);
  }
  for (const [at, value] of Object.entries(await redis.hgetall(ENTRIES))) derived.addEntry(at, value);
  const { owners, lastDays, tokens, profiles } = derived;
  const keys = [...owners.keys()].sort();
  expect(await redis.zrange(INDEX, 0, -1)).toEqual(keys);
  expect((await redis.zrange(LAST_DAYS, 0, -1)).sort()).toEqual(lastDays.sort());
  expect(await redis.hgetall(TOKENS)).toEqual(tokens);
  const chosen: Record<string, string> = {};
  for (const each of keys) {
    const holders = await redis.zrange(OWNERS_OF + each, 0, -1);
    chosen[each] = profiles.get(`${each} ${holders.at(-1)}`)!;
    expect(holders.sort()).toEqual(owners.get(each));
  }
  expect((await operator.keys(`${OWNERS_OF}*`)).length).toBe(keys.length);
  expect(await redis.hgetall(PROFILES)).toEqual(chosen);
}
