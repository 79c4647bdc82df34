// How the gateways of one installation come to the same memory key: one that starts asks the others on a channel of
// Redis, which writes nothing down. The messages are sealed, so that whoever else may listen there learns nothing.
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { today } from '../lib/calendar.js';
import { createSubscriber } from '../redis/redis.js';
import type { Keyring } from '../secrets/keyring.js';
import { type KeyState, MemoryKey } from './memory-key.js';
import { anythingSpent } from './replay-guard.js';

const CHANNEL = 'memory-key';
/** How long a gateway that is not alone waits for the others' answers. */
const ANSWER_MS = 2000;
const ADVANCE_EVERY_MS = 60_000;

interface Message {
  readonly sender: string;
  /** Whether the sender wants to hear what the others have. */
  readonly asks: boolean;
  /** Whether the sender uses the key already, or would if nobody had another. */
  readonly uses: boolean;
  readonly state: KeyState;
}

export interface SharedMemoryKey {
  /** The key as it is now: it changes when gateways that had lost each other meet again. */
  current(): MemoryKey;
  close(): void;
}

/** Resolves when the key is agreed: at once for a gateway that is alone. */
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
  /** Those whose candidates were heard before any key was agreed. */
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
    this.subscriber.on('message', (_channel, sealed) => this.hear(sealed));
    // A gateway that lets days go by without a request must not sit on an old key.
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
    // Redis answers with the number of subscribers that hear it, this one among them.
    this.expected = (await this.say(true)) - 1;
    if (this.candidates.size < this.expected) await this.answers();
    // A mark stays as long as what it stands for could be used again: without one, nothing is unknown.
    const gap = !this.uses && (await anythingSpent(this.redis));
    if (!this.uses && !gap) this.key = this.key.withoutGap();
    this.uses = true;
    // Heard by one that asked at the same time and would not wait for a candidate's answer.
    await this.say(false);
    this.subscriber.on('ready', () => this.rejoin());
  }

  /** Until somebody has told of a key in use, all others have told theirs, or it takes too long. */
  private async answers(): Promise<void> {
    const timeout = setTimeout(this.agree, ANSWER_MS);
    await this.agreed;
    clearTimeout(timeout);
  }

  /** What was said while the connection was lost has not been heard. */
  private rejoin(): void {
    this.subscriber
      .subscribe(CHANNEL)
      .then(() => this.say(true))
      .catch(() => {});
  }

  private say(asks: boolean): Promise<number> {
    const message: Message = { sender: this.id, asks, uses: this.uses, state: this.key.state() };
    return this.redis.publish(CHANNEL, this.keyring.seal('memory-key', JSON.stringify(message)));
  }

  private hear(sealed: string): void {
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
      // Under two candidates nothing was spent; of two that were in use, neither gateway knows all.
      this.key = this.key.merge(other, uses ? Date.now() : Math.max(this.key.since, other.since));
    }
    if (!uses && this.candidates.add(sender).size >= this.expected) this.agree();
    if (asks) this.say(false).catch(() => {});
  }
}
