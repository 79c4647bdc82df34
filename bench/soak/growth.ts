// Whether memory is flat. The heap is a sawtooth of minutes, in which medians and a line through all points depend on where
// the last collection fell; what is held shows at its lows. The resident set moves in steps, for which medians are fair.

/** A process takes what it needs for its work in the beginning: so much of a soak is left out. */
const WARM_UP_SHARE = 0.1;

/**
 * By how much a quantile of the last third is above that of the first, after the warm-up: 0.1 is ten percent.
 * `share`: 0.5 for medians, 0.1 for lows.
 */
export function growth(samples: readonly number[], share: number): number {
  const warm = samples.slice(Math.ceil(samples.length * WARM_UP_SHARE));
  const third = Math.floor(warm.length / 3);
  return quantile(warm.slice(-third), share) / quantile(warm.slice(0, third), share) - 1;
}

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN;
}
