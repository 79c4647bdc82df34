// Requests that nobody goes on with: links that nobody has opened, and agents that send no permission.
import type { DataSource } from 'typeorm';
import type { WatchingDue } from '../../jobs/due-work.js';
import { type EachRow, eachRow, everyRow } from '../../jobs/each-row.js';
import { type BackgroundJob, startDatedJob } from '../../jobs/jobs.js';
import { type Clock, type Day, today } from '../../lib/calendar.js';
import type { Change } from './request-record.js';
import type { RightsRequests } from './requests.js';

const RUN_EVERY_MS = 1000;
/** How long an agent's permission is waited for. */
const PERMISSION_DAYS = 7;

/** $1: today. */
export const UNOPENED_REQUESTS = `rights_request JOIN rights_request_subject ON request_id = rights_request.id
  WHERE status = 'identity-required' AND expires_on < $1`;
/** $1: today. */
export const UNPERMITTED_REQUESTS = `rights_request WHERE closed_on IS NULL AND status = 'submitted'
  AND received_on < $1::date - ${PERMISSION_DAYS}`;

interface Expiry {
  readonly of: string;
  readonly day: Day;
  readonly to: 'expired' | 'denied';
  readonly change: Change;
}

export class RequestExpiry {
  constructor(
    private readonly parts: {
      readonly database: DataSource;
      readonly requests: RightsRequests;
      readonly clock: Clock;
    },
  ) {}

  async run(each: EachRow = everyRow, time: number = this.parts.clock()): Promise<void> {
    const { database } = this.parts;
    const now = today(time);
    const lists = [
      { of: UNOPENED_REQUESTS, to: 'expired', change: {} },
      {
        of: UNPERMITTED_REQUESTS,
        to: 'denied',
        change: { denialReason: 'permission-missing' },
      },
    ] as const;
    for (const { of, to, change } of lists) {
      const ids = await database.query<{ id: string }[]>(`SELECT rights_request.id FROM ${of}`, [now]);
      const id = (row: { id: string }) => row.id;
      await each(to, ids, id, (row) => this.expire(row.id, { of, day: now, to, change }));
    }
  }

  /** Unless somebody has gone on with it since the list was read: anyone who does holds its row. */
  private async expire(id: string, { of, day, to, change }: Expiry): Promise<void> {
    const { database, requests } = this.parts;
    await database.transaction(async (manager) => {
      const still = await manager.query<unknown[]>(
        `SELECT FROM ${of} AND rights_request.id = $2 FOR UPDATE OF rights_request`,
        [day, id],
      );
      if (still.length > 0) await requests.advance(manager, id, to, change);
    });
  }
}

/** At once and then every second. Any number of gateways may do so. */
export function startRequestExpiry(
  expiry: RequestExpiry,
  { clock, due, ...watching }: WatchingDue,
): BackgroundJob {
  const { log } = watching;
  const each = eachRow({ job: 'expiry', ...watching });
  const run = async (now: number) => {
    if (await due.has('expiry')) await expiry.run(each, now);
  };
  return startDatedJob(run, { everyMs: RUN_EVERY_MS, together: true, part: 'rights', log, clock });
}
