import { describe, expect, it } from 'vitest';
import { read, repositoryFiles } from './source-files.js';

const sources = repositoryFiles().filter((path) => /^src\/.*\.ts$/.test(path));

function using(pattern: RegExp): string[] {
  return sources.filter((path) => pattern.test(read(path)) && path !== 'src/jobs/jobs.ts').sort();
}

/** Background jobs that do not depend on the day, with the reason. */
const UNDATED = {
  'src/allowlist/sweeper.ts':
    'takes the past off the disk on any day; entries end by the trusted clock alone',
  'src/db/upkeep.ts': 'rewrites tables, with all their rows',
  'src/mail/worker.ts': 'gives mails of dead gateways back, by the clock of Postgres alone',
  'src/services/marketing/campaign-counter.ts': 'writes numbers',
  'src/services/rights/drp/drp-callbacks.ts': 'calls agents back, by the number of tries',
};

/** Timers that are no background jobs: heartbeats, and keys that live in memory. */
const TIMERS = [
  'src/db/listener.ts',
  'src/db/statements.ts',
  'src/dns/diagnosis.ts',
  'src/dns/edge.ts',
  'src/dns/transport/flood-watch.ts',
  'src/dns/transport/live-page.ts',
  'src/ephemeral/shared-memory-key.ts',
  'src/graphql/subscriptions/event-streams.ts',
  'src/graphql/subscriptions/web-sockets.ts',
  'src/redis/redis.ts',
  'src/services/policy/policy-announcer.ts',
];

describe('background work', () => {
  it('uses the trusted clock wherever it depends on the day', () => {
    expect(using(/\bstartDatedJob\(/)).toEqual([
      'src/services/erasure/erasure.ts',
      'src/services/erasure/idle-accounts.ts',
      'src/services/erasure/retention.ts',
      'src/services/rights/expiry.ts',
      'src/services/rights/export/exports.ts',
      'src/services/rights/reminders.ts',
      'src/services/usage/day-closing.ts',
    ]);
    expect(using(/\bstartJob\(/)).toEqual(Object.keys(UNDATED));
    expect(read('src/allowlist/sweeper.ts')).toContain('await clock()');
    expect(read('src/services/policy/policy-announcer.ts')).toContain('await clock()');
  });

  it('has no other timers than those that are listed', () => {
    expect(using(/\bsetInterval\(/)).toEqual(TIMERS);
  });
});
