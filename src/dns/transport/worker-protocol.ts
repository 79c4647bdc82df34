// What the main thread and a UDP worker exchange: a few shared words, and messages.
import type { MessagePort } from 'node:worker_threads';
import type { AllowlistUpdate, SharedAllowlist } from '../../allowlist/replica.js';
import type { Catalogue } from '../../catalogue/catalogue.js';
import type { DatagramSocket } from './shared-port-sockets.js';
import type { DatagramPath } from './single-datagrams.js';
import type { Arrival } from './transports.js';

/** Indexes of the words that both threads read and write without a message. */
export const CONTROL_WORD = {
  /** Number of messages that the main thread has sent. The worker compares it before each batch. */
  UPDATES: 0,
  /** Not 0: the worker has to end. */
  STOP: 1,
  /** Cache misses of the worker that wait for their response. */
  PENDING: 2,
  /** Datagrams that the system has not sent or received. */
  SOCKET_ERRORS: 3,
} as const;
export const CONTROL_BYTES = 4 * Object.keys(CONTROL_WORD).length;

/** What a worker starts with: its own part, and what all workers share. */
export type WorkerSetup<Shared> = Shared & {
  readonly port: MessagePort;
  readonly socket: DatagramSocket;
  readonly catalogue: Catalogue;
  readonly allowlist: SharedAllowlist;
  /** The memory of the worker's Tally. */
  readonly tally: SharedArrayBuffer;
  /** The words of CONTROL_WORD. */
  readonly control: SharedArrayBuffer;
};

export type ToWorker =
  | { readonly kind: 'allowlist'; readonly update: AllowlistUpdate }
  | { readonly kind: 'catalogue'; readonly catalogue: Catalogue };

/** A query that the worker cannot answer from memory, and where its response goes. */
export interface CacheMiss {
  readonly kind: 'miss';
  readonly query: Uint8Array;
  readonly arrival: Arrival;
  readonly path: DatagramPath;
}

export type FromWorker = CacheMiss | { readonly kind: 'prefetch'; readonly query: Uint8Array };
