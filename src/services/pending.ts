// What waits for a link in a mail waits until a day, and is deleted after it.
import type { DataSource, EntityManager } from 'typeorm';
import { today } from '../day.js';
import type { Logger } from '../operations/log.js';
import { type Passes, startPasses } from '../operations/passes.js';

const HOUR_MS = 3_600_000;

/** Deletes what waited until an earlier day, at once and then every hour. Any number of gateways may do so. */
export function startPendingSweeper(database: DataSource, log: Logger): Passes {
  const sweep = async () => {
    for (const table of ['sign_up', 'password_reset', 'email_change']) {
      await database.query(`DELETE FROM ${table} WHERE expires_on < $1`, [today()]);
    }
  };
  return startPasses(sweep, { everyMs: HOUR_MS, part: 'postgres', log });
}

/** Deletes what strangers or its owner asked for with this e-mail address. */
export async function deletePending(manager: EntityManager, email: string): Promise<void> {
  await manager.query('DELETE FROM sign_up WHERE email = $1', [email]);
  await manager.query('DELETE FROM password_reset WHERE email = $1', [email]);
}
