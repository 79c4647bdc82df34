// Those who watch their networks during a soak, over WebSocket and over server-sent events in turn, from its beginning to the
// gateway's stop. An earlier end counts as a failure, and so does a change that one does not receive.
import { setTimeout as delay } from 'node:timers/promises';
import { createClient as createStreamClient } from 'graphql-sse';
import { createClient as createSocketClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { Person } from './people.js';
import type { SoakProduct } from './product.js';

const WATCHED = 'subscription { networksChanged { id } }';

/** A state that could not be read is read again, and Postgres may be away for seconds. */
const MUST_BE_TOLD_MS = 20_000;
const BEGIN_MS = 100;

/** A subscriber did not receive a change. */
export class NotReceived extends Error {}

interface Result {
  readonly data?: { readonly networksChanged: readonly unknown[] } | null;
  readonly errors?: unknown;
}

type Begin = (sink: { next(result: Result): void; error(error: unknown): void; complete(): void }) => void;

export class Watchers {
  private readonly watches = new Map<Person, Watch>();

  /** Resolves when the gateway listens for all of them. `fail` is called with what goes wrong. */
  static async open(
    product: SoakProduct,
    people: readonly Person[],
    fail: (what: string) => void,
  ): Promise<Watchers> {
    const watchers = new Watchers();
    for (const [index, person] of people.entries()) {
      const begin = index % 2 === 0 ? overSocket(product.port, person) : overStream(product.port, person);
      watchers.watches.set(person, new Watch(begin, fail));
    }
    while ((await product.subscriptions()) < people.length) await delay(BEGIN_MS);
    return watchers;
  }

  /** How many results there were. */
  get results(): number {
    return [...this.watches.values()].reduce((sum, { results }) => sum + results, 0);
  }

  /** Resolves when the person's last update has so many networks, if they subscribe. Rejects with NotReceived. */
  async received(person: Person, networks: number): Promise<void> {
    await this.watches.get(person)?.received(networks);
  }

  /** From now on the gateway may end them, and nothing else. Resolves when it has. */
  async end(): Promise<void> {
    await Promise.all([...this.watches.values()].map((watch) => watch.end()));
  }
}

class Watch {
  results = 0;
  private latest: number | null = null;
  private mayEnd = false;
  private readonly over = Promise.withResolvers<void>();
  private update = Promise.withResolvers<void>();

  constructor(begin: Begin, fail: (what: string) => void) {
    const end = (how: string) => {
      if (!this.mayEnd) fail(`watching ${how}`);
      this.mayEnd = true;
      this.update.resolve();
      this.over.resolve();
    };
    begin({
      next: ({ data, errors }) => {
        if (errors !== undefined || data == null) return fail('watching errors');
        this.results += 1;
        this.latest = data.networksChanged.length;
        this.update.resolve();
        this.update = Promise.withResolvers();
      },
      error: (error) => end(`ended by ${(error as { code?: unknown }).code ?? 'an error'}`),
      complete: () => end('completed'),
    });
  }

  async received(networks: number): Promise<void> {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.update.resolve();
    }, MUST_BE_TOLD_MS);
    while (this.latest !== networks && !isLate && !this.mayEnd) await this.update.promise;
    clearTimeout(timer);
    if (isLate) throw new NotReceived();
  }

  end(): Promise<void> {
    this.mayEnd = true;
    this.update.resolve();
    return this.over.promise;
  }
}

function overSocket(port: number, { token }: Person): Begin {
  const client = createSocketClient({
    url: `ws://127.0.0.1:${port}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionParams: { authorization: `Bearer ${token}` },
  });
  return (sink) => client.subscribe({ query: WATCHED }, sink as never);
}

function overStream(port: number, { token }: Person): Begin {
  const client = createStreamClient({
    url: `http://127.0.0.1:${port}/graphql/stream`,
    retryAttempts: 0,
    headers: { authorization: `Bearer ${token}` },
  });
  return (sink) => client.subscribe({ query: WATCHED }, sink as never);
}
