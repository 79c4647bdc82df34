// How many large bodies may be on their way at once: each is held in memory until it is whole, and sealed after that.
import type { FastifyReply } from 'fastify';
import { type Address, userPrefix } from '../lib/ip.js';

/** In all, and from one source, so that nobody keeps others out by sending slowly. */
const MOST = 8;
const MOST_BY_SOURCE = 2;

const UNKNOWN = 'unknown';

export class Uploads {
  private readonly bySource = new Map<string, number>();
  private count = 0;

  /** False when there are too many; otherwise the place is taken until the reply has ended, however it ends. */
  begin(source: Address | null, reply: FastifyReply): boolean {
    const key = source === null ? UNKNOWN : userPrefix(source).text;
    const own = this.bySource.get(key) ?? 0;
    if (this.count >= MOST || own >= MOST_BY_SOURCE) return false;
    this.count += 1;
    this.bySource.set(key, own + 1);
    reply.raw.once('close', () => this.end(key));
    return true;
  }

  private end(key: string): void {
    this.count -= 1;
    const left = this.bySource.get(key)! - 1;
    if (left === 0) this.bySource.delete(key);
    else this.bySource.set(key, left);
  }
}
