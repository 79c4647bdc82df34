// What a person at the terminal is told of a fault: the clear lines of our own faults; of others, class and code.
import { CatalogueError } from '../catalogue/catalogue.js';
import { SettingsError } from '../config/settings.js';
import { StartError } from '../embedded/process.js';
import { errorFields } from '../operations/log.js';
import { StoreFault } from './store-fault.js';

const CLEAR = [SettingsError, CatalogueError, StartError, StoreFault];

/**
 * One fault a line. Errors from elsewhere (the database's, the system's) carry values in their messages, so they are
 * told by class, code and the places in the code that they went through.
 */
export function faultLines(error: unknown): string {
  if (CLEAR.some((kind) => error instanceof kind)) return (error as Error).message;
  const { error: kind, code } = errorFields(error);
  const frames = error instanceof Error ? (error.stack ?? '').split('\n').filter(isFrame).slice(0, 6) : [];
  return [`unexpected ${kind}${code === undefined ? '' : ` (${code})`}`, ...frames].join('\n');
}

function isFrame(line: string): boolean {
  return /^\s+at /.test(line);
}
