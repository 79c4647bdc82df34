// The check of `doctor` on the mail queue.
import type pg from 'pg';
import { UNKNOWN_MAIL, UNREADABLE } from '../../mail/worker.js';
import type { Finding } from './finding.js';

const PART = 'mail';
/** Longer than sending one mail takes, and longer than gateways need to requeue the mails of a dead gateway. */
const LONG = '5 minutes';

interface Queue {
  readonly failed: number;
  readonly code: string | null;
  readonly unreadable: number;
  readonly unknown: number;
  readonly held: number;
  readonly late: number;
}

export async function mailQueue(client: pg.Client): Promise<Finding> {
  const { rows } = await client.query<Queue>(
    `SELECT count(*) FILTER (WHERE last_error NOT IN ($1, $3))::integer AS failed,
       max(last_error) FILTER (WHERE last_error NOT IN ($1, $3)) AS code,
       count(*) FILTER (WHERE last_error = $1)::integer AS unreadable,
       count(*) FILTER (WHERE last_error = $3)::integer AS unknown,
       count(*) FILTER (WHERE locked_at < now() - $2::interval)::integer AS held,
       count(*) FILTER (WHERE locked_at IS NULL AND run_at < now() - $2::interval)::integer AS late
     FROM graphile_worker._private_jobs`,
    [UNREADABLE, LONG, UNKNOWN_MAIL],
  );
  const { failed, code, unreadable, unknown, held, late } = rows[0]!;
  const wrong: [count: number, text: string, todo: string][] = [
    [
      unreadable,
      `sealed with another SECRET_KEY (${UNREADABLE})`,
      'start a gateway with the SECRET_KEY under which they were queued; a day after that they are given up',
    ],
    [
      unknown,
      `of a kind that the gateways do not know (${UNKNOWN_MAIL})`,
      'start a gateway of the version that queued them; a day after that they are given up',
    ],
    [
      failed,
      `waiting for another attempt (${code})`,
      'check that the mail server runs, and accepts mail from MAIL_FROM by the user of SMTP_URL',
    ],
    [
      held,
      'being sent for more than five minutes, by a gateway that ended or hangs',
      'start a gateway: it requeues the mails of a dead gateway within three minutes',
    ],
    [
      late,
      'not taken by any gateway',
      'start a gateway, and look in its log for smtp (the mail server cannot be reached) and mail-queue',
    ],
  ];
  const found = wrong.filter(([count]) => count > 0);
  if (found.length === 0) return { part: PART, ok: true, text: 'no mail waits for another attempt' };
  const text = found.map(([count, what]) => `${count} ${what}`).join(', ');
  return { part: PART, ok: false, text, todo: found.map(([, , todo]) => todo).join('; ') };
}
