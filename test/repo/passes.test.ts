import { describe, expect, it } from 'vitest';
import { read, repositoryFiles } from './source-files.js';

const sources = repositoryFiles().filter((path) => /^src\/.*\.ts$/.test(path));

function using(pattern: RegExp): string[] {
  return sources.filter((path) => pattern.test(read(path)) && path !== 'src/operations/passes.ts').sort();
}

/** Work that is done again and again and goes by no day, with the reason. */
const UNDATED = {
  'src/allowlist/sweeper.ts':
    'takes the past off the disk on any day; entries end by the trusted clock alone',
  'src/mail/worker.ts': 'gives mails of dead gateways back, by the clock of Postgres alone',
  'src/services/campaign-counter.ts': 'writes numbers',
  'src/services/postgres-upkeep.ts': 'rewrites tables, with all their rows',
  'src/services/rights/drp-callbacks.ts': 'calls agents back, by the number of tries',
};

/** Timers of their own: pulses, and keys that live in memory. */
const TIMERS = [
  'src/dns/edge.ts',
  'src/dns/flood-watch.ts',
  'src/http/live-sockets.ts',
  'src/http/live-streams.ts',
  'src/operations/redis.ts',
  'src/operations/statements.ts',
  'src/services/live/sources.ts',
  'src/services/policy-announcer.ts',
  'src/services/shared-memory-key.ts',
];

describe('background work', () => {
  it('goes by the trusted clock wherever it goes by the day', () => {
    expect(using(/\bstartDatedPasses\(/)).toEqual([
      'src/services/erasure.ts',
      'src/services/idle-accounts.ts',
      'src/services/retention.ts',
      'src/services/rights/exports.ts',
      'src/services/rights/lapses.ts',
      'src/services/rights/reminders.ts',
      'src/services/usage-closing.ts',
    ]);
    expect(using(/\bstartPasses\(/)).toEqual(Object.keys(UNDATED));
    expect(read('src/allowlist/sweeper.ts')).toContain('await clock()');
    expect(read('src/services/policy-announcer.ts')).toContain('await clock()');
  });

  it('has no timer beside the passes but those that are known', () => {
    expect(using(/\bsetInterval\(/)).toEqual(TIMERS);
  });
});
