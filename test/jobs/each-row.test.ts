import { beforeEach, describe, expect, it } from 'vitest';
import { eachRow, everyRow } from '../../src/jobs/each-row.js';

const AWAY = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });

describe('background work on many rows', () => {
  let lines: unknown[] = [];
  let failing = 0;
  let now = 0;
  beforeEach(() => {
    [lines, failing, now] = [[], 0, 0];
  });
  const line = (...fields: unknown[]) => void lines.push(fields);
  const worker = () =>
    eachRow({
      job: 'expiry',
      log: { info: line, warn: line, error: line },
      observe: (_pass, count) => {
        failing = count;
      },
      now: () => now,
    });
  /** Which rows were tried. */
  async function tried(each: ReturnType<typeof worker>, rows: string[], errors: Record<string, Error> = {}) {
    const done: string[] = [];
    await each('rows', rows, String, async (row) => {
      done.push(row);
      if (errors[row] !== undefined) throw errors[row];
    });
    return done;
  }

  it('continues after a row that fails, and logs once that it fails and once that it recovers', async () => {
    const each = worker();
    const errors = { b: new TypeError('personal text') };
    expect(await tried(each, ['a', 'b', 'c'], errors)).toEqual(['a', 'b', 'c']);
    expect(failing).toBe(1);
    expect(await tried(each, ['a', 'b', 'c'], errors)).toEqual(['a', 'c']);
    now = 2000;
    expect(await tried(each, ['a', 'b', 'c'], errors)).toEqual(['a', 'b', 'c']);
    now = 5999;
    expect(await tried(each, ['a', 'b', 'c'])).toEqual(['a', 'c']);
    now = 6000;
    expect(await tried(each, ['a', 'b', 'c'])).toEqual(['a', 'b', 'c']);
    expect(failing).toBe(0);
    expect(lines).toEqual([
      ['row.failed', { job: 'expiry', error: 'TypeError' }],
      ['row.recovered', { job: 'expiry' }],
    ]);
  });

  it('waits no longer than an hour, and forgets rows that are gone', async () => {
    const each = worker();
    const errors = { a: new Error('again') };
    for (let tries = 0; tries < 20; tries += 1) {
      await tried(each, ['a'], errors);
      now += 3_600_000;
    }
    expect(await tried(each, ['a'], errors)).toEqual(['a']);
    await tried(each, []);
    expect(failing).toBe(0);
  });

  it('ends after three rows that fail because a store is away, and reports no row', async () => {
    const away = Object.fromEntries(['a', 'b', 'c', 'd'].map((row) => [row, AWAY]));
    await expect(tried(worker(), ['a', 'b', 'c', 'd'], away)).rejects.toBe(AWAY);
    expect(failing).toBe(3);
    expect(lines).toEqual([]);
  });

  it('works through all rows for a caller that wants the error, and then rejects', async () => {
    const done: string[] = [];
    const work = async (row: string) => {
      done.push(row);
      if (row === 'a') throw AWAY;
    };
    await expect(everyRow('rows', ['a', 'b'], String, work)).rejects.toBe(AWAY);
    expect(done).toEqual(['a', 'b']);
  });
});
