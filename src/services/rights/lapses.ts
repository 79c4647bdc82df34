// Requests that nobody goes on with: links that nobody has opened, and agents that send no permission.
import type { DataSource } from 'typeorm';
import { type Clock, daysAfter, today } from '../../day.js';
import type { Logger } from '../../operations/log.js';
import { type Passes, startPasses } from '../../operations/passes.js';
import type { RightsRequests } from './requests.js';

const PASS_EVERY_MS = 1000;
/** How long an agent's permission is waited for. */
const PERMISSION_DAYS = 7;

export class RightsLapses {
  constructor(
    private readonly parts: {
      readonly database: DataSource;
      readonly requests: RightsRequests;
      readonly clock: Clock;
    },
  ) {}

  async pass(): Promise<void> {
    const { database, requests, clock } = this.parts;
    const now = today(clock());
    const unopened = await database.query<{ id: string }[]>(
      `SELECT id FROM rights_request JOIN rights_request_subject ON request_id = id
       WHERE status = 'identity-required' AND expires_on < $1`,
      [now],
    );
    for (const { id } of unopened) {
      await database.transaction((manager) => requests.advance(manager, id, 'expired'));
    }
    const unpermitted = await database.query<{ id: string }[]>(
      "SELECT id FROM rights_request WHERE closed_on IS NULL AND status = 'submitted' AND received_on < $1",
      [daysAfter(now, -PERMISSION_DAYS)],
    );
    for (const { id } of unpermitted) {
      const change = { denialReason: 'permission-missing' } as const;
      await database.transaction((manager) => requests.advance(manager, id, 'denied', change));
    }
  }
}

/** At once and then every second. Any number of gateways may do so. */
export function startLapses(lapses: RightsLapses, log: Logger): Passes {
  return startPasses(() => lapses.pass(), { everyMs: PASS_EVERY_MS, part: 'rights', log });
}
