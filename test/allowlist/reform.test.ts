import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EPOCH, encodeKey, FORM, LAST_CHANGE, NETWORKS_OF, OWNERS_OF } from '../../src/allowlist/keys.js';
import type { Network } from '../../src/allowlist/networks.js';
import { encodeProfile } from '../../src/allowlist/profile.js';
import { scriptRunner } from '../../src/allowlist/run-script.js';
import { startSweeper } from '../../src/allowlist/sweeper.js';
import { AllowlistUpkeep } from '../../src/allowlist/upkeep.js';
import { fromStart } from '../../src/lib/pages.js';
import { createLogger } from '../../src/runtime/log.js';
import { expectConsistent, preferences } from './networks-support.js';
import { address, entry, eventually, prefix, type Store, startedFollower, startStore } from './support.js';

const ANNA = '6f1c2f0e-0d0c-4b53-9a9e-2b1f6c1a7d01';
const BEN = '0b8e6f52-7a5d-4f3a-8a0f-9d5f3a1c2e02';
const CARL = 'c4a1d7a3-91b4-4f7e-b7a5-3c2e1d0f9b03';
/** What the processes of form 3 read and wrote. */
const EPOCH_3 = '{allowlist}:epoch';
const REGIONS_3 = '{allowlist}:regions';

type Stored = string | Record<string, string> | { members: string[] } | { changes: [string, string[]][] };

let store: Store;
/** A store as the version that had form 3 left it. */
let form3: Record<string, Stored>;

beforeAll(async () => {
  store = await startStore();
  form3 = JSON.parse(await readFile(new URL('./form-3.json', import.meta.url), 'utf8'));
});
afterAll(() => store?.stop());
beforeEach(restore);

async function restore(): Promise<void> {
  await store.operator.flushall();
  for (const [name, value] of Object.entries(form3)) await put(name, value);
}

async function put(name: string, value: Stored): Promise<void> {
  const { operator } = store;
  if (typeof value === 'string') await operator.set(name, value);
  else if ('members' in value) {
    const members = value.members as string[];
    for (let i = 0; i < members.length; i += 2) await operator.zadd(name, members[i + 1]!, members[i]!);
  } else if ('changes' in value) {
    for (const [id, fields] of value.changes as [string, string[]][])
      await operator.xadd(name, id, ...fields);
  } else await operator.hset(name, value);
}

/** What admins and accounts see. Network ids are random. */
async function shown(): Promise<unknown> {
  const { entries } = await store.writer.page(fromStart(100));
  const all = entries.map(
    ({
      value: {
        prefix: { text },
        profile,
        ...rest
      },
    }) => {
      return { at: text, profile: encodeProfile(profile), ...rest };
    },
  );
  const networks: Record<string, unknown> = {};
  for (const account of [ANNA, BEN, CARL]) {
    const own = (await store.writer.networks.list(account)).map(({ id: _, ...rest }) => rest);
    networks[account] = own.sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1));
  }
  return { listed: all, networks };
}

const textOf = ({ ipv4, ipv6 }: Pick<Network, 'ipv4' | 'ipv6'>) => (ipv4 ?? ipv6)!.prefix.text;

const at = (text: string) => ({ prefix: prefix(text), lastDay: null });
const network = (rest: object) => ({ ipv4: null, ipv6: null, lastDay: null, hasToken: false, ...rest });
const listed = (text: string, profile: string, rest: object = {}) => ({
  ...{ at: text, profile, owners: 1, byAdmin: false, lastDay: null, label: '' },
  ...rest,
});

const EXPECTED = {
  listed: [
    // Ben has chosen last.
    listed('192.0.2.1', '4;uk', { owners: 2 }),
    listed('192.0.2.2', '4;us', { lastDay: '2026-12-31' }),
    listed('192.0.2.3', '4;gone-region'),
    listed('198.51.100.0/24', '4;us', { byAdmin: true, label: 'import 2026-01' }),
    listed('203.0.113.9', '4;us', { owners: 2, byAdmin: true, label: 'office' }),
    listed('2001:db8:1:2::/64', '6;uk'),
    listed('2001:db8:100::/48', '6;uk', { byAdmin: true }),
  ],
  networks: {
    [ANNA]: [
      network({
        ...{ ipv4: at('192.0.2.1'), name: 'home, not a choice' },
        ...{ lastDay: '2027-01-31', preferences: preferences('us') },
      }),
      network({ ipv4: at('192.0.2.2'), name: '', lastDay: '2026-12-31', preferences: preferences('us') }),
      network({ ipv6: at('2001:db8:1:2::/64'), name: 'home', preferences: preferences('uk') }),
    ],
    [BEN]: [network({ ipv4: at('192.0.2.1'), name: 'Café  zu Hause', preferences: preferences('uk') })],
    [CARL]: [
      network({ ipv4: at('192.0.2.3'), name: 'TV', preferences: preferences('gone-region') }),
      network({ ipv4: at('203.0.113.9'), name: 'shared with the admins', preferences: preferences('us') }),
    ],
  },
};

/** Reforms until command number `last` fails, before or after Redis has run it. False: all has gone well. */
async function brokenOff(last: number, when: 'before' | 'after'): Promise<boolean> {
  let count = 0;
  const breaking = async <T>(work: () => Promise<T>): Promise<T> => {
    const isLast = count++ === last;
    if (isLast && when === 'before') throw new Error('the connection is lost');
    const result = await work();
    if (isLast) throw new Error('the connection is lost');
    return result;
  };
  const run = scriptRunner(store.redis);
  const redis = Object.assign(Object.create(store.redis) as Redis, {
    unlink: (...keys: string[]) => breaking(() => store.redis.unlink(...keys)),
  });
  const upkeep = new AllowlistUpkeep(redis, (...args) => breaking(() => run(...args)));
  return upkeep.reform(2).then(
    () => false,
    () => true,
  );
}

describe('a store of form 3', () => {
  it('has networks in place of the entries of accounts, and profiles in place of regions', async () => {
    await store.writer.upkeep.reform();
    expect(await shown()).toEqual(EXPECTED);
    await expectConsistent(store.redis, store.operator);
    const keys = await store.operator.keys('*');
    expect(keys).not.toContain(EPOCH_3);
    expect(keys).not.toContain(REGIONS_3);
    const entries = keys.filter((name) => name.startsWith('{allowlist}:entries:'));
    expect(entries).toEqual(['{allowlist}:entries:admin']);
    for (const account of [ANNA, BEN, CARL]) {
      for (const id of await store.operator.hkeys(`${NETWORKS_OF}account:${account}`)) {
        expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
      }
    }
  });

  it('is converted once: again nothing changes, neither ids nor epoch', async () => {
    await store.writer.upkeep.reform();
    const before = await dump();
    await store.writer.upkeep.reform();
    expect(await dump()).toEqual(before);
  });

  it.each(['before', 'after'] as const)(
    'may be broken off %s each step of its conversion, which is repeated then',
    async (when) => {
      let steps = 0;
      for (; await brokenOff(steps, when); steps++) {
        const [epoch3, epoch4] = await store.operator.mget(EPOCH_3, EPOCH);
        // No process of either form takes a store that is half converted.
        if (steps > 0 || when === 'after') expect(epoch3).toBeNull();
        if (epoch4 !== null) expect(await store.redis.get(FORM)).toBe('4');
        await store.writer.upkeep.reform();
        expect(await shown()).toEqual(EXPECTED);
        await expectConsistent(store.redis, store.operator);
        await restore();
      }
      // The beginning, four pages of two, the end of the pages, the earlier map, the end.
      expect(steps).toBe(8);
    },
  );

  it('is converted by several gateways at once', async () => {
    const upkeeps = Array.from(
      { length: 4 },
      () => new AllowlistUpkeep(store.redis, scriptRunner(store.redis)),
    );
    await Promise.all(upkeeps.map((upkeep) => upkeep.reform(1)));
    expect(await shown()).toEqual(EXPECTED);
    await expectConsistent(store.redis, store.operator);
  });

  it('is converted by the sweep, and dns-nodes load it then', async () => {
    const follower = await startedFollower(store.server.nodeUrl);
    expect(follower.state()).toBe('empty-store');
    const log = createLogger('gateway', () => {});
    const sweeper = startSweeper(store.writer, log, { everyMs: 5, clock: async () => null });
    await eventually(() => follower.state() === 'following');
    await sweeper.stop();
    expect(follower.replica.find(address('192.0.2.1'))).toBe('4;uk');
    expect(follower.replica.find(address('2001:db8:100:1::1'))).toBe('6;uk');
    expect(follower.replica.size).toBe(7);
    await follower.close();
  });

  it('is never initialised as a new one', async () => {
    expect(await store.writer.initialise()).toBe(false);
    expect(await shown()).toEqual(EXPECTED);
  });

  it('is refused by gateways of that form from the first step on', async () => {
    // How each of their scripts began.
    const theirs = () =>
      store.operator.eval(
        'if not redis.call("GET", KEYS[1]) then return redis.error_reply("UNINITIALISED") end return 1',
        1,
        EPOCH_3,
      );
    expect(await theirs()).toBe(1);
    expect(await brokenOff(1, 'before')).toBe(true);
    await expect(theirs()).rejects.toThrow('UNINITIALISED');
    await store.writer.upkeep.reform();
    await expect(theirs()).rejects.toThrow('UNINITIALISED');
    // What `allowlist init` of that version did.
    await store.operator.mset(EPOCH_3, randomUUID(), FORM, '3', LAST_CHANGE, randomUUID());
    await store.writer.upkeep.reform();
    expect(await shown()).toEqual(EXPECTED);
    await expect(theirs()).rejects.toThrow('UNINITIALISED');
  });
});

describe('a store of an earlier form', () => {
  it('loses the times of changes, and what has moved to the other Redis', async () => {
    const shared = OWNERS_OF + encodeKey(prefix('192.0.2.1'));
    await store.operator.del(FORM, LAST_CHANGE);
    await store.operator.zadd(shared, 41, `account:${ANNA}`, 77, `account:${BEN}`);
    await store.operator.mset(
      'throttle:x',
      '1',
      'spent:x',
      '',
      '{allowlist}:erased',
      'yes',
      'other',
      'stays',
    );
    await store.writer.upkeep.reform();
    expect(await shown()).toEqual(EXPECTED);
    const holders = await store.redis.zrange(shared, 0, -1, 'WITHSCORES');
    expect(holders.filter((_, place) => place % 2 === 1)).toEqual(['1', '2']);
    expect(await store.redis.exists('throttle:x', 'spent:x', '{allowlist}:erased')).toBe(0);
    expect(await store.redis.get('other')).toBe('stays');
    expect(await store.redis.get(LAST_CHANGE)).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('takes a region that is no id for none, and an owner without an entry for nothing', async () => {
    const home = encodeKey(prefix('192.0.2.3'));
    await store.operator.hset(`{allowlist}:entries:account:${CARL}`, home, '- Not_An--Id TV');
    await store.operator.zadd(OWNERS_OF + home, 0, 'account:nobody');
    await store.writer.upkeep.reform();
    const television = (await store.writer.networks.list(CARL)).find(({ name }) => name === 'TV');
    expect(television).toMatchObject({ preferences: { region: null } });
    await expectConsistent(store.redis, store.operator);
  });
});

it('a store without data is not initialised by a conversion', async () => {
  await store.operator.flushall();
  await store.writer.upkeep.reform();
  expect(await store.operator.dbsize()).toBe(0);
  await expect(store.writer.put(entry('192.0.2.1'))).rejects.toThrow('has not been initialised');
});

async function dump(): Promise<Record<string, unknown>> {
  const dumped: Record<string, unknown> = {};
  for (const name of await store.operator.keys('*')) dumped[name] = await store.operator.dump(name);
  return dumped;
}
