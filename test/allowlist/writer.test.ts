import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ENTRIES } from '../../src/allowlist/keys.js';
import { plainProfile } from '../../src/allowlist/profile.js';
import { AllowlistUninitialised } from '../../src/allowlist/writer.js';
import type { Day } from '../../src/lib/calendar.js';
import { fromStart } from '../../src/lib/pages.js';
import { LIMIT, network, preferences } from './networks-support.js';
import { entriesOf, entry, prefix, type Store, startStore } from './support.js';

const home = prefix('192.0.2.1');

let store: Store;

beforeAll(async () => {
  store = await startStore();
});
afterAll(() => store?.stop());
beforeEach(async () => {
  await store.operator.flushall();
  await store.writer.initialise();
});

/** The one listed entry of the prefix, or undefined. */
async function listed(text: string) {
  const { entries } = await store.writer.page(fromStart(1), prefix(text));
  return entries[0]?.value;
}

describe('a store without an epoch', () => {
  it('is rejected by every operation and stays unchanged', async () => {
    await store.operator.flushall();
    const operations = [
      () => store.writer.put(entry('192.0.2.1')),
      () => store.writer.putMany([entry('192.0.2.1')]),
      () => store.writer.update(home, { label: 'x' }),
      () => store.writer.remove(home),
      () => store.writer.removeEverywhere(home),
      () => store.writer.removeMatching({}),
      () => store.writer.expire('2026-01-01' as Day),
      () => store.writer.page(fromStart(1)),
      () => store.writer.stats(),
      () => store.writer.upkeep.forgetChanges(1),
    ];
    for (const operation of operations) await expect(operation()).rejects.toThrow(AllowlistUninitialised);
    expect(await store.operator.dbsize()).toBe(0);
  });

  it('becomes the allowlist once, and keeps its epoch and entries then', async () => {
    await store.operator.flushall();
    expect(await store.writer.initialise()).toBe(true);
    await store.writer.put(entry('192.0.2.1'));
    expect(await store.writer.initialise()).toBe(false);
    expect(await store.writer.stats()).toEqual({ entries: 1, ipv4: 1, ipv6: 0, revision: 1 });
  });
});

describe('putting an entry', () => {
  it('stores it with all its fields', async () => {
    const said = entry('2001:db8:1:2::/64', {
      region: 'us',
      label: ' Wohnzimmer  📺 ',
      lastDay: '2027-03-01',
    });
    expect(await store.writer.put(said)).toBe('added');
    expect(await entriesOf(store.writer)).toEqual([said]);
    expect(await listed('2001:db8:1:2::/64')).toEqual({
      prefix: said.prefix,
      profile: said.profile,
      owners: 1,
      byAdmin: true,
      label: said.label,
      lastDay: '2027-03-01',
    });
  });

  it('replaces the entry of the same prefix', async () => {
    await store.writer.put(entry('192.0.2.1', { label: 'old', lastDay: '2027-01-01' }));
    const next = entry('192.0.2.1', { region: 'us', label: 'new' });
    expect(await store.writer.put(next)).toBe('replaced');
    expect(await entriesOf(store.writer)).toEqual([next]);
    expect(await store.writer.expire('2030-01-01' as Day)).toBe(0);
  });

  it.each(['', 'two words', 'tab\t'])('rejects the region id %j', async (region) => {
    await expect(store.writer.put(entry('192.0.2.1', { region }))).rejects.toThrow(RangeError);
    await expect(store.writer.update(home, { profile: plainProfile(home, region) })).rejects.toThrow(
      RangeError,
    );
  });
});

describe('putting many entries', () => {
  it('counts added and replaced entries, reports its progress, and makes one revision of 500 entries', async () => {
    await store.writer.put(entry('10.0.0.7'));
    const entries = Array.from({ length: 1201 }, (_, i) => entry(`10.0.${i >> 8}.${i & 255}`));
    const progress: number[] = [];
    const done = await store.writer.putMany(entries, (count) => progress.push(count));
    expect(done).toEqual({ added: 1200, replaced: 1 });
    expect(progress).toEqual([500, 1000, 1201]);
    expect(await store.writer.stats()).toEqual({ entries: 1201, ipv4: 1201, ipv6: 0, revision: 4 });
  });

  it('takes the last of two entries for one prefix', async () => {
    const twice = [entry('192.0.2.1', { region: 'de' }), entry('192.0.2.1', { region: 'us' })];
    expect(await store.writer.putMany(twice)).toEqual({ added: 1, replaced: 1 });
    expect((await listed('192.0.2.1'))?.profile.region).toBe('us');
  });

  it('does nothing for an empty list', async () => {
    expect(await store.writer.putMany([])).toEqual({ added: 0, replaced: 0 });
    expect((await store.writer.stats()).revision).toBe(0);
  });
});

describe('updating an entry', () => {
  it.each([
    [
      { profile: plainProfile(home, 'us') },
      { profile: plainProfile(home, 'us'), label: 'TV', lastDay: '2027-01-01' },
    ],
    [{ label: '' }, { profile: plainProfile(home, 'de'), label: '', lastDay: '2027-01-01' }],
    [{ lastDay: null }, { profile: plainProfile(home, 'de'), label: 'TV', lastDay: null }],
    [
      { lastDay: '2028-01-01' as Day },
      { profile: plainProfile(home, 'de'), label: 'TV', lastDay: '2028-01-01' },
    ],
    [{}, { profile: plainProfile(home, 'de'), label: 'TV', lastDay: '2027-01-01' }],
  ])('changes with %j what it names and nothing else', async (patch, expected) => {
    await store.writer.put(entry('192.0.2.1', { label: 'TV', lastDay: '2027-01-01' }));
    expect(await store.writer.update(home, patch)).toEqual({ prefix: home, ...expected });
    expect(await entriesOf(store.writer)).toEqual([{ prefix: home, ...expected }]);
    expect((await listed('192.0.2.1'))?.profile.region).toBe(expected.profile.region);
  });

  it('returns null for an entry that the admins do not have', async () => {
    await store.writer.networks.register('a', network(['192.0.2.1']), LIMIT);
    expect(await store.writer.update(home, { profile: plainProfile(home, 'us') })).toBeNull();
    expect((await listed('192.0.2.1'))?.profile.region).toBe('de');
  });

  it('publishes nothing to dns-nodes when only a label or a last day changes', async () => {
    await store.writer.put(entry('192.0.2.1'));
    await store.writer.update(home, { label: 'TV', lastDay: '2027-01-01' as Day });
    expect((await store.writer.stats()).revision).toBe(1);
  });
});

describe('an address of the admins and a network', () => {
  let id: string;
  beforeEach(async () => {
    await store.writer.put(entry('192.0.2.1', { region: 'de', label: 'office', lastDay: '2027-01-01' }));
    const said = network(['192.0.2.1'], { preferences: preferences('us'), lastDay: '2028-01-01' });
    await store.writer.networks.register('a', said, LIMIT);
    id = said.id;
  });

  it('has the region that was chosen last', async () => {
    expect((await listed('192.0.2.1'))?.profile.region).toBe('us');
    await store.writer.update(home, { profile: plainProfile(home, 'jp') });
    expect((await listed('192.0.2.1'))?.profile.region).toBe('jp');
  });

  it('keeps its region when the other owner changes a label', async () => {
    await store.writer.update(home, { label: 'TV' });
    expect((await listed('192.0.2.1'))?.profile.region).toBe('us');
  });

  it('goes back to the region of the owner who remains', async () => {
    await store.writer.networks.remove('a', id);
    expect(await listed('192.0.2.1')).toMatchObject({ profile: { region: 'de' }, owners: 1 });
  });

  it('stays until the last owner removes it', async () => {
    expect(await store.writer.remove(home)).toEqual({ removed: true, stillAllowed: true });
    expect(await listed('192.0.2.1')).toMatchObject({ profile: { region: 'us' }, owners: 1 });
    expect(await store.writer.remove(home)).toEqual({ removed: false, stillAllowed: true });
    await store.writer.networks.remove('a', id);
    expect(await listed('192.0.2.1')).toBeUndefined();
  });

  it('has its number of owners, whether the admin is one, and the latest of their last days', async () => {
    const both = { owners: 2, byAdmin: true, label: 'office', lastDay: '2028-01-01' };
    expect(await listed('192.0.2.1')).toMatchObject(both);
    await store.writer.put(entry('192.0.2.1'));
    expect(await listed('192.0.2.1')).toMatchObject({ owners: 2, byAdmin: true, lastDay: null });
    await store.writer.remove(home);
    expect(await listed('192.0.2.1')).toMatchObject({ owners: 1, byAdmin: false, lastDay: '2028-01-01' });
  });

  it('is removed for all owners at once', async () => {
    expect(await store.writer.removeEverywhere(home)).toBe(2);
    expect(await listed('192.0.2.1')).toBeUndefined();
    expect(await store.writer.networks.list('a')).toMatchObject([{ ipv4: null }]);
    expect(await store.writer.removeEverywhere(home)).toBe(0);
  });
});

describe('removing', () => {
  it('finds nothing where there is no entry', async () => {
    expect(await store.writer.remove(home)).toEqual({ removed: false, stillAllowed: false });
    expect((await store.writer.stats()).revision).toBe(0);
  });

  it('removes all entries and leaves the networks', async () => {
    await store.writer.networks.register('a', network(['192.0.2.1']), LIMIT);
    const many = Array.from({ length: 1001 }, (_, i) =>
      entry(`10.0.${i >> 8}.${i & 255}`, { lastDay: '2027-01-01' }),
    );
    await store.writer.putMany(many);
    expect(await store.writer.countMatching({})).toBe(1001);
    expect(await store.writer.removeMatching({})).toBe(1001);
    expect(await store.writer.stats()).toMatchObject({ entries: 1 });
    expect(await store.operator.exists(ENTRIES)).toBe(0);
    expect(await store.writer.removeMatching({})).toBe(0);
  });

  it('removes entries whose last day is before the day, and not those that end on it', async () => {
    await store.writer.put(entry('192.0.2.1', { lastDay: '2026-12-31' }));
    await store.writer.put(entry('192.0.2.2', { lastDay: '2027-01-01' }));
    await store.writer.put(entry('192.0.2.3'));
    const said = network(['192.0.2.1'], { preferences: preferences('us') });
    await store.writer.networks.register('a', said, LIMIT);
    expect(await store.writer.expire('2027-01-01' as Day)).toBe(1);
    const left = (await entriesOf(store.writer)).map((each) => each.prefix.text);
    expect(left).toEqual(['192.0.2.2', '192.0.2.3']);
    expect(await listed('192.0.2.1')).toMatchObject({ profile: { region: 'us' }, owners: 1 });
  });

  it('removes more entries than one step can', async () => {
    const many = Array.from({ length: 1001 }, (_, i) =>
      entry(`10.0.${i >> 8}.${i & 255}`, { lastDay: '2026-01-01' }),
    );
    await store.writer.putMany(many);
    expect(await store.writer.expire('2026-01-02' as Day)).toBe(1001);
    expect((await store.operator.keys('*')).sort()).toEqual(
      ['changes', 'epoch-4', 'form', 'last-change', 'revision'].map((name) => `{allowlist}:${name}`),
    );
  });
});

describe('the statistics', () => {
  it('count IPv4 and IPv6 prefixes once, however many owners they have', async () => {
    await store.writer.put(entry('192.0.2.1'));
    await store.writer.networks.register('a', network(['192.0.2.1']), LIMIT);
    await store.writer.put(entry('2001:db8::/64'));
    expect(await store.writer.stats()).toEqual({ entries: 2, ipv4: 1, ipv6: 1, revision: 2 });
  });
});

describe('an error of Redis', () => {
  it('is thrown without the address in it', async () => {
    await store.redis.set(ENTRIES, 'not a hash');
    const error = await store.writer.put(entry('192.0.2.1', { label: 'TV' })).catch((each: unknown) => each);
    expect(error).toBeInstanceOf(Error);
    expect(Object.values(error as object).join()).not.toContain('4c0000201');
    expect(String(error)).not.toContain('4c0000201');
    expect(await store.redis.exists('{allowlist}:changes')).toBe(0);
  });
});
