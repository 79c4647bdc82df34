// Stops all sending of this gateway while the mail server is away, so that the mails that wait keep their tries and their turn.
// One probe asks for the server, less and less often, however many mails wait (decision 0065).
import { addAbortListener } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Dependency } from '../runtime/dependency.js';
import { MailFault } from './smtp.js';

const FIRST_WAIT_MS = 1000;
/** A link that somebody waits for leaves at most so long after the server is back. */
const MAX_WAIT_MS = 30_000;

export class MailBreaker {
  private code: string | null = null;
  /** Whether no probe had to decide: then only a mail that is sent shows that the server is back. */
  private certain = false;
  private probing: Promise<string | null> | null = null;
  /** Failed probes, and pauses that ended too early, since a mail was last sent. */
  private failures = 0;
  private opening = Promise.withResolvers<void>();

  /** `probe` rejects with MailFault when the server cannot be used. */
  constructor(
    private readonly probe: () => Promise<void>,
    private readonly dependency: Pick<Dependency, 'lost' | 'back'>,
  ) {}

  /** Why the server cannot be used; null while it can, or nobody knows better. */
  get openedBy(): string | null {
    return this.code;
  }

  /** Resolves when the breaker opens; at once while it is open. */
  opened(): Promise<void> {
    return this.opening.promise;
  }

  /**
   * Whether it was the server's fault and not the mail's, which opens the breaker. A connection that broke may be either:
   * a single mail that the server cannot bear must not stop all others.
   */
  async isAway(fault: MailFault): Promise<boolean> {
    if (this.code !== null) return true;
    if (!fault.away) return false;
    const code = fault.certain ? fault.code : await this.ask();
    if (code !== null) this.open(code, fault);
    return code !== null;
  }

  /** A mail was sent. */
  sent(): void {
    this.failures = 0;
    this.dependency.back();
  }

  /** Resolves when a probe has reached the server, or with `signal`. `onFailure` runs after each probe that has not. */
  async closed(signal: AbortSignal, onFailure: (code: string) => Promise<void>): Promise<void> {
    while (this.code !== null && !signal.aborted) {
      const wait = Math.min(FIRST_WAIT_MS * 2 ** this.failures, MAX_WAIT_MS);
      this.failures += 1;
      await delay(wait, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      const code = await this.askUntil(signal);
      if (signal.aborted) return;
      if (code === null) this.close();
      else await onFailure(code);
    }
  }

  private open(code: string, cause: MailFault): void {
    if (this.code !== null) return;
    this.code = code;
    this.certain = cause.certain;
    this.dependency.lost(cause);
    this.opening.resolve();
  }

  private close(): void {
    this.code = null;
    if (!this.certain) this.dependency.back();
    this.opening = Promise.withResolvers();
  }

  private async askUntil(signal: AbortSignal): Promise<string | null> {
    const { promise, resolve } = Promise.withResolvers<string | null>();
    const listener = addAbortListener(signal, () => resolve(this.code));
    try {
      return await Promise.race([this.ask(), promise]);
    } finally {
      listener[Symbol.dispose]();
    }
  }

  /** One probe at a time, for all that ask. Resolves to the code of its failure, or null. */
  private ask(): Promise<string | null> {
    this.probing ??= this.probe()
      .then(
        () => null,
        (error: unknown) => (error instanceof MailFault ? error.code : 'unknown'),
      )
      .finally(() => {
        this.probing = null;
      });
    return this.probing;
  }
}
