// Connections of clients never use up the files that the process may open: what they would take from the stores and from the
// metrics port would be missing without a word, since the system's own refusal comes before any code of ours.
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:net';
import { type Day, today } from '../lib/calendar.js';
import type { Logger } from '../runtime/log.js';

/** For connections to stores, the metrics port, files and pipes; of a small limit, half. */
const RESERVED = 200;

/** Connections beyond the limit are closed at once, and that is logged once a day at most. */
export function limitConnections(server: Server, openFiles: number, log: Logger): void {
  server.maxConnections = openFiles - Math.min(RESERVED, Math.floor(openFiles / 2));
  let logged: Day | null = null;
  server.on('drop', () => {
    if (logged === today()) return;
    logged = today();
    log.warn('connections.exhausted', { part: 'http', count: server.maxConnections });
  });
}

/** How many files this process may open; Infinity where the system does not say. Node has raised the limit as far as it may. */
export async function openFilesLimit(): Promise<number> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const [, limit] = /^Max open files\s+(\d+)/m.exec(limits) ?? [];
  return limit === undefined ? Number.POSITIVE_INFINITY : Number(limit);
}
