// Limits the connections of clients, so that they never use up the files that the process may open. Without file descriptors the
// stores and the metrics port would fail, and the system would refuse connections before any code could log it.
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:net';
import { type Day, today } from '../lib/calendar.js';
import type { Logger } from '../runtime/log.js';

/** Files for the stores, the metrics port and pipes. Of a small limit, half is reserved. */
const RESERVED = 200;

/**
 * Connections beyond the limit are closed at once. The first of each day is logged. `listeners`: on how many addresses the server
 * listens. Each has an equal part, because Node counts the connections of each by itself.
 */
export function limitConnections(
  server: Server,
  {
    openFiles,
    listeners,
    log,
  }: { readonly openFiles: number; readonly listeners: number; readonly log: Logger },
): void {
  const ofClients = openFiles - Math.min(RESERVED, Math.floor(openFiles / 2));
  server.maxConnections = Math.floor(ofClients / listeners);
  let logged: Day | null = null;
  server.on('drop', () => {
    if (logged === today()) return;
    logged = today();
    log.warn('connections.exhausted', { part: 'http', count: server.maxConnections });
  });
}

/** How many files this process may open, or Infinity where the system does not state it. Node has raised the limit to its maximum. */
export async function openFilesLimit(): Promise<number> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const [, limit] = /^Max open files\s+(\d+)/m.exec(limits) ?? [];
  return limit === undefined ? Number.POSITIVE_INFINITY : Number(limit);
}
