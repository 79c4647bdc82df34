import { expect, it } from 'vitest';
import { ChangeLimit } from '../../src/services/media-streamer/change-limit.js';

const NOON = Date.parse('2026-11-28T12:00:00Z');

it('an account has 600 changes an hour, whatever others do', () => {
  let now = NOON;
  const limit = new ChangeLimit(() => now);
  for (let change = 0; change < 600; change += 1) expect(limit.allows('anna')).toBe(true);
  expect(limit.allows('anna')).toBe(false);
  expect(limit.allows('ben')).toBe(true);
  now += 3_599_999;
  expect(limit.allows('anna')).toBe(false);
  now += 1;
  expect(limit.allows('anna')).toBe(true);
});

it('of so many accounts that memory would fill the oldest are forgotten', () => {
  const limit = new ChangeLimit(() => NOON);
  for (let change = 0; change <= 600; change += 1) limit.allows('anna');
  for (let account = 1; account < 10_000; account += 1) limit.allows(`account ${account}`);
  expect(limit.allows('anna')).toBe(false);
  limit.allows('account 10000');
  expect(limit.allows('anna')).toBe(true);
});
