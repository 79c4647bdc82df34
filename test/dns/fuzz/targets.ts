// The parsers of bytes from outside, each with its packets.

import { readAnswer } from '../../../src/dns/wire/answer.js';
import { HEADER_SIZE } from '../../../src/dns/wire/wire.js';
import { query, TYPES } from '../support/messages.js';
import { questionOf } from '../support/upstream-server.js';
import type { Target } from './campaign.js';
import { QUERIES, queriesWith, upstreamAnswer } from './corpus.js';
import { DohTarget } from './doh-target.js';
import { FuzzedEdge } from './edge.js';
import { require } from './invariants.js';
import { changedBy, mutated } from './mutator.js';
import { ProxyTarget } from './proxy-target.js';
import type { Random } from './random.js';
import { TcpTarget } from './tcp-target.js';

const MOST_BYTES_OF_UDP = 65_507;

/** Queries as datagrams, and as the messages of DoT and DoH, whose answers are padded. */
class QueryTarget implements Target {
  readonly name = 'queries';
  private readonly edge = new FuzzedEdge();
  private readonly sound = [...QUERIES, ...queriesWith(this.edge.cookie())];

  make(random: Random): Buffer {
    return mutated(random, this.sound).subarray(0, MOST_BYTES_OF_UDP);
  }

  feed(message: Buffer, random: Random): void {
    const transport = random.chance(0.8) ? 'udp' : random.pick(['tcp', 'dot', 'doh'] as const);
    this.edge.feed({ message, isAllowed: random.chance(0.6), transport, random });
  }
}

const ASKED = [
  query({ name: 'www.example.org' }),
  query({ name: `${'label.'.repeat(20)}example.net`, type: TYPES.TXT, edns: {} }),
  query({ name: '', type: TYPES.NS, flags: 0x0120, edns: { payloadSize: 65_535, dnssecOk: true } }),
];
const DAY = 86_400;

/** Answers of an upstream to its own question, which the edge has compared before it reads on. */
class UpstreamTarget implements Target {
  readonly name = 'upstream answers';
  private readonly edge = new FuzzedEdge();

  /** The answer without its question. */
  make(random: Random): Buffer {
    const { header, records } = upstreamAnswer(random);
    const others = [records, upstreamAnswer(random).records, random.bytes(20)];
    if (random.chance(0.5)) header.writeUInt16BE(random.below(5), 6 + 2 * random.below(3));
    if (random.chance(0.1)) header.writeUInt16BE(random.bits() & 0xffff, 6 + 2 * random.below(3));
    return Buffer.concat([header, changedBy(random, records, others, random.below(4))]);
  }

  feed(packet: Buffer, random: Random): void {
    const message = random.pick(ASKED);
    const question = questionOf(message);
    const end = HEADER_SIZE + question.length;
    const bytes = Buffer.concat([packet.subarray(0, HEADER_SIZE), question, packet.subarray(HEADER_SIZE)]);
    const answer = readAnswer(bytes, end);
    if (answer === null) return;
    require(answer.length >= end && answer.length <= bytes.length, 'what is kept stays within the answer');
    require(answer.ttl >= 0 && answer.ttl <= DAY, 'nothing is kept for longer than a day');
    let last = end;
    for (const at of answer.ttlOffsets) {
      require(at >= last && at + 6 <= answer.length, 'every TTL stands in a record of its own');
      last = at + 6;
    }
    this.edge.answerWith(answer, message, random.pick(['udp', 'tcp', 'dot']));
  }
}

/** A run of them all, in their order. */
export const TARGETS: readonly (() => Target)[] = [
  () => new QueryTarget(),
  () => new TcpTarget(),
  () => new DohTarget(),
  () => new ProxyTarget(),
  () => new UpstreamTarget(),
];
