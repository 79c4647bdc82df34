// Puts mails into the queue in the transaction that causes them: they are sent if and only if it commits. They wait sealed,
// because a deleted row stays on the disk for a while.
import { randomInt } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import type { Keyring } from '../secrets/keyring.js';
import type { Mail, MailPurpose } from './mail.js';

/** The name of the job in graphile-worker's queue. */
export const MAIL_TASK = 'mail';

/** graphile-worker waits e^n seconds, at most e^10, after the nth attempt: the last attempt is a day after the first. */
export const MAX_ATTEMPTS = 13;

/** While the mail server is away, attempts do not count and a mail is given up by its age, after the same time. */
export const MAX_AGE_HOURS = 24;

/** Further attempts that the queue allows: if a gateway dies during the last one, another gateway still ends the job. */
const SPARE_ATTEMPTS = 3;

/** Smaller numbers go first: a campaign to everybody must not delay a link that somebody waits for. */
const PRIORITIES: Readonly<Record<MailPurpose, number>> = {
  access: 0,
  account: 1,
  payment: 1,
  updates: 2,
  marketing: 2,
};

/**
 * A mail that anyone can cause, and that only an address with an account gets, waits for a random time up to this.
 * Otherwise the work of sending it could be measured in the responses that follow.
 */
const HELD_BACK_MS = 3000;

const ACCOUNTS_AT_A_TIME = 1000;
const JOBS_AT_A_TIME = 1000;

/** A mail that waits: its name, and the fields of its payload. */
export interface QueuedMail {
  readonly template: string;
  readonly [field: string]: unknown;
}

/** What the outbox needs of a mail: `Payload` is inferred from its definition. */
type Queueable<Payload extends object> = Pick<
  Mail<Payload, never>,
  'name' | 'purpose' | 'heldBack' | 'draft'
>;

export class Outbox {
  constructor(private readonly keyring: Keyring) {}

  /** Queues a mail for each payload. `manager`: that of the transaction whose commit sends the mails. */
  async put<Payload extends object>(
    manager: EntityManager,
    { name, purpose, heldBack }: Queueable<Payload>,
    ...payloads: readonly NoInfer<Payload>[]
  ): Promise<void> {
    if (payloads.length === 0) return;
    const sealed = payloads.map((payload) => {
      const mail: QueuedMail = { template: name, ...payload };
      return this.keyring.seal('queued-mail', JSON.stringify(mail));
    });
    const delays = payloads.map((payload) =>
      heldBack?.(payload) === true ? randomInt(HELD_BACK_MS + 1) : 0,
    );
    // In one call: single calls take longer the more jobs the transaction has added already. The fields of a job_spec:
    // identifier, payload, queue_name, run_at, max_attempts, job_key, priority, flags.
    await manager.query(
      `SELECT count(*) FROM graphile_worker.add_jobs(ARRAY(
         SELECT ROW(
           $1::text, to_json(sealed), NULL, now() + delay * interval '1 millisecond', $5::integer, NULL, $3::integer, NULL
         )::graphile_worker.job_spec
         FROM unnest($2::text[], $4::integer[]) AS waiting (sealed, delay)
       ))`,
      [MAIL_TASK, sealed, PRIORITIES[purpose], delays, MAX_ATTEMPTS + SPARE_ATTEMPTS],
    );
  }

  /**
   * Queues a mail to each of many accounts, a thousand at a time. `page` reads the next account ids in their order: at most
   * `limit` after `after`, or from the beginning when it is null. Returns how many there were.
   */
  async putForEach<Payload extends object>(
    manager: EntityManager,
    mail: Queueable<Payload>,
    page: (after: string | null, limit: number) => Promise<readonly string[]>,
    payloadOf: (accountId: string) => NoInfer<Payload>,
  ): Promise<number> {
    let count = 0;
    for (let after: string | null = null; ; ) {
      const accounts = await page(after, ACCOUNTS_AT_A_TIME);
      await this.put(manager, mail, ...accounts.map(payloadOf));
      count += accounts.length;
      const last: string | undefined = accounts.at(-1);
      if (last === undefined || accounts.length < ACCOUNTS_AT_A_TIME) return count;
      after = last;
    }
  }

  /** Takes back what waits for an account, except what is being sent at this moment: that finds no recipient. */
  async discard(manager: EntityManager, accountId: string): Promise<void> {
    for await (const { ids } of this.waiting(manager, accountId)) {
      await manager.query(
        'DELETE FROM graphile_worker._private_jobs WHERE id = ANY($1) AND locked_at IS NULL',
        [ids],
      );
    }
  }

  /** The names of the mails that wait for an account, in alphabetical order. */
  async waitingFor(manager: Pick<EntityManager, 'query'>, accountId: string): Promise<string[]> {
    const names: string[] = [];
    for await (const page of this.waiting(manager, accountId)) names.push(...page.names);
    return names.sort();
  }

  /** Reads the whole queue: its rows do not say whom a mail is for. */
  private async *waiting(manager: Pick<EntityManager, 'query'>, accountId: string) {
    for (let after = '0'; ; ) {
      const jobs = await manager.query<{ id: string; payload: unknown }[]>(
        'SELECT id, payload FROM graphile_worker._private_jobs WHERE id > $1 ORDER BY id LIMIT $2',
        [after, JOBS_AT_A_TIME],
      );
      const own = jobs.flatMap(({ id, payload }) => {
        const mail = this.open(payload);
        return mail?.accountId === accountId ? [{ id, name: mail.template }] : [];
      });
      yield { ids: own.map(({ id }) => id), names: own.map(({ name }) => name) };
      const last = jobs.at(-1);
      if (last === undefined || jobs.length < JOBS_AT_A_TIME) return;
      after = last.id;
    }
  }

  /** The mail in a job's payload; null when it was not sealed by this installation. */
  open(payload: unknown): QueuedMail | null {
    const text = typeof payload === 'string' ? this.keyring.open('queued-mail', payload) : null;
    return text === null ? null : (JSON.parse(text) as QueuedMail);
  }
}
