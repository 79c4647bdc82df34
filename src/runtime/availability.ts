// Distinguishes a store that is away, or a gateway that is too busy, from a defect of this program.
import { errorCodeOf } from './error-code.js';

/** A store answers, but not with what it should hold. It may be ready later. */
export class StoreNotReady extends Error {}

/** More work of one kind is waiting than the gateway takes on. */
export class Overloaded extends Error {
  override readonly name = 'Overloaded';
}

/**
 * Codes of a store, or of the network before it, that cannot serve anything at the moment. SQLSTATEs are from appendix A of the
 * PostgreSQL manual, those of Redis from its source (server.c, createSharedObjects).
 */
const AWAY: ReadonlySet<string> = new Set([
  // Of the operating system (errno(3), getaddrinfo(3)).
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'EHOSTDOWN'],
  ...[
    'ENETUNREACH',
    'ENETDOWN',
    'ENETRESET',
    'EADDRNOTAVAIL',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EAI_FAIL',
    'EMFILE',
  ],
  // What pg and ioredis report without a code (error-code.ts).
  ...['CONNECTION_LOST', 'NOT_CONNECTED'],
  // Class 08, connection exception, but for 08P01, a protocol violation: it would come again.
  ...['08000', '08001', '08003', '08004', '08006', '08007'],
  // A role, a password or a database that is being changed.
  ...['28000', '28P01', '3D000'],
  // Class 53, insufficient resources: 53100 is a full disk, 53300 too many connections.
  ...['53000', '53100', '53200', '53300', '53400'],
  // Class 57, operator intervention: shutdown, crash, starting up, session too long idle. 57P04 is left out: the database was dropped.
  ...['57P01', '57P02', '57P03', '57P05'],
  // A standby, or a primary before a switchover.
  '25006',
  // Redis: starting, a replica, without its replicas, its disk or its memory; a script that runs for too long; a password that
  // is being changed.
  ...['LOADING', 'READONLY', 'MASTERDOWN', 'NOREPLICAS', 'MISCONF', 'OOM', 'BUSY', 'NOAUTH', 'WRONGPASS'],
  ...['CLUSTERDOWN', 'TRYAGAIN', 'UNBLOCKED'],
]);

/** SQLSTATEs of a single statement that conflicted with others, while the store serves everybody else. */
const CONFLICTS: ReadonlySet<string> = new Set([
  // Class 40: a serialization failure, a deadlock.
  ...['40001', '40P01'],
  // A lock was not released in time.
  '55P03',
  // The statement took longer than `statement_timeout`, or an operator has cancelled it.
  '57014',
]);

/** Whether a store that the work needs cannot be used at the moment. */
export function isAway(error: unknown): boolean {
  return error instanceof StoreNotReady || AWAY.has(errorCodeOf(error) ?? '');
}

/** Whether the same request may succeed later. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof Overloaded || isAway(error) || CONFLICTS.has(errorCodeOf(error) ?? '');
}
