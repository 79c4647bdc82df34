// The cache misses that UDP workers hand over to the main thread. Sources take turns, together with those of connections.
import { type Address, userPrefix } from '../../lib/ip.js';
import type { Turns } from '../policy/turns.js';

type Answered = Buffer | null | Promise<Buffer | null>;

interface Waiting<From> {
  readonly query: Uint8Array;
  readonly from: From;
  readonly settle: (answer: Answered) => void;
}

const QUERIES_PER_TURN = 8;

/** Queries of one source that may wait. More are dropped, as from a full socket buffer of the system. */
const MAX_WAITING = 256;

/** `From`: how a query has come in. */
export class ForwardQueue<From extends { readonly source: Address }> {
  private readonly waiting = new Map<string, Waiting<From>[]>();

  constructor(
    private readonly turns: Turns,
    private readonly answer: (query: Uint8Array, from: From) => Answered,
  ) {}

  /** Resolves with the response. Null: no response. */
  ask(query: Uint8Array, from: From): Promise<Buffer | null> {
    const key = userPrefix(from.source).text;
    const known = this.waiting.get(key);
    if (known !== undefined && known.length >= MAX_WAITING) return Promise.resolve(null);
    const { promise, resolve } = Promise.withResolvers<Buffer | null>();
    const last = { query, from, settle: resolve };
    if (known !== undefined) known.push(last);
    else {
      const queries = [last];
      this.waiting.set(key, queries);
      this.turns.ask(key, { takeTurn: () => this.takeTurn(key, queries) });
    }
    return promise;
  }

  private takeTurn(key: string, queries: Waiting<From>[]): boolean {
    for (const { query, from, settle } of queries.splice(0, QUERIES_PER_TURN)) {
      settle(this.answer(query, from));
    }
    if (queries.length > 0) return true;
    this.waiting.delete(key);
    return false;
  }
}
