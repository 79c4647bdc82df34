// Limits how many large bodies are received at the same time: each is in memory until it is complete.
import type { FastifyReply } from 'fastify';
import { type Address, userPrefix } from '../lib/ip.js';

/** In total and from one source prefix, so that a client that sends slowly does not keep others out. */
const MOST = 8;
const MOST_BY_SOURCE = 2;

const UNKNOWN = 'unknown';

export class Uploads {
  private readonly bySource = new Map<string, number>();
  private count = 0;

  /** False when there are too many. Otherwise the upload counts until the response has ended, by success or not. */
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
