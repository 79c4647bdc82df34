// Counts what an account or a source does in an hour, in memory alone.
import type { Clock } from '../../lib/calendar.js';
import { HOUR_MS } from '../../lib/durations.js';
import { SubjectMemory } from './subject-memory.js';

/** Of each gateway by itself. */
export class HourlyLimit {
  private readonly counts: SubjectMemory<{ times: number }>;

  /** `most`: times in an hour. */
  constructor(
    private readonly most: number,
    clock: Clock,
  ) {
    this.counts = new SubjectMemory(HOUR_MS, clock);
  }

  /** Counts one more time, before the work is done. False: there were too many. `subject`: an account, or a source. */
  allows(subject: string): boolean {
    const { value } = this.counts.find(subject, () => ({ times: 0 }));
    value.times += 1;
    return value.times <= this.most;
  }
}
