// The states of what a subscriber watches: read again after each notification, and delivered when they differ from before. A slow
// subscriber gets the latest state of each item; older ones are dropped.

export interface Watch<Item> {
  /** Whether the subscriber is still allowed to watch. */
  isAllowed(): Promise<boolean>;
  /** Every watched item, by a unique key. */
  read(): Promise<ReadonlyMap<string, Item>>;
  /** Subscribes to changes until the returned function is called. */
  listen(listener: { changed: () => void; closed: () => void }): () => void;
}

/** Rejects when the first state cannot be read. The first state itself is not delivered. */
export async function openStates<Item>(watch: Watch<Item>): Promise<AsyncIterableIterator<Item>> {
  const states = new States(watch);
  await states.begin();
  return states;
}

/** The delay before a state is read again after an error. */
const RETRY_MS = 2000;

class States<Item> implements AsyncIterableIterator<Item> {
  private known = new Map<string, string>();
  private readonly fresh = new Map<string, Item>();
  private readonly stopListening: () => void;
  private reading = false;
  private changed = false;
  private ended = false;
  private retry: NodeJS.Timeout | undefined;
  private waiting: ((result: IteratorResult<Item>) => void)[] = [];

  constructor(private readonly watch: Watch<Item>) {
    // Listens before the first state is read, so that no change is missed in between.
    this.stopListening = watch.listen({ changed: () => this.readAgain(), closed: () => this.end() });
  }

  async begin(): Promise<void> {
    this.reading = true;
    try {
      this.known = written(await this.watch.read());
    } catch (error) {
      this.end();
      throw error;
    }
    this.reading = false;
    if (this.changed) this.readAgain();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Item>> {
    const [first] = this.fresh;
    if (first !== undefined) {
      this.fresh.delete(first[0]);
      return Promise.resolve({ value: first[1], done: false });
    }
    if (this.ended) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  return(): Promise<IteratorResult<Item>> {
    this.end();
    return Promise.resolve({ value: undefined, done: true });
  }

  throw(error: unknown): Promise<IteratorResult<Item>> {
    this.end();
    return Promise.reject(error);
  }

  private readAgain(): void {
    this.changed = true;
    if (!this.reading) void this.readUntilCurrent();
  }

  private async readUntilCurrent(): Promise<void> {
    this.reading = true;
    while (this.changed && !this.ended) {
      this.changed = false;
      clearTimeout(this.retry);
      try {
        if (await this.watch.isAllowed()) this.take(await this.watch.read());
        else this.end();
      } catch {
        // A store is away or not trusted. Subscriptions are notified when a connection is back, but not every error ends a
        // connection.
        this.retry = setTimeout(() => this.readAgain(), RETRY_MS).unref();
        break;
      }
    }
    this.reading = false;
  }

  private take(items: ReadonlyMap<string, Item>): void {
    const now = written(items);
    for (const [key, item] of items) if (now.get(key) !== this.known.get(key)) this.fresh.set(key, item);
    this.known = now;
    while (this.waiting.length > 0 && this.fresh.size > 0) {
      const [first] = this.fresh;
      this.fresh.delete(first![0]);
      this.waiting.shift()!({ value: first![1], done: false });
    }
  }

  private end(): void {
    if (this.ended) return;
    this.ended = true;
    clearTimeout(this.retry);
    this.stopListening();
    this.fresh.clear();
    this.known.clear();
    for (const resolve of this.waiting.splice(0)) resolve({ value: undefined, done: true });
  }
}

function written(items: ReadonlyMap<string, unknown>): Map<string, string> {
  return new Map([...items].map(([key, item]) => [key, JSON.stringify(item)]));
}
