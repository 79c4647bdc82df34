import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ListedEntry } from '../../src/allowlist/writer.js';
import { fromStart, InvalidCursor, type Page } from '../../src/lib/pages.js';
import { entry, prefix, type Store, startStore } from './support.js';

let store: Store;

beforeAll(async () => {
  store = await startStore();
});
afterAll(() => store?.stop());
beforeEach(async () => {
  await store.operator.flushall();
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
    await store.writer.putMany([...sorted].reverse().map((text) => entry(text)));
  });

  const texts = (page: Page<ListedEntry>) => page.entries.map(({ value }) => value.prefix.text);

  it.each([1, 2, 4, 9, 100])('of %i entries contain all in the order of addresses', async (size) => {
    const seen: string[] = [];
    let after: string | null = null;
    for (;;) {
      const page: Page<ListedEntry> = await store.writer.page(fromStart(size, after));
      expect(page.totalCount).toBe(sorted.length);
      expect(page.hasPreviousPage).toBe(after !== null);
      seen.push(...texts(page));
      after = page.entries.at(-1)!.cursor;
      if (!page.hasNextPage) break;
    }
    expect(seen).toEqual(sorted);
  });

  it.each([1, 2, 4, 9, 100])('of %i entries, read from the end, are in the same order', async (size) => {
    const seen: string[] = [];
    let before: string | null = null;
    for (;;) {
      const page: Page<ListedEntry> = await store.writer.page({ size, fromEnd: true, after: null, before });
      expect(page.totalCount).toBe(sorted.length);
      expect(page.hasNextPage).toBe(before !== null);
      seen.unshift(...texts(page));
      before = page.entries[0]!.cursor;
      if (!page.hasPreviousPage) break;
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
    const page = await store.writer.page(fromStart(50), prefix(within));
    expect(texts(page)).toEqual(expected);
    expect(page).toMatchObject({ totalCount: expected.length, hasNextPage: false, hasPreviousPage: false });
  });

  it('continue inside a prefix, and after an entry that was removed', async () => {
    const first = await store.writer.page(fromStart(2), prefix('10.0.0.0/8'));
    await store.writer.remove(prefix('10.0.0.0/16'));
    const after = first.entries.at(-1)!.cursor;
    const second = await store.writer.page(fromStart(2, after), prefix('10.0.0.0/8'));
    expect(texts(second)).toEqual(['10.0.0.1', '10.1.0.0/16']);
    expect(second).toMatchObject({ hasNextPage: false, hasPreviousPage: true, totalCount: 3 });
    const outside = await store.writer.page(fromStart(2, after), prefix('200.0.0.0/8'));
    expect(texts(outside)).toEqual(['200.0.0.1']);
    expect(outside).toMatchObject({ hasPreviousPage: false });
  });

  it.each(['', 'x', '(4', '10.0.0.1'])('reject the cursor %j', async (cursor) => {
    await expect(store.writer.page(fromStart(1, cursor))).rejects.toThrow(InvalidCursor);
    await expect(store.writer.page({ ...fromStart(1), before: cursor })).rejects.toThrow(InvalidCursor);
  });
});
