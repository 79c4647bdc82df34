// The cache misses that UDP workers hand over to the main thread. Sources take turns, together with those of connections.
import { type Address, userPrefix } from '../../lib/ip.js';
import type { Turns } from '../policy/turns.js';

type Answered = Buffer | null | Promise<Buffer | null>;

interface Waiting {
  readonly query: Uint8Array;
  readonly source: Address;
  readonly settle: (answer: Answered) => void;
}

const QUERIES_PER_TURN = 8;

/** Queries of one source that may wait. More are dropped, as from a full socket buffer of the system. */
const MAX_WAITING = 256;

export class ForwardQueue {
  private readonly waiting = new Map<string, Waiting[]>();

  constructor(
    private readonly turns: Turns,
    private readonly answer: (query: Uint8Array, source: Address) => Answered,
  ) {}

  /** Resolves with the response. Null: no response. */
  ask(query: Uint8Array, source: Address): Promise<Buffer | null> {
    const key = userPrefix(source).text;
    const known = this.waiting.get(key);
    if (known !== undefined && known.length >= MAX_WAITING) return Promise.resolve(null);
    const { promise, resolve } = Promise.withResolvers<Buffer | null>();
    const last = { query, source, settle: resolve };
    if (known !== undefined) known.push(last);
    else {
      const queries = [last];
      this.waiting.set(key, queries);
      this.turns.ask(key, { takeTurn: () => this.takeTurn(key, queries) });
    }
    return promise;
  }

  private takeTurn(key: string, queries: Waiting[]): boolean {
    for (const { query, source, settle } of queries.splice(0, QUERIES_PER_TURN)) {
      settle(this.answer(query, source));
    }
    if (queries.length > 0) return true;
    this.waiting.delete(key);
    return false;
  }
}
