// What the database records about the installation as a whole, and the clocks of the stores.
import type { Redis } from 'ioredis';
import type { Day } from '../../lib/calendar.js';
import { OperatorError } from '../../lib/operator-error.js';
import type { Logger } from '../../runtime/log.js';
import { ClockGuard, type ClockStore, type LastDay } from '../../runtime/trusted-clock.js';

export interface Database {
  /** Resolves to the rows. */
  query(sql: string, values?: unknown[]): Promise<unknown>;
}

export function lastDayIn(database: Database): LastDay {
  return {
    async read() {
      const sql = 'SELECT worked_on::text AS day FROM installation WHERE id = 1';
      const [row] = (await database.query(sql)) as { day: Day | null }[];
      return row?.day ?? null;
    },
    async write(day) {
      await database.query('UPDATE installation SET worked_on = $1 WHERE id = 1', [day]);
    },
  };
}

/** The clocks of the stores, in milliseconds since the epoch. */
export function storeTimes(
  database: Database,
  redis: Pick<Redis, 'time'>,
): Readonly<Record<ClockStore, () => Promise<number>>> {
  return {
    async postgres() {
      const sql = 'SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS time';
      const [row] = (await database.query(sql)) as [{ time: number }];
      return row.time;
    },
    async redis() {
      const [seconds] = await redis.time();
      return Number(seconds) * 1000;
    },
  };
}

/** The clock of this machine is wrong, or cannot be checked. */
class ClockError extends OperatorError {}

const SET_IT = 'set it, for example by NTP, and start again; cli clock shows all of them';

/**
 * Rejects with ClockError when the clock of this machine differs from those of the stores. A day that is far from the last run does
 * not prevent a start; nothing is deleted until it is confirmed.
 */
export async function openClockGuard(parts: {
  readonly database: Database;
  readonly redis: Pick<Redis, 'time'>;
  readonly log: Logger;
  readonly production: boolean;
  readonly system?: () => number;
}): Promise<ClockGuard> {
  const { database, redis, log, production, system } = parts;
  const guard = new ClockGuard({
    times: storeTimes(database, redis),
    lastDay: lastDayIn(database),
    acceptsJumps: !production,
    log,
    ...(system && { system }),
  });
  const state = await guard.state();
  if (state === 'wrong') {
    throw new ClockError(
      `the clock of this machine is more than an hour from those of Postgres and Redis; ${SET_IT}`,
    );
  }
  if (state === 'unsure') {
    throw new ClockError(
      `the clocks of this machine, Postgres and Redis are more than an hour apart, and no two agree; ${SET_IT}`,
    );
  }
  return guard;
}
