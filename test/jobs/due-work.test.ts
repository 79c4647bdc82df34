import { expect, it } from 'vitest';
import { DueWork } from '../../src/jobs/due-work.js';

const NAMES = ['erasures', 'exports', 'expiry', 'callbacks'];
const LISTS = Object.fromEntries(NAMES.map((name) => [name, [`${name} WHERE last_day < $1`]]));

function work(answers: readonly (readonly string[])[]) {
  let looks = 0;
  const query = async () => {
    const there = answers[looks++] ?? [];
    return [Object.fromEntries(NAMES.map((name) => [name, there.includes(name)]))];
  };
  const ticks = { now: 0 };
  const due = new DueWork(
    { query } as never,
    LISTS,
    () => 0,
    () => ticks.now,
  );
  const second = async () => {
    ticks.now += 1000;
    const found = await Promise.all(NAMES.map(async (name) => [name, await due.has(name)] as const));
    return found.flatMap(([name, has]) => (has ? [name] : []));
  };
  return { second, looks: () => looks };
}

it('sends one query for all jobs that begin together, and lets each job begin the first time', async () => {
  const { second, looks } = work([]);
  expect(await second()).toEqual(NAMES);
  expect(await second()).toEqual([]);
  expect(looks()).toBe(2);
});

it('lets a job begin while it has rows, and once more when they are gone', async () => {
  const { second } = work([[], ['exports'], ['exports', 'expiry'], ['expiry'], []]);
  await second();
  expect(await second()).toEqual(['exports']);
  expect(await second()).toEqual(['exports', 'expiry']);
  expect(await second()).toEqual(['exports', 'expiry']);
  expect(await second()).toEqual(['expiry']);
  expect(await second()).toEqual([]);
});

it('queries again after a failed query', async () => {
  let fails = true;
  const query = async () => {
    if (fails) throw new Error('away');
    return [{ erasures: false, exports: true, expiry: false, callbacks: false }];
  };
  const ticks = { now: 0 };
  const due = new DueWork(
    { query } as never,
    LISTS,
    () => 0,
    () => ticks.now,
  );
  await expect(due.has('exports')).rejects.toThrow('away');
  fails = false;
  ticks.now += 1000;
  expect(await due.has('exports')).toBe(true);
});
