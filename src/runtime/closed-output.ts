// Nothing bypasses the closed log: what packages print, and warnings of Node.js, may contain anything.
import { errorFields, type Logger } from './log.js';
import { oneLinePerOutage } from './one-line-per-outage.js';

const METHODS = [
  ...(['log', 'info', 'debug', 'warn', 'error', 'trace', 'dir', 'dirxml', 'table', 'assert'] as const),
  ...(['group', 'groupCollapsed', 'count', 'timeEnd', 'timeLog'] as const),
];

/** From now on the log has `message.withheld` instead, with the class and the code of the error, if there is one. */
export function closeOutput(log: Logger): void {
  const limited = oneLinePerOutage(log);
  for (const method of METHODS) {
    console[method] = (...values: unknown[]) => {
      const error = values.find((value) => value instanceof Error);
      limited.warn('message.withheld', { part: 'console', ...(error !== undefined && errorFields(error)) });
    };
  }
  // The listener of Node.js prints them.
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    const { code } = errorFields(warning);
    const kind = /^[A-Za-z]{1,40}$/.test(warning.name) ? warning.name : 'Warning';
    limited.warn('message.withheld', { part: 'warning', error: kind, ...(code !== undefined && { code }) });
  });
}
