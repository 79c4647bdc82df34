// Whether an upstream can be reached over one transport: judged by what comes from it and by probes, never by one name.

import { CLASS_IN, TYPE } from '../wire/wire.js';
import { ExchangeError, type ExchangeFault, type UpstreamQuestion } from './exchange.js';

/** `suspected`: nothing has come since an attempt began that has failed, and a probe decides. */
export type HealthState = 'up' | 'suspected' | 'down';

/** `. NS`: every resolver has the answer at hand, and nobody can break the zone that it stands in. */
export const PROBE: UpstreamQuestion = {
  bytes: Uint8Array.of(0, 0, TYPE.NS, 0, CLASS_IN),
  dnssecOk: false,
  checkingDisabled: false,
};

/** Enough for TCP, TLS and the question over a slow path, one round trip each. */
const PROBE_MS = 1500;
/** A datagram may be lost. */
const PROBES_UNTIL_DOWN = 2;
/** Between two probes of an upstream that is down; doubled after each, so that it is found quickly and bothered little. */
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 5000;

/** Faults with which something has come from the upstream. */
const ANSWERED: ReadonlySet<ExchangeFault> = new Set(['malformed', 'refused']);

export interface HealthOptions {
  /** Asks `PROBE` over the transport; throws ExchangeError. */
  readonly probe: (timeoutMs: number) => Promise<unknown>;
  /** Down, and up again. */
  readonly onChange: (state: HealthState) => void;
}

export class Health {
  private current: HealthState = 'up';
  /** What has come so far. */
  private messages = 0;
  private failedProbes = 0;
  private isProbing = false;
  private isClosed = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: HealthOptions) {}

  get state(): HealthState {
    return this.current;
  }

  /** Something has come from the upstream. */
  heard(): void {
    this.messages += 1;
    if (this.current === 'up') return;
    const wasDown = this.current === 'down';
    this.current = 'up';
    clearTimeout(this.timer);
    if (wasDown) this.options.onChange('up');
  }

  /** Does the exchange over this transport, and draws the conclusion from it. */
  async judge<T>(exchange: () => Promise<T>): Promise<T> {
    const before = this.messages;
    try {
      const reply = await exchange();
      this.heard();
      return reply;
    } catch (error) {
      if (!(error instanceof ExchangeError)) throw error;
      if (ANSWERED.has(error.fault)) this.heard();
      else if (error.fault !== 'busy' && this.messages === before) this.suspect();
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

  /** One at a time. */
  private async probe(): Promise<void> {
    if (this.isProbing) return;
    this.isProbing = true;
    const before = this.messages;
    const outcome = await this.outcomeOfProbe();
    this.isProbing = false;
    if (outcome === 'answered') this.heard();
    else if (outcome === 'failed' && this.messages === before) this.failedProbes += 1;
    if (this.current !== 'up' && !this.isClosed) this.continueProbing(outcome);
  }

  private async outcomeOfProbe(): Promise<'answered' | 'failed' | 'not-asked'> {
    try {
      await this.options.probe(PROBE_MS);
      return 'answered';
    } catch (error) {
      if (!(error instanceof ExchangeError)) throw error;
      if (error.fault === 'busy') return 'not-asked';
      return ANSWERED.has(error.fault) ? 'answered' : 'failed';
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
