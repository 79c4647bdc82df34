// Sends what waits in the outbox: each mail at least once, again and again for a day when the server cannot take it, and
// then no more. When a mail is settled nothing of it is left in the queue, and meanwhile the queue knows only a code.
import { setTimeout as delay } from 'node:timers/promises';
import { type Job, type JobHelpers, type Runner, type RunnerOptions, run } from 'graphile-worker';
import type { Pool } from 'pg';
import { errorFields, type Logger } from '../operations/log.js';
import { startPasses } from '../operations/passes.js';
import type { Keyring } from '../secrets/keyring.js';
import type { Locks } from '../services/locks.js';
import { AbandonedMails, unlockWorkers } from './abandoned.js';
import type { ComposedMail, MailComposer } from './composer.js';
import type { QueuedMail } from './mail.js';
import { MAIL_TASK, MAX_ATTEMPTS, type Outbox } from './outbox.js';
import { openQueuePool, SILENT } from './queue-pool.js';
import { MailFault, type SmtpClient } from './smtp.js';

/** Mails that are sent at the same time. */
const CONCURRENCY = 4;
/** Two more connections: one listens for new mails, one is spare for what completes while all are busy. */
const CONNECTIONS = CONCURRENCY + 2;
/** No statement of the queue takes so long. */
const ANSWER_MS = 15_000;
/** New mails are told of at once; this is how often the queue is asked for those whose next try has come. */
const POLL_MS = 5000;
/** A mail that is being sent when the gateway stops has so long to get through; else it is tried again. */
const STOP_MS = 3000;
const RESTART_MS = 1000;
/** How often it is looked for mails whose gateway has died. */
const LOOK_MS = 60_000;
/** More than can have been sent before the library stops at a job whose end it cannot write. */
const SENT_REMEMBERED = 100;

/** The queue's code for a mail that the keyring does not open. */
export const UNREADABLE = 'UNREADABLE';

/** `delayed`: the first try has failed, and others follow. `bounced`: none follows. */
export type MailResult = 'sent' | 'delayed' | 'bounced';

/** Hears what became of a mail. What it throws is not heard: a mail that was sent is sent. */
export type MailObserver = (mail: QueuedMail, result: MailResult) => void | Promise<void>;

export interface MailWorker {
  /** The queue's connections. */
  readonly pool: Pool;
  /** Takes no new mail, and waits a little for those that are being sent. */
  stop(): Promise<void>;
}

export interface MailWorkerParts {
  readonly databaseUrl: string;
  /** End them after the worker has stopped. */
  readonly locks: Locks;
  readonly outbox: Outbox;
  readonly keyring: Keyring;
  readonly composer: MailComposer;
  readonly smtp: SmtpClient;
  readonly observers: readonly MailObserver[];
  /** Hears of each try at a mail that the keyring does not open. */
  readonly onUnreadable?: () => void;
  readonly log: Logger;
  /** Milliseconds between looks for mails whose gateway has died; a minute when absent. */
  readonly lookEveryMs?: number;
}

/** Any number of gateways may run one: each mail is one's at a time. */
export function startMailWorker(parts: MailWorkerParts): MailWorker {
  const pool = openQueuePool(parts.databaseUrl, CONNECTIONS, { query_timeout: ANSWER_MS });
  const delivery = new Delivery(parts);
  const stopping = new AbortController();
  let runner: Runner | undefined;

  const options: RunnerOptions = {
    pgPool: pool,
    taskList: { [MAIL_TASK]: (payload, helpers) => delivery.run(payload, helpers) },
    parsedCronItems: [],
    logger: SILENT,
    noHandleSignals: true,
    preset: {
      worker: {
        concurrentJobs: CONCURRENCY,
        pollInterval: POLL_MS,
        gracefulShutdownAbortTimeout: STOP_MS,
        // Without batches the library lets go of the promise that completes a job, and its failure ends the process.
        completeJobBatchDelay: 0,
        failJobBatchDelay: 0,
      },
    },
  };

  /** The library stops by itself when it cannot write to the queue, as when Postgres is away. */
  async function keepRunning(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await delivery.unlock(pool);
        runner = await run(options);
        if (stopping.signal.aborted) await runner.stop();
        await runner.promise;
      } catch {
        // Tried again below; the health check tells that Postgres is away.
      }
      await delay(RESTART_MS, undefined, { signal: stopping.signal }).catch(() => {});
    }
  }

  const running = keepRunning();
  const abandoned = new AbandonedMails(pool, parts.locks);
  const looking = startPasses(() => abandoned.giveBack(), {
    everyMs: parts.lookEveryMs ?? LOOK_MS,
    part: 'mail-queue',
    log: parts.log,
    laterFirst: true,
  });
  return {
    pool,
    async stop() {
      stopping.abort();
      await runner?.stop().catch(() => {});
      await running;
      await looking.stop();
      parts.smtp.close();
      await pool.end();
    },
  };
}

/** A job failed; the queue keeps `message`, which is a code. */
class JobFault extends Error {
  override readonly name = 'JobFault';
}

class Delivery {
  /** Under which name the library has locked jobs here. */
  private lockedBy: string | null = null;
  private serverAway = false;
  /** Jobs whose mails were sent here lately: one whose end could not be written comes again, and its mail must not. */
  private sent: string[] = [];

  constructor(private readonly parts: MailWorkerParts) {}

  /** Jobs that an earlier run could not give back would wait four hours for another try. */
  async unlock(pool: ReturnType<typeof openQueuePool>): Promise<void> {
    if (this.lockedBy === null) return;
    await unlockWorkers(pool, [this.lockedBy]);
    await this.parts.locks.letGo('mail', this.lockedBy);
    this.lockedBy = null;
  }

  async run(payload: unknown, { job, abortSignal }: JobHelpers): Promise<void> {
    const { outbox, locks, log } = this.parts;
    if (job.locked_by !== null && job.locked_by !== this.lockedBy) locks.hold('mail', job.locked_by);
    this.lockedBy = job.locked_by;
    const mail = outbox.open(payload);
    if (mail === null) return this.unreadable(job);
    if (this.sent.includes(job.id)) return;
    try {
      const composed = await this.parts.composer.compose(mail);
      if (composed !== null) await this.deliver(mail, composed, job, abortSignal);
    } catch (error) {
      const code = codeOf(error);
      const final = (error instanceof MailFault && error.permanent) || job.attempts >= MAX_ATTEMPTS;
      if (!final) {
        if (job.attempts === 1) await this.tell(mail, 'delayed');
        throw new JobFault(code);
      }
      log.warn('mail.failed', { code, ...(error instanceof MailFault && { part: 'smtp' }) });
      await this.tell(mail, 'bounced');
    }
  }

  /** Sealed with another key. A gateway that has it may come: the mail is kept as long as any other that cannot be sent. */
  private unreadable({ attempts }: Job): void {
    this.parts.onUnreadable?.();
    if (attempts < MAX_ATTEMPTS) throw new JobFault(UNREADABLE);
    this.parts.log.error('mail.failed', { code: UNREADABLE });
  }

  private async deliver(
    mail: QueuedMail,
    { settle, ...outgoing }: ComposedMail,
    job: Job,
    signal?: AbortSignal,
  ): Promise<void> {
    const { smtp, keyring } = this.parts;
    try {
      await smtp.send({ ...outgoing, id: keyring.digest('queued-mail', String(job.payload)) }, signal);
    } catch (error) {
      if (!(error instanceof MailFault)) throw error;
      if (error.away) this.reached(false, error.code);
      if (error.permanent) await settle();
      throw error;
    }
    this.sent = [job.id, ...this.sent.slice(0, SENT_REMEMBERED - 1)];
    this.reached(true);
    await this.tell(mail, 'sent');
    await settle();
  }

  private async tell(mail: QueuedMail, result: MailResult): Promise<void> {
    for (const observe of this.parts.observers) {
      try {
        await observe(mail, result);
      } catch (error) {
        this.parts.log.error('mail.uncounted', errorFields(error));
      }
    }
  }

  /** The log tells once that the server is away, and once that it is back. */
  private reached(reached: boolean, code?: string): void {
    if (this.serverAway === !reached) return;
    this.serverAway = !reached;
    if (reached) this.parts.log.info('dependency.back', { part: 'smtp' });
    else this.parts.log.warn('dependency.lost', { part: 'smtp', ...(code !== undefined && { code }) });
  }
}

function codeOf(error: unknown): string {
  const { error: kind = 'unknown', code = kind } = errorFields(error);
  return error instanceof MailFault ? error.code : code;
}
