// An error as a person at the terminal sees it.
import { OperatorError } from '../lib/operator-error.js';
import { errorFields } from './log.js';

/**
 * One problem a line. Messages of other errors (of the database, the operating system) contain values, so these errors are shown by
 * class, code and stack.
 */
export function errorLines(error: unknown): string {
  if (error instanceof OperatorError) return error.message;
  const { error: kind, code } = errorFields(error);
  const frames = error instanceof Error ? (error.stack ?? '').split('\n').filter(isFrame).slice(0, 6) : [];
  return [`unexpected ${kind}${code === undefined ? '' : ` (${code})`}`, ...frames].join('\n');
}

function isFrame(line: string): boolean {
  return /^\s+at /.test(line);
}
