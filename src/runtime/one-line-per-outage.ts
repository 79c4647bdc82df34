// A logger that states once that requests fail, and then how often. During an outage every request fails with the same line.
import type { LogEvent, LogFields, Logger } from './log.js';

/** Events that any request can cause. */
const LIMITED: ReadonlySet<LogEvent> = new Set(['request.failed', 'acceptance.failed', 'message.withheld']);

const EVERY_MS = 60_000;

/**
 * The first line of a kind is written at once. Later ones are counted, and each minute one line has their number in `count`, until a
 * minute without any. A kind is an event with the class and code of its error; at the level `error` also with the field.
 */
export function oneLinePerOutage(log: Logger): Logger {
  const counts = new Map<string, number>();

  function limited(level: 'info' | 'warn' | 'error', event: LogEvent, fields: LogFields = {}): void {
    if (!LIMITED.has(event)) {
      log[level](event, fields);
      return;
    }
    const { error, code, field } = fields;
    const kind = JSON.stringify([level, event, error, code, level === 'error' ? field : undefined]);
    const count = counts.get(kind);
    if (count !== undefined) {
      counts.set(kind, count + 1);
      return;
    }
    log[level](event, fields);
    watch(kind, () => {
      log[level](event, { ...fields, count: counts.get(kind)! });
    });
  }

  function watch(kind: string, write: () => void): void {
    counts.set(kind, 0);
    setTimeout(() => {
      if (counts.get(kind) === 0) {
        counts.delete(kind);
        return;
      }
      write();
      watch(kind, write);
    }, EVERY_MS).unref();
  }

  return {
    info: (event, fields) => limited('info', event, fields),
    warn: (event, fields) => limited('warn', event, fields),
    error: (event, fields) => limited('error', event, fields),
  };
}
