import { createHash, randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Follower } from '../../src/allowlist/follower.js';
import { CHANGES, NETWORKS_OF, OWNERS_OF, PROFILES, TOKENS } from '../../src/allowlist/keys.js';
import type { Networks } from '../../src/allowlist/networks.js';
import { encodeProfile, plainProfile } from '../../src/allowlist/profile.js';
import { AllowlistWriter } from '../../src/allowlist/writer.js';
import type { Day } from '../../src/lib/calendar.js';
import { fromStart } from '../../src/lib/pages.js';
import { expectConsistent, key, LIMIT, network, preferences } from './networks-support.js';
import { address, entry, eventually, prefix, type Store, startedFollower, startStore } from './support.js';

const HOME4 = '192.0.2.1';
const HOME6 = '2001:db8:1:2::/64';
const DAY = '2027-01-01' as Day;
const LATER = '2027-02-01' as Day;
const digestOf = (token: string) => createHash('sha256').update(token).digest('hex');

let store: Store;
let networks: Networks;
let follower: Follower | undefined;

beforeAll(async () => {
  store = await startStore();
  networks = store.writer.networks;
});
afterAll(() => store?.stop());
beforeEach(async () => {
  await store.operator.flushall();
  await store.writer.initialise();
});
afterEach(async () => {
  await follower?.close();
  follower = undefined;
});

async function registered(account: string, ...said: Parameters<typeof network>): Promise<string> {
  const one = network(...said);
  expect(await networks.register(account, one, LIMIT)).toBe('registered');
  return one.id;
}

/** What dns-nodes know: prefixes with their profiles. */
async function published(): Promise<Record<string, string>> {
  const { entries } = await store.writer.page(fromStart(100));
  return Object.fromEntries(
    entries.map(({ value }) => [value.prefix.text, encodeProfile(value.profile)] as const),
  );
}

async function revision(): Promise<number> {
  return (await store.writer.stats()).revision;
}

/** What `work` adds to the append-only file, in writes. */
async function writes(work: () => Promise<unknown>): Promise<number> {
  const offset = async () => Number(/rdb_changes_since_last_save:(\d+)/.exec(await store.redis.info())?.[1]);
  const before = await offset();
  await work();
  return (await offset()) - before;
}

describe('a store without an epoch', () => {
  it('is rejected by every operation and stays unchanged', async () => {
    await store.operator.flushall();
    const id = randomUUID();
    const digest = digestOf('token');
    for (const operation of [
      () => networks.list('a'),
      () => networks.register('a', network([HOME4]), LIMIT),
      () => networks.update('a', id, { name: 'x' }),
      () => networks.move('a', id, [prefix(HOME4)], null),
      () => networks.removeAddress('a', id, 4),
      () => networks.remove('a', id),
      () => networks.setToken('a', id, digest),
      () => networks.findByToken(digest, prefix(HOME4)),
      () => networks.moveByToken(digest, prefix(HOME4), null),
      () => networks.profileAt(prefix(HOME4)),
      () => networks.removeAccount('a'),
    ]) {
      await expect(operation()).rejects.toThrow('has not been initialised');
    }
    expect(await store.operator.dbsize()).toBe(0);
  });
});

describe('registering a network', () => {
  it('stores it with all its fields, in one revision for both addresses', async () => {
    const said = network([HOME4, HOME6], {
      name: ' Wohnung  in Köln 📺 ',
      preferences: preferences('us', { itvx: 'uk', 'bbc-iplayer': 'uk' }),
      lastDay: DAY,
    });
    expect(await networks.register('a', said, LIMIT)).toBe('registered');
    expect(await networks.list('a')).toEqual([
      {
        id: said.id,
        name: said.name,
        ipv4: { prefix: prefix(HOME4), lastDay: null },
        ipv6: { prefix: prefix(HOME6), lastDay: null },
        preferences: said.preferences,
        lastDay: DAY,
        hasToken: false,
      },
    ]);
    const profile = '46;us;bbc-iplayer=uk;itvx=uk';
    expect(await published()).toEqual({ [HOME4]: profile, [HOME6]: profile });
    expect(await revision()).toBe(1);
    await expectConsistent(store.redis, store.operator);
  });

  it.each([
    { addresses: [HOME4], families: '4' },
    { addresses: [HOME6], families: '6' },
    { addresses: [HOME6, HOME4], families: '46' },
  ])('has in its profile the families $families of $addresses', async ({ addresses, families }) => {
    await registered('a', addresses, { preferences: preferences(null) });
    expect(Object.values(await published())).toEqual(addresses.map(() => `${families};-`));
  });

  it('may have no address yet', async () => {
    await registered('a', [], { name: 'Ferienhaus', lastDay: DAY });
    expect(await networks.list('a')).toMatchObject([{ name: 'Ferienhaus', ipv4: null, ipv6: null }]);
    expect(await revision()).toBe(0);
    expect(await store.writer.expire(LATER)).toBe(1);
    expect(await networks.list('a')).toEqual([]);
  });

  it('may be repeated after a lost response, also at the limit, and keeps the token', async () => {
    const said = network([HOME4, HOME6], { name: 'Home' });
    expect(await networks.register('a', said, 1)).toBe('registered');
    await networks.setToken('a', said.id, digestOf('token'));
    const before = await networks.list('a');
    expect(await networks.register('a', said, 1)).toBe('registered');
    expect(await networks.list('a')).toEqual(before);
    expect(await revision()).toBe(1);
    await networks.register('a', { ...said, addresses: [prefix(HOME6)] }, 1);
    expect(await published()).toEqual({ [HOME6]: '6;de' });
    await expectConsistent(store.redis, store.operator);
  });

  it('is refused beyond the limit and changes nothing', async () => {
    await registered('a', [HOME4]);
    expect(await networks.register('a', network([HOME6]), 1)).toBe('limit-reached');
    expect(await published()).toEqual({ [HOME4]: '4;de' });
  });

  it('holds the limit against many gateways at the same moment', async () => {
    const others = Array.from({ length: 8 }, () => new Redis(store.server.url));
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        new AllowlistWriter(others[i % 8]!).networks.register('a', network([`192.0.2.${i}`]), LIMIT),
      ),
    );
    for (const other of others) other.disconnect();
    expect(outcomes.filter((outcome) => outcome === 'registered')).toHaveLength(LIMIT);
    expect(await networks.list('a')).toHaveLength(LIMIT);
    await expectConsistent(store.redis, store.operator);
  });

  it.each([
    { what: 'a wider prefix', addresses: ['192.0.2.0/24'] },
    { what: 'a longer IPv6 prefix', addresses: ['2001:db8::1'] },
    { what: 'two addresses of a family', addresses: ['192.0.2.1', '192.0.2.2'] },
  ])('refuses $what', async ({ addresses }) => {
    await expect(networks.register('a', network(addresses), LIMIT)).rejects.toThrow(RangeError);
    expect(await revision()).toBe(0);
  });

  it('lists networks by name, whatever came first', async () => {
    for (const name of ['b', 'c', 'a']) await registered('a', [], { name });
    expect((await networks.list('a')).map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    expect(await networks.list('b')).toEqual([]);
  });
});

describe('moving a network', () => {
  it('takes the old address away in the revision in which the new one comes (U11)', async () => {
    const id = await registered('a', [HOME4], { preferences: preferences('us') });
    follower = await startedFollower(store.server.nodeUrl);
    const seen: [string | undefined, string | undefined][] = [];
    const { replica } = follower;
    const at = (text: string) => replica.find(address(text));
    await networks.move('a', id, [prefix('192.0.2.9')], DAY);
    await eventually(() => replica.revision === 2);
    seen.push([at(HOME4), at('192.0.2.9')]);
    expect(seen).toEqual([[undefined, '4;us']]);
    const changes = await store.redis.xrange(CHANGES, '-', '+');
    expect(changes.map(([, [, , ...state]]) => state)).toEqual([
      [key(HOME4), '4;us'],
      [key(HOME4), '', key('192.0.2.9'), '4;us'],
    ]);
    await expectConsistent(store.redis, store.operator);
  });

  it('keeps what is not named, and gives both addresses their families', async () => {
    const id = await registered('a', [HOME4], { name: 'Home', lastDay: LATER });
    expect(await networks.move('a', id, [prefix(HOME6)], DAY)).toMatchObject({
      name: 'Home',
      ipv4: { prefix: prefix(HOME4), lastDay: null },
      ipv6: { prefix: prefix(HOME6), lastDay: DAY },
      lastDay: LATER,
    });
    expect(await published()).toEqual({ [HOME4]: '46;de', [HOME6]: '46;de' });
    await networks.move('a', id, [prefix('192.0.2.7'), prefix('2001:db8:7::/64')], null);
    expect(await published()).toEqual({ '192.0.2.7': '46;de', '2001:db8:7::/64': '46;de' });
    await expectConsistent(store.redis, store.operator);
  });

  it('that changes nothing publishes nothing and writes nothing', async () => {
    const id = await registered('a', [HOME4, HOME6]);
    await networks.move('a', id, [prefix(HOME4)], DAY);
    expect(await writes(() => networks.move('a', id, [prefix(HOME4), prefix(HOME6)], DAY))).toBeGreaterThan(
      0,
    );
    expect(await writes(() => networks.move('a', id, [prefix(HOME4), prefix(HOME6)], DAY))).toBe(0);
    expect(await revision()).toBe(1);
  });

  it('six times in six days never reaches the limit, and leaves one address (U10)', async () => {
    const ids = await Promise.all(
      Array.from({ length: LIMIT }, (_, i) => registered('a', [`198.51.100.${i}`], { name: `${i}` })),
    );
    await networks.setToken('a', ids[0]!, digestOf('token'));
    for (let day = 1; day <= 6; day++) {
      const next = prefix(`203.0.113.${day}`);
      const lastDay = `2027-01-0${day}` as Day;
      expect(await networks.moveByToken(digestOf('token'), next, lastDay)).toBe('moved');
    }
    expect(Object.keys(await published())).toEqual([
      ...['198.51.100.1', '198.51.100.2', '198.51.100.3', '198.51.100.4', '203.0.113.6'],
    ]);
    expect(await networks.list('a')).toHaveLength(LIMIT);
    expect(await store.redis.zrange('{allowlist}:last-days', 0, -1)).toHaveLength(1);
  });

  it('finds no network of another account', async () => {
    const id = await registered('a', [HOME4]);
    expect(await networks.move('b', id, [prefix('192.0.2.9')], null)).toBeNull();
    expect(await networks.update('b', id, { name: 'mine' })).toBeNull();
    expect(await networks.setToken('b', id, digestOf('token'))).toBeNull();
    expect(await networks.removeAddress('b', id, 4)).toBeNull();
    expect(await networks.remove('b', id)).toBe(false);
    expect(await published()).toEqual({ [HOME4]: '4;de' });
  });
});

describe('two networks at one address', () => {
  it('have the profile that one of them chose last; when it moves away the other keeps its own (U12)', async () => {
    await registered('a', [HOME4], { preferences: preferences('de') });
    const other = await registered('b', [HOME4], { preferences: preferences('us', { itvx: 'uk' }) });
    expect(await published()).toEqual({ [HOME4]: '4;us;itvx=uk' });
    await networks.move('b', other, [prefix('192.0.2.9')], DAY);
    expect(await published()).toEqual({ [HOME4]: '4;de', '192.0.2.9': '4;us;itvx=uk' });
    await networks.move('b', other, [prefix(HOME4)], DAY);
    expect(await published()).toEqual({ [HOME4]: '4;us;itvx=uk' });
    await networks.remove('b', other);
    expect(await published()).toEqual({ [HOME4]: '4;de' });
    await expectConsistent(store.redis, store.operator);
  });

  it('may be of one account, and keep the address until the last one goes', async () => {
    const [one, two] = [await registered('a', [HOME4]), await registered('a', [HOME4])];
    await networks.removeAddress('a', two, 4);
    expect(await published()).toEqual({ [HOME4]: '4;de' });
    await networks.remove('a', one);
    expect(await published()).toEqual({});
  });

  it('publish nothing when the one that did not choose last gets a second address', async () => {
    const one = await registered('a', [HOME4], { preferences: preferences('de') });
    await registered('b', [HOME4], { preferences: preferences('us') });
    await networks.move('a', one, [prefix(HOME6)], null);
    expect(await published()).toEqual({ [HOME4]: '4;us', [HOME6]: '46;de' });
    await networks.update('a', one, { preferences: preferences('jp') });
    expect(await published()).toEqual({ [HOME4]: '46;jp', [HOME6]: '46;jp' });
    await networks.update('b', (await networks.list('b'))[0]!.id, { name: 'not a choice' });
    expect(await published()).toEqual({ [HOME4]: '46;jp', [HOME6]: '46;jp' });
    await expectConsistent(store.redis, store.operator);
  });

  it('count as owners once for each account, beside the admins', async () => {
    await registered('a', [HOME4], { lastDay: DAY });
    await registered('a', [HOME4], { lastDay: DAY });
    const id = await registered('b', []);
    await networks.move('b', id, [prefix(HOME4)], LATER);
    const { entries } = await store.writer.page(fromStart(1));
    expect(entries[0]!.value).toMatchObject({ owners: 2, byAdmin: false, lastDay: LATER, label: '' });
    await store.writer.put({ ...entry(HOME4), label: 'office' });
    const again = await store.writer.page(fromStart(1));
    expect(again.entries[0]!.value).toMatchObject({
      owners: 3,
      byAdmin: true,
      lastDay: null,
      label: 'office',
    });
    await store.writer.remove(prefix(HOME4));
    expect(await published()).toEqual({ [HOME4]: '4;de' });
  });
});

describe('updating a network', () => {
  it.each([
    [{ name: 'Flat' }, { name: 'Flat' }],
    [{ name: '' }, { name: '' }],
    [{ lastDay: null }, { lastDay: null }],
    [{ lastDay: LATER }, { lastDay: LATER }],
    [{ preferences: preferences(null) }, { preferences: preferences(null) }],
    [{}, {}],
  ])('changes with %j what it names and nothing else', async (patch, expected) => {
    const id = await registered('a', [HOME4], { name: 'Home', lastDay: DAY });
    const [before] = await networks.list('a');
    expect(await networks.update('a', id, patch)).toEqual({ ...before, ...expected });
    expect(await networks.list('a')).toEqual([{ ...before, ...expected }]);
    await expectConsistent(store.redis, store.operator);
  });

  it('changes the region and the regions of services by themselves, as two people may at once', async () => {
    const id = await registered('a', [HOME4], { preferences: preferences('de') });
    const serviceRegions = new Map([['itvx', 'uk']]);
    await Promise.all([
      networks.update('a', id, { preferences: { serviceRegions } }),
      networks.update('a', id, { preferences: { region: 'us' } }),
    ]);
    expect(await published()).toEqual({ [HOME4]: '4;us;itvx=uk' });
    await networks.update('a', id, { preferences: { region: null } });
    await networks.update('a', id, { preferences: { serviceRegions: new Map() } });
    expect(await published()).toEqual({ [HOME4]: '4;-' });
    await networks.update('a', id, { preferences: {} });
    expect(await revision()).toBe(5);
  });

  it('publishes nothing when only its name or its last day changes', async () => {
    const id = await registered('a', [HOME4, HOME6]);
    await networks.update('a', id, { name: 'Flat', lastDay: DAY });
    expect(await revision()).toBe(1);
    await networks.update('a', id, { preferences: preferences('us') });
    expect(await published()).toEqual({ [HOME4]: '46;us', [HOME6]: '46;us' });
    expect(await revision()).toBe(2);
  });
});

describe('removing', () => {
  it('one address leaves the other with its own family', async () => {
    const id = await registered('a', [HOME4, HOME6]);
    expect(await networks.removeAddress('a', id, 4)).toMatchObject({ ipv4: null, ipv6: { lastDay: null } });
    expect(await published()).toEqual({ [HOME6]: '6;de' });
    expect(await writes(() => networks.removeAddress('a', id, 4))).toBe(0);
    await networks.removeAddress('a', id, 6);
    expect(await published()).toEqual({});
    expect(await networks.list('a')).toHaveLength(1);
    await expectConsistent(store.redis, store.operator);
  });

  it('a network or an account leaves no key of it', async () => {
    const keys = (await store.operator.keys('*')).sort();
    const id = await registered('a', [HOME4, HOME6], { lastDay: DAY });
    await networks.move('a', id, [prefix('192.0.2.9')], LATER);
    await networks.setToken('a', id, digestOf('token'));
    expect(await networks.remove('a', id)).toBe(true);
    expect(await networks.remove('a', id)).toBe(false);
    for (let i = 0; i < 450; i++) await networks.register('b', network([`10.0.${i >> 8}.${i & 255}`]), 1000);
    expect(await networks.removeAccount('b')).toBe(450);
    expect(await networks.removeAccount('b')).toBe(0);
    const left = (await store.operator.keys('*')).sort();
    expect(left.filter((name) => !keys.includes(name))).toEqual([CHANGES]);
  });

  it('a prefix from everybody leaves the networks without it', async () => {
    const id = await registered('a', [HOME4, HOME6], { name: 'Home' });
    await networks.setToken('a', id, digestOf('token'));
    await registered('b', [HOME4]);
    await store.writer.put(entry(HOME4));
    expect(await store.writer.removeEverywhere(prefix(HOME4))).toBe(3);
    expect(await published()).toEqual({ [HOME6]: '6;de' });
    expect(await networks.list('a')).toMatchObject([{ name: 'Home', ipv4: null, hasToken: true }]);
    await expectConsistent(store.redis, store.operator);
  });

  it('a prefix from more networks than one step takes, each with a second address', async () => {
    for (let i = 0; i < 1201; i++) {
      const second = `2001:db8:${i.toString(16)}::/64`;
      await networks.register(`${i}`, network([HOME4, second]), LIMIT);
    }
    expect(await store.writer.removeEverywhere(prefix(HOME4))).toBe(1201);
    expect(await store.writer.stats()).toMatchObject({ ipv4: 0, ipv6: 1201 });
    await store.writer.put(entry(HOME4));
    expect(await store.writer.clear()).toBe(1202);
    expect(await store.writer.stats()).toMatchObject({ entries: 0 });
    expect(await networks.list('7')).toMatchObject([{ ipv4: null, ipv6: null }]);
    await expectConsistent(store.redis, store.operator);
  }, 60_000);
});

describe('expiry', () => {
  it('takes an address after its last day, and leaves the network with its token', async () => {
    const id = await registered('a', [HOME6], { name: 'Home' });
    await networks.setToken('a', id, digestOf('token'));
    await networks.moveByToken(digestOf('token'), prefix(HOME4), DAY);
    expect(await store.writer.expire(DAY)).toBe(0);
    expect(await store.writer.expire('2027-01-02' as Day)).toBe(1);
    expect(await published()).toEqual({ [HOME6]: '6;de' });
    expect(await networks.list('a')).toMatchObject([{ name: 'Home', ipv4: null, hasToken: true }]);
    expect(await networks.moveByToken(digestOf('token'), prefix('192.0.2.9'), LATER)).toBe('moved');
    await expectConsistent(store.redis, store.operator);
  });

  it('takes the whole network after its last day, with its token', async () => {
    const id = await registered('a', [HOME4, HOME6], { lastDay: DAY });
    await networks.setToken('a', id, digestOf('token'));
    await networks.move('a', id, [prefix(HOME4)], '2026-12-01' as Day);
    await registered('b', [HOME4], { preferences: preferences('us') });
    expect(await store.writer.expire(LATER)).toBe(2);
    expect(await networks.list('a')).toEqual([]);
    expect(await networks.findByToken(digestOf('token'), prefix(HOME4))).toBeNull();
    expect(await published()).toEqual({ [HOME4]: '4;us' });
    await expectConsistent(store.redis, store.operator);
  });

  it('is put off by the next update', async () => {
    const id = await registered('a', [HOME4]);
    await networks.move('a', id, [prefix(HOME4)], DAY);
    await networks.move('a', id, [prefix(HOME4)], LATER);
    expect(await store.writer.expire(LATER)).toBe(0);
    await networks.move('a', id, [prefix(HOME4)], null);
    expect(await store.writer.expire('2030-01-01' as Day)).toBe(0);
  });
});

describe('an update token', () => {
  it('finds its network and what it holds, without a write', async () => {
    const id = await registered('a', [HOME4]);
    await networks.setToken('a', id, digestOf('token'));
    const find = (at: string) => networks.findByToken(digestOf('token'), prefix(at));
    const found = { accountId: 'a', networkId: id };
    expect(
      await writes(async () => {
        expect(await find(HOME4)).toEqual({ ...found, isCurrent: true, lastDay: null });
        expect(await find('192.0.2.9')).toEqual({ ...found, isCurrent: false, lastDay: null });
        expect(await find(HOME6)).toEqual({ ...found, isCurrent: false, lastDay: null });
      }),
    ).toBe(0);
    await networks.moveByToken(digestOf('token'), prefix(HOME6), DAY);
    expect(await find(HOME6)).toEqual({ ...found, isCurrent: true, lastDay: DAY });
  });

  it('moves the address of its family, and says whether that was another one', async () => {
    const id = await registered('a', [HOME4, HOME6]);
    await networks.setToken('a', id, digestOf('token'));
    const move = (at: string, lastDay: Day) => networks.moveByToken(digestOf('token'), prefix(at), lastDay);
    expect(await move('192.0.2.9', DAY)).toBe('moved');
    expect(await writes(() => move('192.0.2.9', DAY))).toBe(0);
    expect(await move('192.0.2.9', LATER)).toBe('unchanged');
    expect(await published()).toEqual({ '192.0.2.9': '46;de', [HOME6]: '46;de' });
    expect(await networks.list('a')).toMatchObject([{ ipv4: { lastDay: LATER }, ipv6: { lastDay: null } }]);
    expect(await revision()).toBe(2);
  });

  it('is replaced and revoked at once', async () => {
    const id = await registered('a', [HOME4]);
    const [first, second] = [digestOf('first'), digestOf('second')];
    expect(await networks.setToken('a', id, first)).toMatchObject({ hasToken: true });
    await networks.setToken('a', id, second);
    expect(await networks.findByToken(first, prefix(HOME4))).toBeNull();
    expect(await networks.moveByToken(first, prefix(HOME4), DAY)).toBeNull();
    expect(await networks.findByToken(second, prefix(HOME4))).not.toBeNull();
    expect(await networks.setToken('a', id, null)).toMatchObject({ hasToken: false });
    expect(await networks.moveByToken(second, prefix(HOME4), DAY)).toBeNull();
    expect(await store.operator.exists(TOKENS)).toBe(0);
  });

  it('is known to every gateway at the next call, also after a change by another', async () => {
    const id = await registered('a', [HOME4]);
    const redis = new Redis(store.server.url);
    const other = new AllowlistWriter(redis).networks;
    await other.setToken('a', id, digestOf('token'));
    expect(await networks.moveByToken(digestOf('token'), prefix('192.0.2.9'), DAY)).toBe('moved');
    await other.setToken('a', id, null);
    expect(await networks.moveByToken(digestOf('token'), prefix(HOME4), DAY)).toBeNull();
    redis.disconnect();
  });
});

describe('what others learn', () => {
  it('is a digest of the account at every change of its networks, and nothing else', async () => {
    const subscriber = new Redis(store.server.operatorUrl);
    const heard: string[] = [];
    await subscriber.subscribe('owner-changed');
    subscriber.on('message', (_, message) => heard.push(message));
    const id = await registered('a', [HOME4]);
    await networks.update('a', id, { name: 'x' });
    await networks.setToken('a', id, digestOf('token'));
    await networks.moveByToken(digestOf('token'), prefix('192.0.2.9'), DAY);
    await networks.moveByToken(digestOf('token'), prefix('192.0.2.9'), DAY);
    await networks.removeAddress('a', id, 4);
    await networks.remove('a', id);
    await eventually(() => heard.length >= 6);
    const digest = createHash('sha1').update('account:a').digest('hex');
    expect(heard).toEqual(Array.from({ length: 6 }, () => digest));
    subscriber.disconnect();
  });

  it('shows no order: fields are sorted, and numbers of holders count one address alone', async () => {
    const people = Array.from({ length: 12 }, (_, index) => `${(index * 7) % 12}`);
    for (const [index, account] of people.entries()) {
      const id = await registered(account, [`192.0.2.${((index * 5) % 12) + 1}`]);
      await networks.setToken(account, id, digestOf(account));
      await networks.register('shared', network([HOME4]), LIMIT);
    }
    for (const name of [PROFILES, TOKENS, `${NETWORKS_OF}account:shared`]) {
      const fields = await store.operator.hkeys(name);
      expect(fields).toEqual([...fields].sort());
      expect(fields.length).toBeGreaterThanOrEqual(LIMIT);
    }
    for (const name of await store.operator.keys(`${OWNERS_OF}*`)) {
      const holders = await store.redis.zrange(name, 0, -1, 'WITHSCORES');
      const scores = holders.filter((_, at) => at % 2 === 1).map(Number);
      expect(scores).toEqual(scores.map((_, at) => at + 1));
    }
  });
});

describe('many gateways', () => {
  it('that move networks at once never disagree with themselves, nor after a power cut', async () => {
    const others = Array.from({ length: 4 }, () => new Redis(store.server.url, { retryStrategy: null }));
    for (const redis of [...others, store.redis, store.operator]) redis.on('error', () => {});
    const writers = others.map((redis) => new AllowlistWriter(redis).networks);
    const ids = await Promise.all(['a', 'b', 'c'].map((account) => registered(account, [HOME4, HOME6])));
    for (const [index, account] of ['a', 'b', 'c'].entries()) {
      await networks.setToken(account, ids[index]!, digestOf(account));
    }
    const acknowledged = new Map<string, string>();
    const race = writers.map(async (writer, index) => {
      const account = ['a', 'b', 'c'][index % 3]!;
      for (let round = 0; ; round++) {
        const at = round % 3 === 0 ? HOME4 : `192.0.2.${(round * 7 + index) % 20}`;
        if ((await writer.moveByToken(digestOf(account), prefix(at), DAY)) === null)
          throw new Error('no token');
        if (index === 2) acknowledged.set('c', at);
        if (round === 40 && index === 0) await store.server.kill();
      }
    });
    await Promise.allSettled(race);
    for (const redis of others) redis.disconnect();
    await store.server.restart();
    await eventually(async () => (await store.redis.ping().catch(() => '')) === 'PONG');
    await eventually(async () => (await store.operator.ping().catch(() => '')) === 'PONG');
    await expectConsistent(store.redis, store.operator);
    expect((await networks.list('a'))[0]).toMatchObject({ hasToken: true, ipv6: { prefix: prefix(HOME6) } });
    expect(acknowledged.size).toBe(1);
  });
});

it('a network beside an entry of the admins for a wider prefix has its own profile', async () => {
  await store.writer.put({ ...entry('192.0.2.0/24'), profile: plainProfile({ family: 4 }, 'jp') });
  const id = await registered('a', [HOME4]);
  follower = await startedFollower(store.server.nodeUrl);
  const { replica } = follower;
  expect(replica.find(address(HOME4))).toBe('4;de');
  await networks.remove('a', id);
  await eventually(() => replica.find(address(HOME4)) === '4;jp');
});
