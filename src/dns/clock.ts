// One clock for all threads of the process.

/** Milliseconds that never go back. `performance.now` has a zero of its own in each thread; this has one for all. */
export function monotonicClock(): () => number {
  const zero = Number(process.hrtime.bigint()) / 1e6 - performance.now();
  return () => performance.now() + zero;
}
