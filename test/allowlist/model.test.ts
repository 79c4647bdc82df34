// Random histories of several owners against a plain model: Redis, the followers and the model must agree, byte for byte.

import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Follower } from '../../src/allowlist/follower.js';
import {
  CHANGES,
  ENTRIES_OF,
  EPOCH,
  encodeKey,
  FORM,
  INDEX,
  LAST_CHANGE,
  LAST_DAYS,
  OWNERS_OF,
  PROFILES,
  REVISION,
} from '../../src/allowlist/keys.js';
import { encodeProfile, FAMILIES, type Profile } from '../../src/allowlist/profile.js';
import { type Entry, type Owner } from '../../src/allowlist/writer.js';
import type { Day } from '../../src/lib/calendar.js';
import { prefixOf } from '../../src/lib/ip.js';
import { eventually, prefix, type Store, startedFollower, startStore } from './support.js';

const OWNERS: readonly Owner[] = ['admin', 'account:a', 'account:b'];
const PREFIXES = ['192.0.2.1', '192.0.2.0/24', '198.51.100.7', '2001:db8:1:2::/64', '2001:db8::/32'];
const DAYS = ['2026-01-01', '2026-06-15', '2027-01-01'];
const LIMIT = 3;

type Step =
  | { do: 'put'; owner: Owner; entry: Entry }
  | { do: 'putMany'; owner: Owner; entries: Entry[] }
  | {
      do: 'update';
      owner: Owner;
      on: string;
      patch: { profile?: Profile; label?: string; lastDay?: Day | null };
    }
  | { do: 'remove'; owner: Owner; on: string }
  | { do: 'removeEverywhere'; on: string }
  | { do: 'removeOwner'; owner: Owner }
  | { do: 'expire'; day: Day };

/** What the documentation of the writer promises, as simply as it can be said. */
class Model {
  readonly owners = new Map<Owner, Map<string, Entry>>(OWNERS.map((owner) => [owner, new Map()]));
  /** Who chose the profile of a prefix, the latest at the end. */
  readonly order = new Map<string, Owner[]>(PREFIXES.map((text) => [text, []]));
  readonly changes: [revision: number, touched: string[]][] = [];

  apply(step: Step): unknown {
    switch (step.do) {
      case 'put':
        return this.put(step.owner, step.entry);
      case 'putMany': {
        const replaced = step.entries.filter(({ prefix: { text } }, i) => {
          const earlier = step.entries.slice(0, i).some((each) => each.prefix.text === text);
          return earlier || this.owners.get(step.owner)!.has(text);
        }).length;
        for (const each of step.entries) this.set(step.owner, each);
        this.change(step.entries.map((each) => each.prefix.text));
        return { added: step.entries.length - replaced, replaced };
      }
      case 'update': {
        const before = this.owners.get(step.owner)!.get(step.on);
        if (!before) return null;
        const after = { ...before, ...step.patch };
        if (step.patch.profile === undefined) this.owners.get(step.owner)!.set(step.on, after);
        else {
          this.set(step.owner, after);
          this.change([step.on]);
        }
        return after;
      }
      case 'remove': {
        const removed = this.leave([[step.owner, step.on]]) === 1;
        return { removed, stillAllowed: this.order.get(step.on)!.length > 0 };
      }
      case 'removeEverywhere':
        return this.leave(OWNERS.map((owner) => [owner, step.on]));
      case 'removeOwner':
        return this.leave([...this.owners.get(step.owner)!.keys()].map((text) => [step.owner, text]));
      case 'expire':
        return this.leave(
          OWNERS.flatMap((owner) =>
            [...this.owners.get(owner)!.values()]
              .filter(({ lastDay }) => lastDay !== null && lastDay < step.day)
              .map((each): [Owner, string] => [owner, each.prefix.text]),
          ),
        );
    }
  }

  profile(text: string): string | undefined {
    const latest = this.order.get(text)!.at(-1);
    return latest && encodeProfile(this.owners.get(latest)!.get(text)!.profile);
  }

  private put(owner: Owner, each: Entry): string {
    const known = this.owners.get(owner)!.has(each.prefix.text);
    if (!known && this.owners.get(owner)!.size >= LIMIT) return 'limit-reached';
    this.set(owner, each);
    this.change([each.prefix.text]);
    return known ? 'replaced' : 'added';
  }

  private set(owner: Owner, each: Entry): void {
    const { text } = each.prefix;
    this.owners.get(owner)!.set(text, each);
    this.order.set(text, [...this.order.get(text)!.filter((other) => other !== owner), owner]);
  }

  private leave(pairs: readonly (readonly [Owner, string])[]): number {
    const held = pairs.filter(([owner, text]) => this.owners.get(owner)!.delete(text));
    for (const [owner, text] of held) {
      this.order.set(
        text,
        this.order.get(text)!.filter((other) => other !== owner),
      );
    }
    this.change(held.map(([, text]) => text));
    return held.length;
  }

  private change(touched: readonly string[]): void {
    if (touched.length > 0) this.changes.push([this.changes.length + 1, [...new Set(touched)]]);
  }
}

const owner = fc.constantFrom(...OWNERS);
const on = fc.constantFrom(...PREFIXES);
const profile = fc.record({
  families: fc.constantFrom(...FAMILIES),
  region: fc.constantFrom('de', 'us', null),
  serviceRegions: fc.constantFrom(new Map<string, string>(), new Map([['bbc-iplayer', 'uk']])),
});
const label = fc.constantFrom('', 'TV', ' - two  words ', 'κονσόλα');
const lastDay = fc.constantFrom(null, ...DAYS) as fc.Arbitrary<Day | null>;
const anyEntry = fc
  .record({ on, profile, label, lastDay })
  .map(({ on: text, ...rest }): Entry => ({ prefix: prefix(text), ...rest }));
const patch = fc.record({ profile, label, lastDay }, { requiredKeys: [] });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('put' as const), owner, entry: anyEntry }) },
  fc.record({ do: fc.constant('putMany' as const), owner, entries: fc.array(anyEntry, { maxLength: 6 }) }),
  { weight: 2, arbitrary: fc.record({ do: fc.constant('update' as const), owner, on, patch }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), owner, on }) },
  fc.record({ do: fc.constant('removeEverywhere' as const), on }),
  fc.record({ do: fc.constant('removeOwner' as const), owner }),
  fc.record({ do: fc.constant('expire' as const), day: fc.constantFrom(...DAYS) as fc.Arbitrary<Day> }),
);

let store: Store;

beforeAll(async () => {
  store = await startStore();
});
afterAll(() => store?.stop());

function run(step: Step): Promise<unknown> {
  switch (step.do) {
    case 'put':
      return store.writer.put(step.owner, step.entry, LIMIT);
    case 'putMany':
      return store.writer.putMany(step.owner, step.entries);
    case 'update':
      return store.writer.update(step.owner, prefix(step.on), step.patch);
    case 'remove':
      return store.writer.remove(step.owner, prefix(step.on));
    case 'removeEverywhere':
      return store.writer.removeEverywhere(prefix(step.on));
    case 'removeOwner':
      return store.writer.removeOwner(step.owner);
    case 'expire':
      return store.writer.expire(step.day);
  }
}

const key = (text: string) => encodeKey(prefix(text));

/** All that the allowlist has in Redis, but for the changes and what is random. */
async function stored(): Promise<Record<string, unknown>> {
  const state: Record<string, unknown> = {};
  for (const name of await store.operator.keys('*')) {
    const type = await store.operator.type(name);
    if (name === EPOCH || name === CHANGES || name === LAST_CHANGE || name === FORM) continue;
    if (type === 'string') state[name] = await store.redis.get(name);
    else if (type === 'hash') state[name] = await store.redis.hgetall(name);
    else if (name === LAST_DAYS) state[name] = await store.redis.zrange(name, 0, -1, 'WITHSCORES');
    else state[name] = await store.redis.zrange(name, 0, -1);
  }
  return state;
}

/** The same, as the model says it must be. */
function expected(model: Model): Record<string, unknown> {
  const state: Record<string, unknown> = { [REVISION]: String(model.changes.length) };
  const listed = PREFIXES.filter((text) => model.order.get(text)!.length > 0).map((text) => key(text));
  if (listed.length > 0) {
    state[INDEX] = [...listed].sort();
    state[PROFILES] = Object.fromEntries(
      PREFIXES.flatMap((text) => (model.profile(text) ? [[key(text), model.profile(text)]] : [])),
    );
  }
  for (const [text, owners] of model.order) if (owners.length > 0) state[OWNERS_OF + key(text)] = owners;
  const days: [number, string][] = [];
  for (const [name, entries] of model.owners) {
    for (const [text, each] of entries) {
      state[ENTRIES_OF + name] ??= {};
      const values = state[ENTRIES_OF + name] as Record<string, string>;
      values[key(text)] = `${each.lastDay ?? '-'} ${encodeProfile(each.profile)} ${each.label}`;
      if (each.lastDay) days.push([Number(each.lastDay.replaceAll('-', '')), `${key(text)} ${name}`]);
    }
  }
  days.sort(([a, left], [b, right]) => a - b || (left < right ? -1 : 1));
  if (days.length > 0) state[LAST_DAYS] = days.flatMap(([day, member]) => [member, String(day)]);
  return state;
}

function expectReplica({ replica }: Follower, model: Model): void {
  expect(replica.revision).toBe(model.changes.length);
  const listed = PREFIXES.filter((text) => model.profile(text) !== undefined).map(prefix);
  expect(replica.size).toBe(listed.length);
  const longestFirst = listed.sort((a, b) => b.length - a.length);
  for (const source of PREFIXES.map(prefix)) {
    const holder = longestFirst.find(
      (each) => each.family === source.family && prefixOf(source, each.length).text === each.text,
    );
    expect(replica.find(source)).toBe(holder && model.profile(holder.text));
  }
}

type Profiles = Record<string, string>;

/** The public map after applying the changes of the stream that come after the revision. */
function replayed(
  start: Profiles,
  changes: readonly [id: string, fields: string[]][],
  after: number,
): Profiles {
  const profiles = { ...start };
  for (const [id, [, , ...state]] of changes) {
    if (Number.parseInt(id, 10) <= after) continue;
    for (let i = 0; i < state.length; i += 2) {
      if (state[i + 1] === '') delete profiles[state[i]!];
      else profiles[state[i]!] = state[i + 1]!;
    }
  }
  return profiles;
}

it('keeps owners, public map, index, stream and followers equal to the model, whatever happens', async () => {
  const history = fc.tuple(fc.array(step, { minLength: 1, maxLength: 30 }), fc.nat(30));
  await fc.assert(
    fc.asyncProperty(history, async ([steps, followFrom]) => {
      await store.operator.flushall();
      await store.writer.initialise();
      const model = new Model();
      const snapshots: { revision: number; profiles: Profiles }[] = [];
      let follower: Follower | undefined;
      try {
        for (const [index, each] of steps.entries()) {
          if (index === Math.min(followFrom, steps.length - 1)) {
            follower = await startedFollower(store.server.nodeUrl);
          }
          snapshots.push({ revision: model.changes.length, profiles: await store.redis.hgetall(PROFILES) });
          const outcome = await run(each);
          expect(outcome).toEqual(model.apply(each));
        }
        expect(await stored()).toEqual(expected(model));
        for (const name of OWNERS) {
          const entries = [...model.owners.get(name)!.values()];
          entries.sort((a, b) => (encodeKey(a.prefix) < encodeKey(b.prefix) ? -1 : 1));
          expect(await store.writer.entries(name)).toEqual(entries);
        }

        const changes = await store.redis.xrange(CHANGES, '-', '+');
        expect(
          changes.map(([id, [, , ...state]]) => [id, state.filter((_, i) => i % 2 === 0).sort()]),
        ).toEqual(model.changes.map(([revision, touched]) => [`${revision}-0`, touched.map(key).sort()]));
        const final = await store.redis.hgetall(PROFILES);
        for (const { revision, profiles } of snapshots) {
          for (const after of [0, revision >> 1, revision]) {
            expect(replayed(profiles, changes, after)).toEqual(final);
          }
        }

        await eventually(() => follower?.replica.revision === model.changes.length);
        expectReplica(follower!, model);
        const fresh = await startedFollower(store.server.nodeUrl);
        expectReplica(fresh, model);
        await fresh.close();
      } finally {
        await follower?.close();
      }
    }),
    { numRuns: 200 },
  );
}, 120_000);
