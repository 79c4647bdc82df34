// What became of requests or questions: how many, how many failed and how, and for how long somebody was without an answer.

export interface Counted {
  readonly all: number;
  /** How often what went wrong. */
  readonly failures: Readonly<Record<string, number>>;
  readonly failed: number;
  /** From the first request that failed, or waited for long, to the last answer of such a one. */
  readonly awaySeconds: number;
  /** The longest wait for an answer, right or wrong. */
  readonly longestSeconds: number;
}

/** Who waits for longer takes the product for away. */
const LONG_MS = 2000;

export class Tally {
  private all = 0;
  private failures = new Map<string, number>();
  private firstAway: number | null = null;
  private lastAway = 0;
  private longest = 0;

  /** `failure`: null when the answer was right. `sent`: on the clock of `performance`. */
  count(failure: string | null, sent: number): void {
    const now = performance.now();
    this.all += 1;
    this.longest = Math.max(this.longest, now - sent);
    if (failure !== null) this.failures.set(failure, (this.failures.get(failure) ?? 0) + 1);
    if (failure === null && now - sent < LONG_MS) return;
    this.firstAway = Math.min(this.firstAway ?? sent, sent);
    this.lastAway = now;
  }

  /** Counts so far, and begins again. */
  take(): Counted {
    const { all, failures, firstAway, lastAway, longest } = this;
    this.all = 0;
    this.failures = new Map();
    this.firstAway = null;
    this.longest = 0;
    return {
      all,
      failures: Object.fromEntries(failures),
      failed: [...failures.values()].reduce((sum, count) => sum + count, 0),
      awaySeconds: firstAway === null ? 0 : tenths((lastAway - firstAway) / 1000),
      longestSeconds: tenths(longest / 1000),
    };
  }
}

function tenths(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}
