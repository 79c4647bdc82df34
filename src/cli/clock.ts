// `clock`: compares the clocks that must agree before anything is deleted; an operator confirms the day here.
import type { Command } from 'commander';
import type { CliConfig } from '../config/cli.js';
import { today } from '../lib/calendar.js';
import { openRedis } from '../redis/connect.js';
import { compareClocks, isNearDay, MOST_DAYS_APART } from '../runtime/trusted-clock.js';
import { type Database, lastDayIn, storeTimes } from '../services/installation/installation.js';
import { CommandError } from './errors.js';
import { note, row, write } from './output.js';
import { readConfig, withStores } from './stores.js';

export function addClockCommand(root: Command): void {
  root
    .command('clock')
    .description(
      'Compare the clocks of this machine, Postgres and Redis, which must agree before gateways delete data.',
    )
    .option(
      '--confirm',
      'confirm that the day is right, although it is far from the last one; gateways then continue',
    )
    .addHelpText(
      'after',
      `
Gateways delete nothing while their clock differs from those of Postgres and Redis by more than an hour, or while the day is
more than ${MOST_DAYS_APART} days after that of their last deletions. The latter happens after a long standstill, or when all machines get a
wrong time from the same server. /readyz then reports "clock". Check the day that this command prints, and confirm it when
it is right.

Exit codes: 0 the clocks agree, 1 they do not.`,
    )
    .action(clock);
}

async function clock({ confirm = false }: { confirm?: boolean }): Promise<void> {
  const config = await readConfig();
  await withStores(config, async ({ database, redis }) => {
    const times = storeTimes(database, redis);
    const [postgres, redisTime] = await Promise.all([times.postgres(), times.redis()]);
    const own = Date.now();
    const lastDay = lastDayIn(database);
    const last = await lastDay.read();
    await write(row(['this machine', today(own)], [16]));
    await write(row(['postgres', apart(own, postgres)], [16]));
    await write(row(['redis', apart(own, redisTime)], [16]));
    await write(row(['last deletions', last ?? 'none yet'], [16]));
    const { state, wrong } = compareClocks(own, { postgres, redis: redisTime });
    if (state !== 'ok' || wrong.length > 0) {
      throw new CommandError('the clocks do not agree; set the wrong one, for example by NTP');
    }
    const day = today(own);
    if (confirm) {
      await lastDay.write(day);
      note('The day is confirmed. Gateways continue within a minute.');
    } else if (last !== null && !isNearDay(last, day)) {
      throw new CommandError(
        `the last deletions were on ${last}; nothing is deleted until the day is confirmed. When it is right, run: clock --confirm`,
      );
    }
  });
}

function apart(own: number, other: number): string {
  const seconds = Math.round((other - own) / 1000);
  if (Math.abs(seconds) < 60) return `${today(other)}, as here`;
  return `${today(other)}, ${Math.abs(Math.round(seconds / 60))} minutes ${seconds > 0 ? 'ahead' : 'behind'}`;
}

/**
 * The time by which a command may delete. Throws CommandError when this machine's clock is not that of the stores, or when the
 * day is far from that of the last deletions. Without REDIS_URL only the clock of Postgres is compared.
 */
export async function timeToDeleteBy({ redisUrl }: CliConfig, database: Database): Promise<number> {
  const redis = redisUrl === null ? null : await openRedis(redisUrl);
  try {
    const times = storeTimes(database, redis ?? NO_REDIS);
    const [postgres, redisTime] = await Promise.all([
      times.postgres(),
      redis === null ? null : times.redis(),
    ]);
    const now = Date.now();
    if (compareClocks(now, { postgres, redis: redisTime }).state !== 'ok') {
      throw new CommandError('nothing was deleted: the clocks do not agree; run: clock');
    }
    const last = await lastDayIn(database).read();
    if (last !== null && !isNearDay(last, today(now))) {
      throw new CommandError(`nothing was deleted: the last deletions were on ${last}; run: clock`);
    }
    return now;
  } finally {
    redis?.disconnect();
  }
}

const NO_REDIS = { time: () => Promise.reject(new Error('REDIS_URL is not set')) };
