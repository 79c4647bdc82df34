import { describe, expect, it } from 'vitest';
import { CacheReader, LOOKUP } from '../../../src/dns/cache/cache-reader.js';
import { AnswerCache } from '../../../src/dns/cache/cache-writer.js';
import { createSharedCache } from '../../../src/dns/cache/layout.js';
import { MISS } from '../../../src/dns/packet.js';
import { questionOf } from '../../../src/dns/upstream/forwarder.js';
import { failedAnswer } from '../../../src/dns/wire/answer.js';
import { Query } from '../../../src/dns/wire/query.js';
import { parseAddress } from '../../../src/lib/ip.js';
import { query } from '../support/messages.js';
import { arrivalFrom, testResponder } from '../support/responder.js';

const NAME = 'cached.example.org';

/** The query for NAME as a chain with this key reads it. */
function read(key: readonly [number, number]): Query {
  const message = query({ name: NAME });
  const result = new Query(key);
  result.read(message, message.length);
  return result;
}

/** A cache that holds NAME, and what sets its seqlock as the writer does at the start and at the end of a change. */
function cacheWithName(key: readonly [number, number]) {
  const shared = createSharedCache(100_000);
  const writer = new AnswerCache(shared);
  const question = questionOf(read(key));
  writer.set(question.key, { ...failedAnswer(question.bytes, new Uint8Array(0)), ttl: 300 }, 0);
  const sequence = new Int32Array(shared.sequence);
  return { shared, writer, step: () => Atomics.add(sequence, 0, 1) };
}

describe('while the writer of the cache is suspended in the middle of a change', () => {
  it('a lookup reports neither a hit nor a miss, and works again afterwards', () => {
    const key = [1, 2] as const;
    const { shared, step } = cacheWithName(key);
    const reader = new CacheReader(shared);
    expect(reader.lookUp(read(key))).toBe(LOOKUP.HIT);
    step();
    expect(reader.lookUp(read(key))).toBe(LOOKUP.BUSY);
    step();
    expect(reader.lookUp(read(key))).toBe(LOOKUP.HIT);
  });

  it('a UDP worker hands a query without a cookie over to the main thread, and does not send the client to TCP', () => {
    const key = [4711, 4712] as const;
    const { shared, step } = cacheWithName(key);
    const client = parseAddress('192.0.2.1')!;
    const { responder } = testResponder({ allowed: client, cache: new CacheReader(shared) });
    const room = new Uint8Array(4096);
    const ask = () => {
      const message = query({ name: NAME });
      room.set(message);
      return responder.respond(room, message.length, arrivalFrom(client));
    };
    expect(ask()).toBeGreaterThan(0);
    step();
    expect(ask()).toBe(MISS);
    step();
    expect(ask()).toBeGreaterThan(0);
  });
});
