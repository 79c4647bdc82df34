// Quantiles of measured times.

export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** By the nearest rank, to a thousandth of the unit. */
export function quantiles(samples: readonly number[]): Quantiles {
  const sorted = [...samples].sort((a, b) => a - b);
  const rank = (share: number) =>
    Math.round((sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0) * 1000) / 1000;
  return { p50: rank(0.5), p99: rank(0.99), max: rank(1) };
}
