// Puts mail into the queue in the transaction that is the reason for it: it is sent if and only if that commits.
// It waits there sealed, because a deleted row stays on the disk for a while.
import { randomInt } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import type { Keyring } from '../secrets/keyring.js';
import { type MailPurpose, PURPOSE_OF, type QueuedMail, type Template } from './mail.js';

/** The name of the job in graphile-worker's queue. */
export const MAIL_TASK = 'mail';

/** graphile-worker waits e^n seconds, at most e^10, after the nth attempt: the last one is made a day after the first. */
export const MAX_ATTEMPTS = 13;

/** While the mail server is away tries do not count, and a mail is given up by its age: as late as by its tries. */
export const MAX_AGE_HOURS = 24;

/** Attempts that the queue allows beyond: should a gateway die in the last, another one still ends the job. */
const SPARE_ATTEMPTS = 3;

/** A campaign to everybody does not keep a person who waits for a link waiting. Smaller numbers go first. */
const PRIORITIES: Readonly<Record<MailPurpose, number>> = {
  access: 0,
  account: 1,
  payment: 1,
  updates: 2,
  marketing: 2,
};

/**
 * What a stranger may ask for, and what is sent to an address with an account only, waits up to so many seconds, each
 * mail another time: else the work of sending it could be felt in the answers that come next.
 */
const HELD_BACK_SECONDS: { readonly [T in Template]?: number } = {
  'password-reset': 3,
  'rights-request-link': 3,
};

function heldBackSeconds(mail: QueuedMail): number {
  if ('heldBack' in mail && mail.heldBack === true) return HELD_BACK_SECONDS['rights-request-link']!;
  return HELD_BACK_SECONDS[mail.template] ?? 0;
}

const ACCOUNTS_AT_A_TIME = 1000;
const JOBS_AT_A_TIME = 1000;

export class Outbox {
  constructor(private readonly keyring: Keyring) {}

  /** `manager`: that of the transaction whose commit sends the mail. */
  async post(manager: EntityManager, ...mails: readonly QueuedMail[]): Promise<void> {
    if (mails.length === 0) return;
    const sealed = mails.map((mail) => this.keyring.seal('queued-mail', JSON.stringify(mail)));
    const priorities = mails.map(({ template }) => PRIORITIES[PURPOSE_OF[template]]);
    const delays = mails.map((mail) => randomInt(1000 * heldBackSeconds(mail) + 1));
    // In one call: one by one, each takes longer the more of them the transaction has added already. The fields of a
    // job_spec: identifier, payload, queue_name, run_at, max_attempts, job_key, priority, flags.
    await manager.query(
      `SELECT count(*) FROM graphile_worker.add_jobs(ARRAY(
         SELECT ROW(
           $1::text, to_json(sealed), NULL, now() + delay * interval '1 millisecond', $5::integer, NULL, urgency, NULL
         )::graphile_worker.job_spec
         FROM unnest($2::text[], $3::integer[], $4::integer[]) AS waiting (sealed, urgency, delay)
       ))`,
      [MAIL_TASK, sealed, priorities, delays, MAX_ATTEMPTS + SPARE_ATTEMPTS],
    );
  }

  /**
   * Posts a mail to each of many accounts, as `mailTo` says, a thousand at a time. `page` reads the next ids in their
   * order: at most `limit` after `after`, or from the beginning when it is null. Returns how many there were.
   */
  async postToMany(
    manager: EntityManager,
    page: (after: string | null, limit: number) => Promise<readonly string[]>,
    mailTo: (accountId: string) => QueuedMail,
  ): Promise<number> {
    let count = 0;
    for (let after: string | null = null; ; ) {
      const accounts = await page(after, ACCOUNTS_AT_A_TIME);
      await this.post(manager, ...accounts.map(mailTo));
      count += accounts.length;
      const last: string | undefined = accounts.at(-1);
      if (last === undefined || accounts.length < ACCOUNTS_AT_A_TIME) return count;
      after = last;
    }
  }

  /** Takes back what waits for an account, but for what is being sent at this moment: that finds nobody. */
  async discard(manager: EntityManager, accountId: string): Promise<void> {
    for await (const { ids } of this.waiting(manager, accountId)) {
      await manager.query(
        'DELETE FROM graphile_worker._private_jobs WHERE id = ANY($1) AND locked_at IS NULL',
        [ids],
      );
    }
  }

  /** Which mails wait for an account, in the order of the alphabet. */
  async waitingFor(manager: Pick<EntityManager, 'query'>, accountId: string): Promise<Template[]> {
    const templates: Template[] = [];
    for await (const page of this.waiting(manager, accountId)) templates.push(...page.templates);
    return templates.sort();
  }

  /** All that waits is looked through, since the queue itself knows nobody. */
  private async *waiting(manager: Pick<EntityManager, 'query'>, accountId: string) {
    for (let after = '0'; ; ) {
      const jobs = await manager.query<{ id: string; payload: unknown }[]>(
        'SELECT id, payload FROM graphile_worker._private_jobs WHERE id > $1 ORDER BY id LIMIT $2',
        [after, JOBS_AT_A_TIME],
      );
      const own = jobs.flatMap(({ id, payload }) => {
        const mail = this.open(payload);
        const isOwn = mail !== null && 'accountId' in mail && mail.accountId === accountId;
        return isOwn ? [{ id, template: mail.template }] : [];
      });
      yield { ids: own.map(({ id }) => id), templates: own.map(({ template }) => template) };
      const last = jobs.at(-1);
      if (last === undefined || jobs.length < JOBS_AT_A_TIME) return;
      after = last.id;
    }
  }

  /** The mail that a job carries; null when it was not sealed by this installation. */
  open(payload: unknown): QueuedMail | null {
    const text = typeof payload === 'string' ? this.keyring.open('queued-mail', payload) : null;
    return text === null ? null : (JSON.parse(text) as QueuedMail);
  }
}
