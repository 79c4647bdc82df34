// Loaded into a gateway's process before it starts (`--import`): how much work of the main thread one turn of its event loop is
// made of, in the processor's time of that thread, which other processes and a slow disk cannot lengthen. Answers at the port
// LOOP_METER_PORT: `/begin`, `/end` with the longest turn since then, and `/calibrate` with what a loop takes, in microseconds.
import { createServer } from 'node:http';

/** Steps of a plain loop that a processor of some 3 GHz makes in 50 ms: the measure of everything. */
const STEPS = 40_000_000;

let measuring = false;
let longest = 0;
let begun = 0;

/** Microseconds of this thread. */
function used() {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

function turn() {
  const now = used();
  longest = Math.max(longest, now - begun);
  begun = now;
  if (measuring) setImmediate(turn);
}

/** What the loop costs here and now. */
function calibrate() {
  const before = used();
  let value = 1;
  for (let step = 0; step < STEPS; step += 1) value = Math.imul(value ^ step, 0x01000193);
  // The loop has a result, so that no compiler leaves it out.
  return value === 0.5 ? 0 : used() - before;
}

createServer(({ url }, response) => {
  if (url === '/begin') {
    measuring = true;
    longest = 0;
    // The first turn ends with the present one, whose work is the meter's own.
    setImmediate(() => {
      begun = used();
      longest = 0;
      setImmediate(turn);
      response.end();
    });
    return;
  }
  measuring = false;
  response.end(String(url === '/calibrate' ? calibrate() : longest));
})
  .listen(Number(process.env.LOOP_METER_PORT), '127.0.0.1')
  .unref();
