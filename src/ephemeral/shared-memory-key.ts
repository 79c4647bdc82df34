// How the gateways of one installation agree on a memory key: a gateway that starts asks the others on a channel of Redis, which
// stores nothing. Messages are sealed, so that nobody else who listens there learns anything.
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { today } from '../lib/calendar.js';
import { createSubscriber, resubscribe } from '../redis/redis.js';
import type { Keyring } from '../secrets/keyring.js';
import { type KeyState, MemoryKey } from './memory-key.js';
import { anythingSpent } from './replay-guard.js';

const CHANNEL = 'memory-key';
/** How long a gateway waits for the answers of the others. */
const ANSWER_MS = 2000;
const ADVANCE_EVERY_MS = 60_000;

interface Message {
  readonly sender: string;
  /** Whether the sender wants answers of the others. */
  readonly asks: boolean;
  /** Whether the sender already uses the key; otherwise it is a candidate. */
  readonly uses: boolean;
  readonly state: KeyState;
}

export interface SharedMemoryKey {
  /** The current key. It changes when gateways that had lost each other meet again. */
  current(): MemoryKey;
  close(): void;
}

/** Resolves when the key is agreed on: at once when there is no other gateway. */
export async function shareMemoryKey(redis: Redis, keyring: Keyring): Promise<SharedMemoryKey> {
  const member = new Member(redis, keyring);
  try {
    await member.join();
    return member;
  } catch (error) {
    member.close();
    throw error;
  }
}

class Member implements SharedMemoryKey {
  private readonly id = randomUUID();
  private readonly subscriber: Redis;
  private readonly timer: NodeJS.Timeout;
  private key = MemoryKey.random();
  private uses = false;
  /** Senders whose candidates were received before a key was agreed on. */
  private readonly candidates = new Set<string>();
  private expected = 0;
  private agree!: () => void;
  private readonly agreed = new Promise<void>((resolve) => {
    this.agree = resolve;
  });

  constructor(
    private readonly redis: Redis,
    private readonly keyring: Keyring,
  ) {
    this.subscriber = createSubscriber(redis);
    this.subscriber.on('message', (_channel, sealed) => this.receive(sealed));
    // A gateway that has no request for days must not keep an old key.
    this.timer = setInterval(() => this.key.advance(today()), ADVANCE_EVERY_MS).unref();
  }

  current(): MemoryKey {
    return this.key;
  }

  close(): void {
    clearInterval(this.timer);
    this.subscriber.disconnect();
  }

  async join(): Promise<void> {
    await this.subscriber.connect();
    await this.subscriber.subscribe(CHANNEL);
    // Redis returns the number of subscribers that receive the message, this one included.
    this.expected = (await this.send(true)) - 1;
    if (this.candidates.size < this.expected) await this.answers();
    // A mark stays as long as its code could be used again. Without any mark, no use is unknown.
    const gap = !this.uses && (await anythingSpent(this.redis));
    if (!this.uses && !gap) this.key = this.key.withoutGap();
    this.uses = true;
    // For a gateway that asked at the same time, and does not wait for the answer of a candidate.
    await this.send(false);
    resubscribe(this.subscriber, CHANNEL, () => this.send(true).catch(() => {}));
  }

  /** Waits until a key in use was received, or the candidates of all others, or it takes too long. */
  private async answers(): Promise<void> {
    const timeout = setTimeout(this.agree, ANSWER_MS);
    await this.agreed;
    clearTimeout(timeout);
  }

  private send(asks: boolean): Promise<number> {
    const message: Message = { sender: this.id, asks, uses: this.uses, state: this.key.state() };
    return this.redis.publish(CHANNEL, this.keyring.seal('memory-key', JSON.stringify(message)));
  }

  private receive(sealed: string): void {
    const opened = this.keyring.open('memory-key', sealed);
    if (opened === null) return;
    const { sender, asks, uses, state } = JSON.parse(opened) as Message;
    if (sender === this.id) return;
    const other = MemoryKey.from(state);
    if (!this.uses && uses) {
      this.key = other;
      this.uses = true;
      this.agree();
    } else if (this.uses === uses) {
      // Candidates have no recorded uses. When two keys were in use, neither gateway knows all uses.
      this.key = this.key.merge(other, uses ? Date.now() : Math.max(this.key.since, other.since));
    }
    if (!uses && this.candidates.add(sender).size >= this.expected) this.agree();
    if (asks) this.send(false).catch(() => {});
  }
}
