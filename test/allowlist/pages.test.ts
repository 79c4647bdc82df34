import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { InvalidCursor } from '../../src/allowlist/writer.js';
import { entry, prefix, type Store, startStore } from './support.js';

let store: Store;

beforeAll(async () => {
  store = await startStore();
});
afterAll(() => store?.stop());
beforeEach(async () => {
  await store.redis.flushall();
  await store.writer.initialise();
});

describe('the pages', () => {
  const sorted = [
    '10.0.0.0/8',
    '10.0.0.0/16',
    '10.0.0.1',
    '10.1.0.0/16',
    '192.0.2.1',
    '200.0.0.1',
    '2001:db8::/32',
    '2001:db8::/64',
    '2001:db8:1::1',
  ];
  beforeEach(async () => {
    await store.writer.putMany(
      'admin',
      [...sorted].reverse().map((text) => entry(text)),
    );
  });

  const texts = (page: { entries: { prefix: { text: string } }[] }) =>
    page.entries.map((each) => each.prefix.text);

  it.each([1, 2, 4, 9, 100])('of %i entries walk over all in the order of addresses', async (first) => {
    const seen: string[] = [];
    let after: string | undefined;
    for (;;) {
      const page = await store.writer.page({ first, ...(after !== undefined && { after }) });
      expect(page.totalCount).toBe(sorted.length);
      expect(page.cursors).toHaveLength(page.entries.length);
      seen.push(...texts(page));
      after = page.cursors.at(-1);
      if (!page.hasNextPage) break;
    }
    expect(seen).toEqual(sorted);
  });

  it.each([
    ['0.0.0.0/0', sorted.slice(0, 6)],
    ['::/0', sorted.slice(6)],
    ['10.0.0.0/8', sorted.slice(0, 4)],
    ['10.0.0.0/16', ['10.0.0.0/16', '10.0.0.1']],
    ['10.0.0.1', ['10.0.0.1']],
    ['128.0.0.0/1', ['192.0.2.1', '200.0.0.1']],
    ['2001:db8::/48', ['2001:db8::/64']],
    ['2001:db8:1::/48', ['2001:db8:1::1']],
    ['203.0.113.0/24', []],
  ])('inside %s hold %j', async (within, expected) => {
    const page = await store.writer.page({ within: prefix(within), first: 50 });
    expect(texts(page)).toEqual(expected);
    expect(page).toMatchObject({ totalCount: expected.length, hasNextPage: false });
  });

  it('go on inside a prefix, and from the place of an entry that has gone', async () => {
    const first = await store.writer.page({ within: prefix('10.0.0.0/8'), first: 2 });
    await store.writer.remove('admin', prefix('10.0.0.0/16'));
    const after = first.cursors.at(-1)!;
    const second = await store.writer.page({ within: prefix('10.0.0.0/8'), first: 2, after });
    expect(texts(second)).toEqual(['10.0.0.1', '10.1.0.0/16']);
    expect(second).toMatchObject({ hasNextPage: false, totalCount: 3 });
    const outside = await store.writer.page({ within: prefix('200.0.0.0/8'), first: 2, after });
    expect(texts(outside)).toEqual(['200.0.0.1']);
  });

  it.each(['', 'x', '(4', '10.0.0.1'])('refuse the cursor %j', async (after) => {
    await expect(store.writer.page({ first: 1, after })).rejects.toThrow(InvalidCursor);
  });
});
