// Server cookies: a client that returns one over UDP shows that it receives what is sent to its address (RFC 7873, RFC 9018).
import { randomBytes, randomFillSync } from 'node:crypto';
import type { Address } from '../../lib/ip.js';
import { sipHash } from '../../lib/siphash.js';
import { setUint32, uint32 } from '../wire/name.js';
import type { Query } from '../wire/query.js';
import type { CookieWriter } from '../wire/reply.js';
import { CLIENT_COOKIE, COOKIE } from '../wire/wire.js';

/** The server cookie of RFC 9018 section 4: version, three reserved bytes, time and hash. */
const VERSION = 1;
const TIME_AT = CLIENT_COOKIE + 4;
const HASH_AT = CLIENT_COOKIE + 8;

/** RFC 9018 section 4.3, in seconds. */
const MAX_AGE = 3600;
const MAX_AHEAD = 300;

/** Bytes of a secret, RFC 9018 section 4.4. */
const COOKIE_SECRET = 16;
const SECRET_WORDS = COOKIE_SECRET / 4;

/**
 * The secrets, in memory that threads share. The first one makes cookies, and all validate them. Configured secrets let
 * several nodes behind one address accept each other's cookies. Otherwise the secrets are random, exist in memory only, and
 * are rotated every day.
 */
export class CookieSecrets {
  constructor(readonly words: Uint32Array) {}

  static of(configured: readonly Uint8Array[]): CookieSecrets {
    const secrets =
      configured.length > 0 ? configured : [randomBytes(COOKIE_SECRET), randomBytes(COOKIE_SECRET)];
    const words = new Uint32Array(new SharedArrayBuffer(secrets.length * COOKIE_SECRET));
    for (const [index, secret] of secrets.entries()) {
      for (let i = 0; i < SECRET_WORDS; i++)
        words[index * SECRET_WORDS + i] = Buffer.from(secret).readUInt32LE(i * 4);
    }
    return new CookieSecrets(words);
  }

  /** Makes new cookies with a new random secret from now on. Cookies of the previous secret stay valid. */
  rotate(): void {
    this.words.copyWithin(SECRET_WORDS, 0, SECRET_WORDS);
    this.words.set(randomFillSync(new Uint32Array(SECRET_WORDS)));
  }
}

export class Cookies implements CookieWriter {
  /** The input of the hash: the cookie without its hash, and the address. */
  private readonly input = new Uint8Array(HASH_AT + 16);
  private readonly hash = new Uint8Array(8);

  /** `seconds` since 1970 (RFC 9018 section 4.3). */
  constructor(
    private readonly secrets: CookieSecrets,
    private readonly seconds: () => number,
  ) {}

  /** Whether the query has a server cookie that this installation has made for its source within the last hour. */
  isValid({ cookie, cookieLength }: Query, source: Address): boolean {
    if (cookieLength !== COOKIE || cookie[CLIENT_COOKIE] !== VERSION) return false;
    const age = (this.seconds() - uint32(cookie, TIME_AT)) | 0;
    if (age > MAX_AGE || age < -MAX_AHEAD) return false;
    const length = this.fillInput(cookie, source);
    for (let secret = 0; secret < this.secrets.words.length; secret += SECRET_WORDS) {
      if (this.matches(cookie, length, secret)) return true;
    }
    return false;
  }

  write({ cookie }: Query, source: Address, out: Uint8Array, at: number): void {
    cookie[CLIENT_COOKIE] = VERSION;
    for (let i = CLIENT_COOKIE + 1; i < TIME_AT; i++) cookie[i] = 0;
    setUint32(cookie, TIME_AT, this.seconds() >>> 0);
    const length = this.fillInput(cookie, source);
    for (let i = 0; i < HASH_AT; i++) out[at + i] = cookie[i]!;
    sipHash(this.secrets.words, 0, this.input, length, out, at + HASH_AT);
  }

  private fillInput(cookie: Uint8Array, { words }: Address): number {
    for (let i = 0; i < HASH_AT; i++) this.input[i] = cookie[i]!;
    for (let i = 0; i < words.length; i++) setUint32(this.input, HASH_AT + i * 4, words[i]!);
    return HASH_AT + words.length * 4;
  }

  /** In constant time. */
  private matches(cookie: Uint8Array, length: number, secret: number): boolean {
    sipHash(this.secrets.words, secret, this.input, length, this.hash, 0);
    let difference = 0;
    for (let i = 0; i < this.hash.length; i++) difference |= this.hash[i]! ^ cookie[HASH_AT + i]!;
    return difference === 0;
  }
}
