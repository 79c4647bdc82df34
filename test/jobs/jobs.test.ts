import { expect, it } from 'vitest';
import { startJob } from '../../src/jobs/jobs.js';
import { createLogger } from '../../src/runtime/log.js';

it('jobs that fail for the same reason share one line of the log, and the last one that recovers writes one', async () => {
  const lines: Record<string, unknown>[] = [];
  const log = createLogger('gateway', (line) => lines.push(JSON.parse(line)));
  const failures = new Map<string, string | null>([
    ['exports', 'ECONNREFUSED'],
    ['expiry', 'ECONNREFUSED'],
    ['erasures', '42P01'],
  ]);
  const rounds = new Map<string, number>();
  const jobs = [...failures.keys()].map((name) =>
    startJob(
      async () => {
        rounds.set(name, (rounds.get(name) ?? 0) + 1);
        const code = failures.get(name);
        if (code) throw Object.assign(new Error('of anna@example.com'), { code });
      },
      { everyMs: 1, part: 'rights', log },
    ),
  );
  /** Resolves when each job has begun two more runs, and so has ended one. */
  const ended = async () => {
    const before = new Map(rounds);
    const isOver = () =>
      [...failures.keys()].every((name) => rounds.get(name)! >= (before.get(name) ?? 0) + 2);
    await expect.poll(isOver).toBe(true);
  };
  const codes = () => lines.map(({ event, code }) => [event, code]);

  await ended();
  expect(codes()).toEqual([
    ['dependency.lost', 'ECONNREFUSED'],
    ['dependency.lost', '42P01'],
  ]);
  failures.set('exports', null);
  await ended();
  expect(lines).toHaveLength(2);
  failures.set('expiry', null);
  await ended();
  expect(codes().slice(2)).toEqual([['dependency.back', undefined]]);
  failures.set('exports', 'ECONNREFUSED');
  await ended();
  expect(codes().slice(3)).toEqual([['dependency.lost', 'ECONNREFUSED']]);

  // A job that is stopped while it fails is no longer counted.
  for (const each of jobs) await each.stop();
  const next = startJob(() => Promise.reject(Object.assign(new Error('away'), { code: 'ECONNREFUSED' })), {
    everyMs: 1,
    part: 'rights',
    log,
  });
  await expect.poll(() => lines.length).toBe(5);
  await next.stop();
});
