// A circuit breaker: stops all sending of this gateway while the mail server is away, so that waiting mails keep their attempts
// and their order. A single probe asks for the server, less and less often, however many mails wait (decision 0065).
import { addAbortListener } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Dependency } from '../runtime/dependency.js';
import { SmtpError } from './smtp.js';

const FIRST_WAIT_MS = 1000;
/** After the server is back, mails leave at most this much later. */
const MAX_WAIT_MS = 30_000;

export class MailBreaker {
  private code: string | null = null;
  /** Whether the breaker opened without a probe. Then a probe cannot show that the server is back; a sent mail does. */
  private certain = false;
  private probing: Promise<string | null> | null = null;
  /** How often the breaker has waited since a mail was last sent. */
  private failures = 0;
  private opening = Promise.withResolvers<void>();

  /** `probe` rejects with SmtpError when the server cannot be used. */
  constructor(
    private readonly probe: () => Promise<void>,
    private readonly dependency: Pick<Dependency, 'lost' | 'back'>,
  ) {}

  /** The code of the error that opened the breaker; null while it is closed. */
  get openedBy(): string | null {
    return this.code;
  }

  /** Resolves when the breaker opens, or immediately while it is open. */
  opened(): Promise<void> {
    return this.opening.promise;
  }

  /**
   * Whether the server caused the error, rather than the mail; if so, opens the breaker. A broken connection may have either
   * cause, so a probe decides: one mail that the server cannot handle must not stop all others.
   */
  async isAway(error: SmtpError): Promise<boolean> {
    if (this.code !== null) return true;
    if (!error.away) return false;
    const code = error.certain ? error.code : await this.ask();
    if (code !== null) this.open(code, error);
    return code !== null;
  }

  /** To be called when a mail was sent. */
  sent(): void {
    this.failures = 0;
    this.dependency.back();
  }

  /** Resolves when a probe has reached the server, or when `signal` aborts. `onFailure` runs after each failed probe. */
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

  private open(code: string, cause: SmtpError): void {
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

  /** Runs one probe at a time, for all callers. Resolves to the code of its error, or null when it succeeded. */
  private ask(): Promise<string | null> {
    this.probing ??= this.probe()
      .then(
        () => null,
        (error: unknown) => (error instanceof SmtpError ? error.code : 'unknown'),
      )
      .finally(() => {
        this.probing = null;
      });
    return this.probing;
  }
}
