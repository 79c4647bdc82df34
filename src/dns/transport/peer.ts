// The client of a connection: how its queries are answered, whether it is allowed, and its part of what all clients share.
import type { Address } from '../../lib/ip.js';
import type { ConnectionSlot } from '../policy/connection-limit.js';
import type { Turns, TurnTaker } from '../policy/turns.js';
import type { FloodWatch, Watched } from './flood-watch.js';
import type { LiveClient, LiveCounts } from './live-page.js';
import type { Arrival } from './transports.js';

/** The pages of live counts of all connections. */
export interface LivePages {
  /** As in LiveClient. */
  readonly host: () => string | null;
  readonly watch: (source: Address, isAllowed: boolean) => LiveCounts | null;
}

export interface PeerOptions {
  readonly isAllowed: (source: Address) => boolean;
  /** Null: no response. */
  readonly answer: (query: Buffer, arrival: Arrival) => Buffer | null | Promise<Buffer | null>;
  /** The page of live counts. */
  readonly live: LivePages;
  readonly turns: Turns;
  readonly floods: FloodWatch;
  /** Milliseconds in which an unlisted client has to send its first query. */
  readonly unlistedIdleMs: number;
}

/**
 * Queries of an unlisted client on one connection: enough for a stub resolver that asks for A and AAAA at once, as glibc
 * does.
 */
export const UNLISTED_QUERIES = 4;

export class Peer implements LiveClient {
  constructor(
    /** Of every query on the connection. */
    private readonly arrival: Arrival,
    private readonly slot: ConnectionSlot,
    private readonly options: PeerOptions,
  ) {}

  /** The same client, which reaches the node by this name. */
  named(serverName: string | null): Peer {
    return new Peer({ ...this.arrival, serverName }, this.slot, this.options);
  }

  /** Checked for each query: a client can be allowed or removed while it is connected. */
  get isUnlisted(): boolean {
    return !this.options.isAllowed(this.arrival.source);
  }

  answer(query: Buffer): Buffer | null | Promise<Buffer | null> {
    return this.options.answer(query, this.arrival);
  }

  liveHost(): string | null {
    return this.options.live.host();
  }

  watchCounts(): LiveCounts | null {
    return this.options.live.watch(this.arrival.source, !this.isUnlisted);
  }

  /** Milliseconds in which the first query has to come. `idleMs`: for an allowed client. */
  firstQueryMs(idleMs: number): number {
    return this.isUnlisted ? Math.min(this.options.unlistedIdleMs, idleMs) : idleMs;
  }

  /** Asks for a turn of the client's source (see Turns). */
  askTurn(taker: TurnTaker, weight?: number): void {
    this.options.turns.ask(this.slot.source, taker, weight);
  }

  /** Watches a connection for floods until the returned function is called. */
  watch(connection: Watched): () => void {
    const { floods } = this.options;
    floods.begin(connection);
    return () => floods.end(connection);
  }

  /** The client has flooded its connection: its source is rejected for some seconds. */
  shun(): void {
    this.slot.shun();
  }

  /** The connection has been used: idle ones of the same source are evicted before it. */
  touch(): void {
    this.slot.touch();
  }
}
