// Sends what waits in the outbox: each mail at least once, again and again for a day when the server cannot take it, and
// then no more. When a mail is settled nothing of it is left in the queue, and meanwhile the queue knows only a code.
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
import { MailFault, type SmtpClient } from './smtp.js';
import { giveTriesBack, removeOld } from './waiting-mails.js';

/** Mails that are sent at the same time; db/database.ts has the connections for them. */
const CONCURRENCY = 4;
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

/** The queue's code for a mail that this gateway does not know, such as one of another version. */
export const UNKNOWN_MAIL = 'UNKNOWN_MAIL';

export type MailObserver = (mail: MailFacts, result: MailResult) => void;

export interface MailWorker {
  /** Takes no new mail, and waits a little for those that are being sent. */
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
  /** Called at each try at a mail that the keyring does not open. */
  readonly onUnreadable?: () => void;
  /** Reports whether the mail server can be used. */
  readonly dependency: Pick<Dependency, 'lost' | 'back'>;
  /** What a mail's age is counted by while the mail server is away. */
  readonly clock: TrustedClock;
  readonly log: Logger;
  /** Milliseconds between looks for mails whose gateway has died; a minute when absent. */
  readonly lookEveryMs?: number;
}

/** Any number of gateways may run one: each mail is one's at a time. */
export function startMailWorker(parts: MailWorkerParts): MailWorker {
  const pool = parts.queue;
  const breaker = new MailBreaker(() => parts.smtp.probe(), parts.dependency);
  const delivery = new Delivery(parts, breaker, pool);
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

  /**
   * The library stops by itself when it cannot write to the queue, as when Postgres is away. It is stopped here while the mail
   * server is away: no mail is taken from the queue then, and none is written to.
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
        // Tried again below; the health check tells that Postgres is away.
      }
      await delay(RESTART_MS, undefined, { signal: stopping.signal }).catch(() => {});
    }
  }

  const running = keepRunning();
  const abandoned = new AbandonedMails(pool, parts.locks);
  const looking = startJob(() => abandoned.giveBack(), {
    everyMs: parts.lookEveryMs ?? LOOK_MS,
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

/** A job failed; the queue keeps `message`, which is a code. */
class JobFault extends Error {
  override readonly name = 'JobFault';
}

class Delivery {
  /** Under which name the library has locked jobs here. */
  private lockedBy: string | null = null;
  /** Jobs whose last try does not count. */
  private uncounted: Job[] = [];
  /** Jobs whose mails were sent here lately: one whose end could not be written comes again, and its mail must not. */
  private sent: string[] = [];

  constructor(
    private readonly parts: MailWorkerParts,
    private readonly breaker: MailBreaker,
    private readonly pool: Pool,
  ) {}

  /** Jobs that an earlier run could not give back would wait four hours for another try. */
  async giveBack(): Promise<void> {
    if (this.lockedBy !== null) {
      await unlockWorkers(this.pool, [this.lockedBy]);
      await this.parts.locks.letGo('mail', this.lockedBy);
      this.lockedBy = null;
    }
    if (this.uncounted.length > 0) await giveTriesBack(this.pool, this.uncounted);
    this.uncounted = [];
  }

  /** Mails whose age is that of the last try. `code`: why they were not sent. */
  async giveUpOld(code: string): Promise<void> {
    const now = await this.parts.clock();
    if (now === null) return;
    for await (const payload of removeOld(this.pool, now)) {
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
      if (error instanceof MailFault && !error.permanent && (await this.breaker.isAway(error))) {
        this.leave(job, code);
      }
      const final = (error instanceof MailFault && error.permanent) || job.attempts >= MAX_ATTEMPTS;
      if (!final) {
        if (job.attempts === 1) this.report(mail, 'delayed');
        throw new JobFault(code);
      }
      log.warn('mail.failed', { code, ...(error instanceof MailFault && { part: 'smtp' }) });
      this.report(mail, 'bounced');
    }
  }

  /** The mail waits for the server, as if it had not been tried. */
  private leave(job: Job, code: string): never {
    this.uncounted.push(job);
    throw new JobFault(code);
  }

  /** Sealed with another key. */
  private unreadable(job: Job): void {
    this.parts.onUnreadable?.();
    this.keepOrDrop(job, UNREADABLE);
  }

  /** A gateway that can send the mail may start: it is kept as long as any other that cannot be sent. */
  private keepOrDrop({ attempts }: Job, code: string): void {
    if (attempts < MAX_ATTEMPTS) throw new JobFault(code);
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
      if (!(error instanceof MailFault)) throw error;
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
  return error instanceof MailFault ? error.code : code;
}
