// Whom a connection is held with: what its questions are answered with, and its share of what all sources use.
import type { Address } from '../../lib/ip.js';
import type { Place } from '../policy/admission.js';
import type { Transport } from '../tally.js';
import type { FloodWatch, Watched } from './flood-watch.js';
import type { Speaker, Turns } from './turns.js';

export interface PeerOptions {
  readonly isListed: (source: Address) => boolean;
  /** Null: no answer. */
  readonly answer: (
    query: Buffer,
    source: Address,
    transport: Transport,
  ) => Buffer | null | Promise<Buffer | null>;
  readonly turns: Turns;
  readonly floods: FloodWatch;
  /** Milliseconds that a source that is not listed has for its first question. */
  readonly strangerIdleMs: number;
}

/**
 * What a source that is not listed may ask on one connection: enough for a stub that asks for A and AAAA at once, as glibc
 * does, and no reason to stay.
 */
export const STRANGER_QUESTIONS = 4;

export class Peer {
  constructor(
    private readonly source: Address,
    private readonly place: Place,
    private readonly transport: Transport,
    private readonly options: PeerOptions,
  ) {}

  /** Asked for each answer: a source can be listed, or removed, while it is connected. */
  get isStranger(): boolean {
    return !this.options.isListed(this.source);
  }

  answer(query: Buffer): Buffer | null | Promise<Buffer | null> {
    return this.options.answer(query, this.source, this.transport);
  }

  /** `idleMs`: for a source that is listed. */
  firstQueryMs(idleMs: number): number {
    return this.isStranger ? Math.min(this.options.strangerIdleMs, idleMs) : idleMs;
  }

  askTurn(speaker: Speaker, weight?: number): void {
    this.options.turns.ask(this.place.source, speaker, weight);
  }

  /** Until the returned function is called. */
  watch(connection: Watched): () => void {
    const { floods } = this.options;
    floods.begin(connection);
    return () => floods.end(connection);
  }

  /** The source has sent what nobody asks for. */
  shun(): void {
    this.place.shun();
  }

  /** The connection is in use. */
  touch(): void {
    this.place.touch();
  }
}
