// One clock for all threads of the process.

/** Milliseconds that never go back. `performance.now` starts at 0 in each thread; this clock has one zero for all. */
export function monotonicClock(): () => number {
  const zero = Number(process.hrtime.bigint()) / 1e6 - performance.now();
  return () => performance.now() + zero;
}
