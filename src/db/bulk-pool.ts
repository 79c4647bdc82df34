// Connections for bulk work: COPY, closing days and counting take longer than the API's limits allow.
import type { Pool } from 'pg';
import { openPool } from './postgres.js';

const CONNECTIONS = 4;

/** Without a limit of time on a statement. Close it with `end`. */
export function openBulkPool(databaseUrl: string): Pool {
  return openPool({
    connectionString: databaseUrl,
    max: CONNECTIONS,
    application_name: 'cyberspacevpn-gateway',
  });
}
