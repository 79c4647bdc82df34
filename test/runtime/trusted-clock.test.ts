import { beforeEach, describe, expect, it } from 'vitest';
import type { Day } from '../../src/lib/calendar.js';
import { createLogger } from '../../src/runtime/log.js';
import { ClockGuard, type ClockGuardParts, compareClocks } from '../../src/runtime/trusted-clock.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOON = Date.UTC(2027, 0, 15, 12);

describe('the comparison of clocks', () => {
  const cases: [
    name: string,
    postgres: number | null,
    redis: number | null,
    state: string,
    wrong: string[],
  ][] = [
    ['agree', 0, 0, 'ok', []],
    ['agree within an hour', HOUR, -HOUR, 'ok', []],
    ['agree with the one store that answers', null, 0, 'ok', []],
    ['have a majority without Redis', 0, 300 * DAY, 'ok', ['redis']],
    ['have a majority without Postgres', -2 * HOUR, 0, 'ok', ['postgres']],
    ['outvote this process', 2 * HOUR, 2 * HOUR + 1000, 'wrong', []],
    ['contradict each other', 2 * HOUR, -2 * HOUR, 'unsure', []],
    ['contradict the one store that answers', 2 * HOUR, null, 'unsure', []],
  ];
  it.each(cases)('%s', (_name, postgres, redis, state, wrong) => {
    const at = (apart: number | null) => (apart === null ? null : NOON + apart);
    expect(compareClocks(NOON, { postgres: at(postgres), redis: at(redis) })).toEqual({ state, wrong });
  });
});

describe('the clock guard', () => {
  /** What has passed, and what each clock is ahead. */
  let passed: number;
  let ahead: { own: number; postgres: number; redis: number };
  let away: ('postgres' | 'redis')[];
  let lastDay: Day | null;
  let asked: number;
  let log: Record<string, unknown>[];
  beforeEach(() => {
    [passed, asked, lastDay, away, log] = [0, 0, null, [], []];
    ahead = { own: 0, postgres: 0, redis: 0 };
  });

  function guard(options: Partial<ClockGuardParts> = {}) {
    const timeOf = (store: 'postgres' | 'redis') => async () => {
      asked += 1;
      if (away.includes(store)) throw new Error(`${store} is away`);
      return NOON + passed + ahead[store];
    };
    const isThere = () => {
      if (away.includes('postgres')) throw new Error('postgres is away');
    };
    return new ClockGuard({
      times: { postgres: timeOf('postgres'), redis: timeOf('redis') },
      lastDay: {
        async read() {
          isThere();
          return lastDay;
        },
        async write(day) {
          isThere();
          lastDay = day;
        },
      },
      acceptsJumps: false,
      log: createLogger('gateway', (line) => log.push(JSON.parse(line))),
      system: () => NOON + passed + ahead.own,
      stopwatch: () => passed,
      ...options,
    });
  }

  it('returns the time, asks the stores once a minute, and records the day', async () => {
    const one = guard();
    const clock = one.trusted(() => 42);
    expect([await clock(), await clock(), asked, lastDay]).toEqual([42, 42, 2, '2027-01-15']);
    passed += 61_000;
    expect([await clock(), asked, log]).toEqual([42, 4, []]);
  });

  it('returns no time as soon as the clock is set, without waiting for the minute', async () => {
    const one = guard();
    const clock = one.trusted(() => 42);
    await clock();
    ahead.own = 300 * DAY;
    expect([await clock(), await clock(), one.lastState(), lastDay]).toEqual([
      null,
      null,
      'wrong',
      '2027-01-15',
    ]);
    expect(log).toMatchObject([{ level: 'error', event: 'clock.wrong', part: 'process', code: 'WRONG' }]);
    ahead.own = 0;
    expect(await clock()).toBe(42);
    expect(log).toHaveLength(2);
    expect(log[1]).toMatchObject({ event: 'clock.right' });
  });

  it('continues when one store is wrong, and names it once', async () => {
    ahead.redis = 2 * HOUR;
    const clock = guard().trusted(() => 42);
    expect(await clock()).toBe(42);
    passed += 61_000;
    expect(await clock()).toBe(42);
    expect(log).toMatchObject([{ level: 'warn', event: 'clock.wrong', part: 'redis' }]);
  });

  it('continues while a store is away, also over midnight, and while both are, as long as the clock is not set', async () => {
    const clock = guard().trusted(() => 42);
    await clock();
    away = ['postgres'];
    passed += DAY;
    expect(await clock()).toBe(42);
    away = ['postgres', 'redis'];
    passed += 61_000;
    expect(await clock()).toBe(42);
    ahead.own = 2 * HOUR;
    await expect(clock()).rejects.toThrow('away');
  });

  it('does not trust its clock again because no store answers', async () => {
    const clock = guard().trusted(() => 42);
    await clock();
    ahead.own = 3 * DAY;
    expect(await clock()).toBeNull();
    away = ['postgres', 'redis'];
    passed += 61_000;
    expect(await clock()).toBeNull();
  });

  it('reports that a store is away when it never had an answer', async () => {
    away = ['postgres', 'redis'];
    await expect(guard().state()).rejects.toThrow('away');
  });

  it('returns no time after all clocks have jumped together, until the day is confirmed', async () => {
    lastDay = '2027-01-07' as Day;
    const one = guard();
    const clock = one.trusted(() => 42);
    expect([await clock(), one.lastState(), lastDay]).toEqual([null, 'jumped', '2027-01-07']);
    expect(log).toMatchObject([{ event: 'clock.wrong', code: 'JUMPED' }]);
    lastDay = '2027-01-15' as Day;
    passed += 61_000;
    expect(await clock()).toBe(42);
  });

  it('accepts a week without a run, and a day that another gateway has already seen', async () => {
    for (const day of ['2027-01-08', '2027-01-16'] as Day[]) {
      lastDay = day;
      expect(await guard().state()).toBe('ok');
    }
    expect(lastDay).toBe('2027-01-16');
  });

  it('does not rely on its own last day when another gateway has recorded a later one', async () => {
    const one = guard();
    await one.state();
    lastDay = '2027-01-24' as Day;
    passed += 9 * DAY;
    expect(await one.state()).toBe('ok');
  });

  it('accepts any day where nobody can confirm it', async () => {
    lastDay = '2025-12-31' as Day;
    expect(await guard({ acceptsJumps: true }).state()).toBe('ok');
    expect(lastDay).toBe('2027-01-15');
  });
});
