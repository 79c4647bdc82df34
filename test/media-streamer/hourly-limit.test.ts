import { expect, it } from 'vitest';
import { HourlyLimit } from '../../src/services/media-streamer/hourly-limit.js';

const NOON = Date.parse('2026-11-28T12:00:00Z');

it('600 times an hour are allowed, whatever others do', () => {
  let now = NOON;
  const limit = new HourlyLimit(600, () => now);
  for (let change = 0; change < 600; change += 1) expect(limit.allows('anna')).toBe(true);
  expect(limit.allows('anna')).toBe(false);
  expect(limit.allows('ben')).toBe(true);
  now += 3_599_999;
  expect(limit.allows('anna')).toBe(false);
  now += 1;
  expect(limit.allows('anna')).toBe(true);
});

it('of so many that memory would fill the oldest are forgotten', () => {
  const limit = new HourlyLimit(600, () => NOON);
  for (let change = 0; change <= 600; change += 1) limit.allows('anna');
  for (let account = 1; account < 10_000; account += 1) limit.allows(`account ${account}`);
  expect(limit.allows('anna')).toBe(false);
  limit.allows('account 10000');
  expect(limit.allows('anna')).toBe(true);
});
