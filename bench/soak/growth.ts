// Whether memory is flat. The heap is a sawtooth, in which a line through all points depends on where the last collection
// fell; medians of long stretches do not.

/** A process takes what it needs for its work in the beginning: so much of a soak is left out. */
const WARM_UP_SHARE = 0.1;

/** By how much the median of the last third is above that of the first, after the warm-up: 0.1 is ten percent. */
export function growth(samples: readonly number[]): number {
  const warm = samples.slice(Math.ceil(samples.length * WARM_UP_SHARE));
  const third = Math.floor(warm.length / 3);
  return median(warm.slice(-third)) / median(warm.slice(0, third)) - 1;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
