// What a person at the terminal is told of a fault.
import { OperatorError } from '../lib/operator-error.js';
import { errorFields } from './log.js';

/**
 * One fault a line. Errors from elsewhere (the database's, the system's) carry values in their messages, so they are
 * told by class, code and the places in the code that they went through.
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
