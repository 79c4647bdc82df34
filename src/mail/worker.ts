// Sends the mails in the queue, each at least once. A mail that the server does not accept is tried again for a day, and then
// given up. Nothing of a mail stays in the queue after its end; until then its last error is stored as a code.
import { setTimeout as delay } from 'node:timers/promises';
import { type Job, type JobHelpers, type Runner, type RunnerOptions, run } from 'graphile-worker';
import type { Pool } from 'pg';
import type { AdvisoryLocks } from '../db/advisory-locks.js';
import { SILENT } from '../db/queue-pool.js';
import { startJob } from '../jobs/jobs.js';
import type { Dependency } from '../runtime/dependency.js';
import { errorFields, type Logger } from '../runtime/log.js';
import type { TrustedClock } from '../runtime/trusted-clock.js';
import type { Keyring } from '../secrets/keyring.js';
import { AbandonedMails, unlockWorkers } from './abandoned.js';
import { MailBreaker } from './breaker.js';
import type { ComposedMail, MailComposer } from './composer.js';
import type { MailFacts, MailResult } from './mail.js';
import { MAIL_TASK, MAX_ATTEMPTS, type Outbox, type QueuedMail } from './outbox.js';
import { type SmtpClient, SmtpError } from './smtp.js';
import { removeOld, uncountAttempts } from './waiting-mails.js';

/** Mails that are sent at the same time; db/database.ts has the connections for them. */
const CONCURRENCY = 4;
/** Postgres notifies the worker of new mails; this is how often it looks for mails whose next attempt is due. */
const POLL_MS = 5000;
/** How long a mail that is being sent may take when the gateway stops; after that it is tried again later. */
const STOP_MS = 3000;
const RESTART_MS = 1000;
/** Between checks for mails whose gateway has died. */
const CHECK_MS = 60_000;
/** More mails than can have been sent before the library stops because it cannot write the end of a job. */
const SENT_REMEMBERED = 100;

/** The queue's code for a mail that the keyring does not open. */
export const UNREADABLE = 'UNREADABLE';

/** The queue's code for a mail that this gateway does not know, such as one of another version. */
export const UNKNOWN_MAIL = 'UNKNOWN_MAIL';

export type MailObserver = (mail: MailFacts, result: MailResult) => void;

export interface MailWorker {
  /** Takes no new mails, and waits a little for those that are being sent. */
  stop(): Promise<void>;
}

export interface MailWorkerParts {
  /** The queue's connections. End them, and the locks, after the worker has stopped. */
  readonly queue: Pool;
  readonly locks: AdvisoryLocks;
  readonly outbox: Outbox;
  readonly keyring: Keyring;
  readonly composer: MailComposer;
  readonly smtp: SmtpClient;
  /** Called with each result, after the mail's own definition. Exceptions are logged and ignored. */
  readonly onResult?: MailObserver;
  /** Called at each attempt to send a mail that the keyring does not open. */
  readonly onUnreadable?: () => void;
  /** Reports whether the mail server can be used. */
  readonly dependency: Pick<Dependency, 'lost' | 'back'>;
  /** Measures the age of mails while the mail server is away. */
  readonly clock: TrustedClock;
  readonly log: Logger;
  /** Milliseconds between checks for mails whose gateway has died; a minute when absent. */
  readonly checkEveryMs?: number;
}

/** Any number of gateways may run one: each mail belongs to one worker at a time. */
export function startMailWorker(parts: MailWorkerParts): MailWorker {
  const breaker = new MailBreaker(() => parts.smtp.probe(), parts.dependency);
  const delivery = new Delivery(parts, breaker);
  const stopping = new AbortController();
  let runner: Runner | undefined;

  const options: RunnerOptions = {
    pgPool: parts.queue,
    taskList: { [MAIL_TASK]: (payload, helpers) => delivery.run(payload, helpers) },
    parsedCronItems: [],
    logger: SILENT,
    noHandleSignals: true,
    preset: {
      worker: {
        concurrentJobs: CONCURRENCY,
        pollInterval: POLL_MS,
        gracefulShutdownAbortTimeout: STOP_MS,
        // Without batches the library drops the promise that completes a job, and its rejection would end the process.
        completeJobBatchDelay: 0,
        failJobBatchDelay: 0,
      },
    },
  };

  /**
   * The library stops by itself when it cannot write to the queue, for example while Postgres is away. This function stops it
   * while the mail server is away, so that mails are neither taken from the queue nor written back.
   */
  async function keepRunning(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await delivery.giveBack();
        await breaker.closed(stopping.signal, (code) => delivery.giveUpOld(code));
        if (stopping.signal.aborted) return;
        runner = await run(options);
        if (stopping.signal.aborted) await runner.stop();
        await Promise.race([runner.promise, breaker.opened()]);
        if (breaker.openedBy !== null) {
          await runner.stop();
          await delivery.giveBack();
          continue;
        }
      } catch {
        // Tried again below. The health check reports that Postgres is away.
      }
      await delay(RESTART_MS, undefined, { signal: stopping.signal }).catch(() => {});
    }
  }

  const running = keepRunning();
  const abandoned = new AbandonedMails(parts.queue, parts.locks);
  const looking = startJob(() => abandoned.returnToQueue(), {
    everyMs: parts.checkEveryMs ?? CHECK_MS,
    part: 'mail-queue',
    log: parts.log,
    laterFirst: true,
  });
  return {
    async stop() {
      stopping.abort();
      await runner?.stop().catch(() => {});
      await running;
      await looking.stop();
      parts.smtp.close();
    },
  };
}

/** A job failed. The queue stores `message`, which is a code. */
class JobError extends Error {
  override readonly name = 'JobError';
}

class Delivery {
  /** The name under which the library has locked jobs for this worker. */
  private lockedBy: string | null = null;
  /** Jobs whose last attempt does not count. */
  private uncounted: Job[] = [];
  /** Jobs whose mails were sent recently: if the end of one could not be written, the job comes again, and the mail must not. */
  private sent: string[] = [];

  constructor(
    private readonly parts: MailWorkerParts,
    private readonly breaker: MailBreaker,
  ) {}

  /** Returns jobs that an earlier run could not return; otherwise they would wait four hours for another attempt. */
  async giveBack(): Promise<void> {
    if (this.lockedBy !== null) {
      await unlockWorkers(this.parts.queue, [this.lockedBy]);
      await this.parts.locks.letGo('mail', this.lockedBy);
      this.lockedBy = null;
    }
    if (this.uncounted.length > 0) await uncountAttempts(this.parts.queue, this.uncounted);
    this.uncounted = [];
  }

  /** Gives up mails that are as old as at a last attempt. `code`: why they were not sent. */
  async giveUpOld(code: string): Promise<void> {
    const now = await this.parts.clock();
    if (now === null) return;
    for await (const payload of removeOld(this.parts.queue, now)) {
      this.parts.log.warn('mail.failed', { code, part: 'smtp' });
      const mail = this.parts.outbox.open(payload);
      if (mail !== null) this.report(mail, 'bounced');
    }
  }

  async run(payload: unknown, { job, abortSignal }: JobHelpers): Promise<void> {
    const { outbox, locks, log } = this.parts;
    if (job.locked_by !== null && job.locked_by !== this.lockedBy) locks.hold('mail', job.locked_by);
    this.lockedBy = job.locked_by;
    const mail = outbox.open(payload);
    if (mail === null) return this.unreadable(job);
    if (this.parts.composer.facts(mail) === null) return this.keepOrDrop(job, UNKNOWN_MAIL);
    if (this.sent.includes(job.id)) return;
    if (this.breaker.openedBy !== null) this.leave(job, this.breaker.openedBy);
    try {
      const composed = await this.parts.composer.compose(mail);
      if (composed !== null) await this.deliver(mail, composed, job, abortSignal);
    } catch (error) {
      const code = codeOf(error);
      if (error instanceof SmtpError && !error.permanent && (await this.breaker.isAway(error))) {
        this.leave(job, code);
      }
      const final = (error instanceof SmtpError && error.permanent) || job.attempts >= MAX_ATTEMPTS;
      if (!final) {
        if (job.attempts === 1) this.report(mail, 'delayed');
        throw new JobError(code);
      }
      log.warn('mail.failed', { code, ...(error instanceof SmtpError && { part: 'smtp' }) });
      this.report(mail, 'bounced');
    }
  }

  /** The mail waits for the server as if it had not been tried. */
  private leave(job: Job, code: string): never {
    this.uncounted.push(job);
    throw new JobError(code);
  }

  /** Sealed with another key. */
  private unreadable(job: Job): void {
    this.parts.onUnreadable?.();
    this.keepOrDrop(job, UNREADABLE);
  }

  /** A gateway that can send the mail may start: it is kept as long as any other that cannot be sent. */
  private keepOrDrop({ attempts }: Job, code: string): void {
    if (attempts < MAX_ATTEMPTS) throw new JobError(code);
    this.parts.log.error('mail.failed', { code });
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
      if (!(error instanceof SmtpError)) throw error;
      if (error.permanent) await settle();
      throw error;
    }
    this.sent = [job.id, ...this.sent.slice(0, SENT_REMEMBERED - 1)];
    this.breaker.sent();
    this.report(mail, 'sent');
    await settle();
  }

  private report(mail: QueuedMail, result: MailResult): void {
    const { composer, onResult, log } = this.parts;
    const facts = composer.facts(mail);
    try {
      composer.report(mail, result);
      if (facts !== null) onResult?.(facts, result);
    } catch (error) {
      log.error('mail.uncounted', errorFields(error));
    }
  }
}

function codeOf(error: unknown): string {
  const { error: kind = 'unknown', code = kind } = errorFields(error);
  return error instanceof SmtpError ? error.code : code;
}
