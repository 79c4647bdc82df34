// The progress of a long command, on stderr.
import { SingleBar } from 'cli-progress';
import { note } from './output.js';

export interface Progress {
  update(done: number): void;
  stop(): void;
}

/** A bar on a terminal; elsewhere a line for each `perLine`. */
export function showProgress(total: number, perLine: number): Progress {
  if (process.stderr.isTTY) {
    const bar = new SingleBar({ stream: process.stderr, format: '{bar} {value}/{total}', hideCursor: true });
    bar.start(total, 0);
    return { update: (done) => bar.update(done), stop: () => bar.stop() };
  }
  return {
    update: (done) => {
      if (done % perLine === 0) note(`${done} of ${total}`);
    },
    stop: () => {},
  };
}
