import { expect, it } from 'vitest';
import { startPasses } from '../../src/jobs/jobs.js';
import { createLogger } from '../../src/runtime/log.js';

it('passes of one part that meet the same fault say so in one line, and in one that the last of them goes on', async () => {
  const lines: Record<string, unknown>[] = [];
  const log = createLogger('gateway', (line) => lines.push(JSON.parse(line)));
  const faults = new Map<string, string | null>([
    ['exports', 'ECONNREFUSED'],
    ['lapses', 'ECONNREFUSED'],
    ['erasures', '42P01'],
  ]);
  const rounds = new Map<string, number>();
  const passes = [...faults.keys()].map((name) =>
    startPasses(
      async () => {
        rounds.set(name, (rounds.get(name) ?? 0) + 1);
        const code = faults.get(name);
        if (code) throw Object.assign(new Error('of anna@example.com'), { code });
      },
      { everyMs: 1, part: 'rights', log },
    ),
  );
  /** Resolves when each has begun twice from now on, and so ended once. */
  const ended = async () => {
    const before = new Map(rounds);
    const isOver = () => [...faults.keys()].every((name) => rounds.get(name)! >= (before.get(name) ?? 0) + 2);
    await expect.poll(isOver).toBe(true);
  };
  const codes = () => lines.map(({ event, code }) => [event, code]);

  await ended();
  expect(codes()).toEqual([
    ['dependency.lost', 'ECONNREFUSED'],
    ['dependency.lost', '42P01'],
  ]);
  faults.set('exports', null);
  await ended();
  expect(lines).toHaveLength(2);
  faults.set('lapses', null);
  await ended();
  expect(codes().slice(2)).toEqual([['dependency.back', undefined]]);
  faults.set('exports', 'ECONNREFUSED');
  await ended();
  expect(codes().slice(3)).toEqual([['dependency.lost', 'ECONNREFUSED']]);

  // Those that end while they fail leave nothing behind.
  for (const each of passes) await each.stop();
  const next = startPasses(() => Promise.reject(Object.assign(new Error('away'), { code: 'ECONNREFUSED' })), {
    everyMs: 1,
    part: 'rights',
    log,
  });
  await expect.poll(() => lines.length).toBe(5);
  await next.stop();
});
