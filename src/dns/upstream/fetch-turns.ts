// Questions that threads hand over to the main thread, since their answers have to be fetched: they take turns by their source,
// with what comes over connections.
import { type Address, userPrefix } from '../../lib/ip.js';
import type { Turns } from '../transport/turns.js';

type Answered = Buffer | null | Promise<Buffer | null>;

interface Question {
  readonly query: Uint8Array;
  readonly source: Address;
  readonly settle: (answer: Answered) => void;
}

const QUESTIONS_PER_TURN = 8;

/** Questions of one source that wait; more are dropped, as they would be from a buffer of the system that is full. */
const MAX_WAITING = 256;

export class FetchTurns {
  private readonly waiting = new Map<string, Question[]>();

  constructor(
    private readonly turns: Turns,
    private readonly answer: (query: Uint8Array, source: Address) => Answered,
  ) {}

  /** Null: no answer. */
  ask(query: Uint8Array, source: Address): Promise<Buffer | null> {
    const key = userPrefix(source).text;
    const known = this.waiting.get(key);
    if (known !== undefined && known.length >= MAX_WAITING) return Promise.resolve(null);
    const { promise, resolve } = Promise.withResolvers<Buffer | null>();
    const question = { query, source, settle: resolve };
    if (known !== undefined) known.push(question);
    else {
      const questions = [question];
      this.waiting.set(key, questions);
      this.turns.ask(key, { takeTurn: () => this.takeTurn(key, questions) });
    }
    return promise;
  }

  private takeTurn(key: string, questions: Question[]): boolean {
    for (const { query, source, settle } of questions.splice(0, QUESTIONS_PER_TURN)) {
      settle(this.answer(query, source));
    }
    if (questions.length > 0) return true;
    this.waiting.delete(key);
    return false;
  }
}
