// Upstream health: whether an upstream can be reached over one transport. Responses and probes decide, never a single name.

import { CLASS_IN, TYPE } from '../wire/wire.js';
import { ExchangeError, type ExchangeFailure, type UpstreamQuestion } from './exchange.js';

/** `suspected`: an attempt has failed and nothing has come since it began. A probe decides. */
export type HealthState = 'up' | 'suspected' | 'down';

/** `. NS`: every resolver has the answer in its cache, and no party can break the root zone. */
export const PROBE: UpstreamQuestion = {
  bytes: Uint8Array.of(0, 0, TYPE.NS, 0, CLASS_IN),
  dnssecOk: false,
  checkingDisabled: false,
};

/** Enough for TCP, TLS and the query over a slow path, one round trip each. */
const PROBE_MS = 1500;
/** A datagram may be lost. */
const PROBES_UNTIL_DOWN = 2;
/** Between two probes of an upstream that is down. The time doubles after each: a short outage ends soon, a long one causes little traffic. */
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 5000;

/** Failures with which a response has come from the upstream. */
const ANSWERED: ReadonlySet<ExchangeFailure> = new Set(['malformed', 'refused']);

export interface HealthOptions {
  /** Sends `PROBE` over the transport. Rejects with ExchangeError. */
  readonly probe: (timeoutMs: number) => Promise<unknown>;
  /** Called with `down`, and with `up` after that. */
  readonly onChange: (state: HealthState) => void;
}

export class Health {
  private current: HealthState = 'up';
  /** Responses so far. */
  private messages = 0;
  private failedProbes = 0;
  private isProbing = false;
  private isClosed = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: HealthOptions) {}

  get state(): HealthState {
    return this.current;
  }

  /** A response has come from the upstream. */
  responded(): void {
    this.messages += 1;
    if (this.current === 'up') return;
    const wasDown = this.current === 'down';
    this.current = 'up';
    clearTimeout(this.timer);
    if (wasDown) this.options.onChange('up');
  }

  /** Runs an exchange over this transport, and updates the state by its outcome. */
  async observe<T>(exchange: () => Promise<T>): Promise<T> {
    const before = this.messages;
    try {
      const reply = await exchange();
      this.responded();
      return reply;
    } catch (error) {
      if (!(error instanceof ExchangeError)) throw error;
      if (ANSWERED.has(error.failure)) this.responded();
      else if (error.failure !== 'busy' && this.messages === before) this.suspect();
      throw error;
    }
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
  }

  private suspect(): void {
    if (this.current !== 'up' || this.isClosed) return;
    this.current = 'suspected';
    this.failedProbes = 0;
    void this.probe();
  }

  /** Sends a probe, unless one is in flight. */
  private async probe(): Promise<void> {
    if (this.isProbing) return;
    this.isProbing = true;
    const before = this.messages;
    const outcome = await this.outcomeOfProbe();
    this.isProbing = false;
    if (outcome === 'answered') this.responded();
    else if (outcome === 'failed' && this.messages === before) this.failedProbes += 1;
    if (this.current !== 'up' && !this.isClosed) this.continueProbing(outcome);
  }

  private async outcomeOfProbe(): Promise<'answered' | 'failed' | 'not-asked'> {
    try {
      await this.options.probe(PROBE_MS);
      return 'answered';
    } catch (error) {
      if (!(error instanceof ExchangeError)) throw error;
      if (error.failure === 'busy') return 'not-asked';
      return ANSWERED.has(error.failure) ? 'answered' : 'failed';
    }
  }

  private continueProbing(outcome: 'answered' | 'failed' | 'not-asked'): void {
    const beyond = this.failedProbes - PROBES_UNTIL_DOWN;
    if (this.current === 'suspected' && beyond >= 0) {
      this.current = 'down';
      this.options.onChange('down');
    }
    const isUrgent = this.current === 'suspected' && outcome !== 'not-asked';
    const waitMs = isUrgent ? 0 : Math.min(FIRST_RETRY_MS * 2 ** Math.max(beyond, 0), LAST_RETRY_MS);
    this.timer = setTimeout(() => void this.probe(), waitMs).unref();
  }
}
