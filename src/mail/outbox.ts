// Puts mail into the queue in the transaction that is the reason for it: it is sent if and only if that commits.
import type { EntityManager } from 'typeorm';
import type { QueuedMail } from './mail.js';

/** The name of the job in graphile-worker's queue. */
export const MAIL_TASK = 'mail';

/** graphile-worker waits e^n seconds, at most e^10, after the nth attempt: the last one is made a day after the first. */
export const MAX_ATTEMPTS = 13;

export class Outbox {
  /** `manager`: that of the transaction whose commit sends the mail. */
  async post(manager: EntityManager, ...mails: readonly QueuedMail[]): Promise<void> {
    if (mails.length === 0) return;
    await manager.query(
      `SELECT graphile_worker.add_job($1, payload, max_attempts => $3)
       FROM json_array_elements($2::json) AS payload`,
      [MAIL_TASK, JSON.stringify(mails), MAX_ATTEMPTS],
    );
  }
}
