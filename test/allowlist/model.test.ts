// Random histories of the admins and of networks against a plain model: Redis, the followers and the model must agree, byte for byte.

import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Follower } from '../../src/allowlist/follower.js';
import {
  CHANGES,
  ENTRIES,
  EPOCH,
  FORM,
  INDEX,
  LAST_CHANGE,
  LAST_DAYS,
  NETWORKS_OF,
  OWNERS_OF,
  PROFILES,
  REVISION,
  TOKENS,
} from '../../src/allowlist/keys.js';
import { encodePreferences, encodeProfile, FAMILIES, type Profile } from '../../src/allowlist/profile.js';
import type { Entry } from '../../src/allowlist/writer.js';
import type { Day } from '../../src/lib/calendar.js';
import { prefixOf } from '../../src/lib/ip.js';
import { ACCOUNTS, DIGESTS, HOMES, IDS, LIMIT, Model, PREFIXES, type Step } from './model.js';
import { key } from './networks-support.js';
import { entriesOf, eventually, prefix, type Store, startedFollower, startStore } from './support.js';

const DAYS = ['2026-01-01', '2026-06-15', '2027-01-01'] as Day[];

const on = fc.constantFrom(...PREFIXES);
const home = fc.constantFrom(...HOMES);
const label = fc.constantFrom('', 'TV', ' - two  words ', 'κονσόλα');
const lastDay = fc.constantFrom(null, ...DAYS);
const preferences = fc.record({
  region: fc.constantFrom('de', 'us', null),
  serviceRegions: fc.constantFrom(new Map<string, string>(), new Map([['bbc-iplayer', 'uk']])),
});
const profile = fc
  .tuple(fc.constantFrom(...FAMILIES), preferences)
  .map(([families, rest]): Profile => ({ families, ...rest }));
const anyEntry = fc
  .record({ on, profile, label, lastDay })
  .map(({ on: text, ...rest }): Entry => ({ prefix: prefix(text), ...rest }));
const patch = fc.record({ profile, label, lastDay }, { requiredKeys: [] });
const addresses = fc
  .tuple(fc.constantFrom(null, ...HOMES.slice(0, 2)), fc.constantFrom(null, ...HOMES.slice(2)))
  .map((both) => both.filter((each) => each !== null));
const account = fc.constantFrom(...ACCOUNTS);
const id = fc.constantFrom(...IDS);
const digest = fc.constantFrom(...DIGESTS);
const ofAdmins: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('put' as const), entry: anyEntry }) },
  fc.record({ do: fc.constant('putMany' as const), entries: fc.array(anyEntry, { maxLength: 6 }) }),
  { weight: 2, arbitrary: fc.record({ do: fc.constant('update' as const), on, patch }) },
  fc.record({ do: fc.constant('remove' as const), on }),
  fc.record({ do: fc.constant('removeEverywhere' as const), on }),
  fc.record({ do: fc.constant('removeOwn' as const) }),
  fc.record({ do: fc.constant('clear' as const) }),
  fc.record({ do: fc.constant('expire' as const), day: fc.constantFrom(...DAYS) }),
);
const ofNetworks: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('register' as const),
      ...{ account, id, addresses, name: label, preferences, lastDay },
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('updateNetwork' as const),
      ...{ account, id, patch: fc.record({ name: label, preferences, lastDay }, { requiredKeys: [] }) },
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('move' as const), account, id, addresses, lastDay: lastDay }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('moveByToken' as const), digest, on: home, lastDay: lastDay }),
  },
  fc.record({ do: fc.constant('findByToken' as const), digest, on: home }),
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('setToken' as const),
      ...{ account, id, digest: fc.option(digest) },
    }),
  },
  fc.record({
    do: fc.constant('removeAddress' as const),
    ...{ account, id, family: fc.constantFrom(4 as const, 6 as const) },
  }),
  fc.record({ do: fc.constant('removeNetwork' as const), account, id }),
  fc.record({ do: fc.constant('removeAccount' as const), account }),
);
const step = fc.oneof({ weight: 2, arbitrary: ofAdmins }, { weight: 3, arbitrary: ofNetworks });

let store: Store;

beforeAll(async () => {
  store = await startStore();
});
afterAll(() => store?.stop());

function run(each: Step): Promise<unknown> {
  const { writer } = store;
  const { networks } = writer;
  switch (each.do) {
    case 'put':
      return writer.put(each.entry);
    case 'putMany':
      return writer.putMany(each.entries);
    case 'update':
      return writer.update(prefix(each.on), each.patch);
    case 'remove':
      return writer.remove(prefix(each.on));
    case 'removeEverywhere':
      return writer.removeEverywhere(prefix(each.on));
    case 'removeOwn':
      return writer.removeMatching({});
    case 'clear':
      return writer.clear();
    case 'expire':
      return writer.expire(each.day);
    case 'register':
      return networks.register(each.account, { ...each, addresses: each.addresses.map(prefix) }, LIMIT);
    case 'updateNetwork':
      return networks.update(each.account, each.id, each.patch);
    case 'move':
      return networks.move(each.account, each.id, each.addresses.map(prefix), each.lastDay);
    case 'moveByToken':
      return networks.moveByToken(each.digest, prefix(each.on), each.lastDay);
    case 'findByToken':
      return networks.findByToken(each.digest, prefix(each.on));
    case 'setToken':
      return networks.setToken(each.account, each.id, each.digest);
    case 'removeAddress':
      return networks.removeAddress(each.account, each.id, each.family);
    case 'removeNetwork':
      return networks.remove(each.account, each.id);
    case 'removeAccount':
      return networks.removeAccount(each.account);
  }
}

/** A digest is random: no two networks have the same. */
function isPossible(each: Step, model: Model): boolean {
  return each.do !== 'setToken' || [...model.networks.values()].every(({ digest }) => digest !== each.digest);
}

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
  const held = Object.entries(model.profiles()).map(([text, each]) => [key(text), each] as const);
  if (held.length > 0) {
    state[INDEX] = held.map(([at]) => at).sort();
    state[PROFILES] = Object.fromEntries(held);
  }
  for (const [text, holders] of model.order) if (holders.length > 0) state[OWNERS_OF + key(text)] = holders;
  const days: [number, string][] = [];
  const lasts = (day: Day | null, member: string) => {
    if (day !== null) days.push([Number(day.replaceAll('-', '')), member]);
  };
  const put = (name: string, field: string, value: string) => {
    state[name] = { ...(state[name] as object | undefined), [field]: value };
  };
  for (const [text, each] of model.entries) {
    put(ENTRIES, key(text), `${each.lastDay ?? '-'} ${encodeProfile(each.profile)} ${each.label}`);
    lasts(each.lastDay, `${key(text)} admin`);
  }
  for (const [holder, each] of model.networks) {
    const { ipv4, ipv6, digest: own } = each;
    const both = [ipv4, ipv6].flatMap((at) => (at ? [key(at.text), at.lastDay ?? '-'] : ['-', '-']));
    const line = [each.lastDay ?? '-', ...both, own ?? '-', encodePreferences(each.preferences), each.name];
    put(`${NETWORKS_OF}account:${each.account}`, each.id, line.join(' '));
    if (own) put(TOKENS, own, holder);
    lasts(each.lastDay, `network ${holder}`);
    for (const at of [ipv4, ipv6]) if (at) lasts(at.lastDay, `${key(at.text)} ${holder}`);
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

it('keeps holders, networks, tokens, public map, index, stream and followers equal to the model, whatever happens', async () => {
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
          if (!isPossible(each, model)) continue;
          const outcome = await run(each);
          expect(outcome).toEqual(model.apply(each));
        }
        expect(await stored()).toEqual(expected(model));
        const entries = [...model.entries.values()];
        entries.sort((one, other) => (key(one.prefix.text) < key(other.prefix.text) ? -1 : 1));
        expect((await entriesOf(store.writer)).map(({ prefix: { text } }) => text)).toEqual(
          entries.map(({ prefix: { text } }) => text),
        );
        for (const name of ACCOUNTS) {
          const own = [...model.networks.values()].filter((each) => each.account === name);
          const shown = await store.writer.networks.list(name);
          expect(shown).toHaveLength(own.length);
          expect(shown).toEqual(expect.arrayContaining(own.map((each) => model.shown(each))));
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
