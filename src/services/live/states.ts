// What somebody watches, as it is after each change: read anew when a change is told, and given when it is another than before.
// Who is slow gets the latest state of each thing, and nothing is kept but that.

export interface Watch<Item> {
  /** Whether whoever watches still may. */
  isAllowed(): Promise<boolean>;
  /** Everything that is watched, by a key of its own. */
  read(): Promise<ReadonlyMap<string, Item>>;
  /** Listens to changes until the function that it returns is called. */
  listen(listener: { changed: () => void; closed: () => void }): () => void;
}

/** Rejects when the first state cannot be read. What is there at first is not given. */
export async function openStates<Item>(watch: Watch<Item>): Promise<AsyncIterableIterator<Item>> {
  const states = new States(watch);
  await states.begin();
  return states;
}

/** After a state that could not be read, it is read again. */
const AGAIN_MS = 2000;

class States<Item> implements AsyncIterableIterator<Item> {
  private known = new Map<string, string>();
  private readonly fresh = new Map<string, Item>();
  private readonly stopListening: () => void;
  private reading = false;
  private changed = false;
  private ended = false;
  private again: NodeJS.Timeout | undefined;
  private waiting: ((result: IteratorResult<Item>) => void)[] = [];

  constructor(private readonly watch: Watch<Item>) {
    // Before the first state is read, so that nothing falls between.
    this.stopListening = watch.listen({ changed: () => this.readAnew(), closed: () => this.end() });
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
    if (this.changed) this.readAnew();
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

  private readAnew(): void {
    this.changed = true;
    if (!this.reading) void this.readUntilKnown();
  }

  private async readUntilKnown(): Promise<void> {
    this.reading = true;
    while (this.changed && !this.ended) {
      this.changed = false;
      clearTimeout(this.again);
      try {
        if (await this.watch.isAllowed()) this.take(await this.watch.read());
        else this.end();
      } catch {
        // A store is away, or not to be believed. All are told of a change when a connection is back, but not every fault ends
        // a connection.
        this.again = setTimeout(() => this.readAnew(), AGAIN_MS).unref();
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
    clearTimeout(this.again);
    this.stopListening();
    this.fresh.clear();
    this.known.clear();
    for (const resolve of this.waiting.splice(0)) resolve({ value: undefined, done: true });
  }
}

function written(items: ReadonlyMap<string, unknown>): Map<string, string> {
  return new Map([...items].map(([key, item]) => [key, JSON.stringify(item)]));
}
