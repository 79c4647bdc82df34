// The edge without sockets, as the fuzzer feeds it: one function, behind which the rest may change.

import type { AnswerCache } from '../../../src/dns/cache/cache-writer.js';
import type { Responder } from '../../../src/dns/chain.js';
import { DROPPED, MISS } from '../../../src/dns/packet.js';
import { questionOf } from '../../../src/dns/upstream/forwarder.js';
import { type Answer, readAnswer } from '../../../src/dns/wire/answer.js';
import { parseAddress } from '../../../src/lib/ip.js';
import { ednsOption, query } from '../support/messages.js';
import { arrivalFrom, testResponder } from '../support/responder.js';
import { upstreamAnswer } from './corpus.js';
import { type Asked, checkReply, require } from './invariants.js';
import { Random } from './random.js';

const ALLOWED = parseAddress('192.0.2.1')!;
const UNLISTED = parseAddress('198.51.100.1')!;

/** The bytes that the edge has for a query and its answer over UDP, and behind which it may write nothing. */
const UDP_ROOM = 1232;
const ROOM = 65_535;
/** What stands behind a query, and must make no difference: lengths that are too large, and names that go on. */
const TAILS = [0, 0x3f];
const TAIL = 700;
const FENCE = 0x5a;
const FENCE_BYTES = 8;

interface Place {
  readonly room: Uint8Array;
  /** What stands behind the query. */
  readonly behind: number;
  /** Of the upstream's answer. */
  readonly seed: number;
}

type Fed = Asked & { readonly random: Random };

export class FuzzedEdge {
  readonly cache: AnswerCache;
  private readonly responder: Responder;
  private readonly rooms = TAILS.map(() => new Uint8Array(ROOM + TAIL));

  constructor() {
    const { responder, cache } = testResponder({ allowed: ALLOWED });
    this.responder = responder;
    this.cache = cache;
  }

  /** A cookie with which the allowed client's queries over UDP are forwarded. */
  cookie(): Buffer {
    const message = query({ name: 'localhost', edns: { options: ednsOption(10, Buffer.alloc(8, 1)) } });
    const reply = this.feed({ message, isAllowed: true, transport: 'udp', random: new Random(1) })!;
    return reply.subarray(-24);
  }

  /** The answer, null for silence. What has to be fetched is answered by an upstream of random sound answers. */
  feed(asked: Fed): Buffer | null {
    const seed = asked.random.bits();
    const [reply, other] = TAILS.map((behind, index) =>
      this.feedIn({ room: this.rooms[index]!, behind, seed }, asked),
    );
    const isSame = reply === null ? other === null : other !== null && reply!.equals(other!);
    require(isSame, 'bytes behind a query make no difference');
    checkReply(asked, reply!);
    return reply!;
  }

  private feedIn({ room, behind, seed }: Place, { message, isAllowed, transport }: Asked): Buffer | null {
    const source = isAllowed ? ALLOWED : UNLISTED;
    const end = transport === 'udp' ? Math.max(message.length, UDP_ROOM) : ROOM;
    room.set(message);
    room.fill(behind, message.length, message.length + TAIL);
    room.fill(FENCE, end, end + FENCE_BYTES);
    let length = this.responder.respond(room, message.length, arrivalFrom(source, transport));
    if (length === MISS) {
      require(isAllowed, 'no query of an unlisted client is forwarded');
      const untouched = Buffer.from(room.buffer, 0, message.length).equals(message);
      require(untouched, 'the bytes of a cache miss are unchanged');
      const pending = this.responder.suspend();
      const { bytes } = questionOf(pending.query);
      const random = new Random(seed);
      const kind = random.pick(['forwarded', 'stale', 'failed'] as const);
      const answer = validAnswer(bytes, random);
      length = this.responder.finish(pending, room, { answer, kind });
    }
    const fence = room.subarray(end, end + FENCE_BYTES);
    require(fence.every((byte) => byte === FENCE), 'nothing is written behind the room for a response');
    return length === DROPPED ? null : Buffer.from(room.subarray(0, length));
  }

  /** The response to a cache miss, and the response from the cache to the same query. */
  answerWith(answer: Answer, message: Buffer, transport: Asked['transport']): void {
    const room = this.rooms[0]!;
    const asked = { message, isAllowed: true, transport };
    room.set(message);
    this.responder.respond(room, message.length, arrivalFrom(ALLOWED, transport));
    // Whatever was answered: the query is read once more, as if it had been a cache miss.
    room.set(message);
    this.responder.query.read(room, message.length);
    const { key } = questionOf(this.responder.query);
    const length = this.responder.finish(this.responder.suspend(), room, { answer, kind: 'forwarded' });
    const sent = Buffer.from(room.subarray(0, length));
    checkReply(asked, sent);
    if (answer.ttl === 0) return;
    this.cache.set(key, answer, 0);
    room.set(message);
    const again = this.responder.respond(room, message.length, arrivalFrom(ALLOWED, transport));
    require(sent.equals(room.subarray(0, again)), 'a response from the cache equals the first one');
  }
}

/** The longest label that the records of the corpus put before the question's name. */
const LONGEST_PREFIX = 64;
const MAX_NAME = 255;

function validAnswer(question: Uint8Array, random: Random): Answer {
  // Type and class follow the name. Before a name that is nearly too long no label has room.
  const mayBeTooLong = question.length - 4 + LONGEST_PREFIX > MAX_NAME;
  for (;;) {
    const { header, records } = upstreamAnswer(random);
    const read = readAnswer(Buffer.concat([header, question, records]), header.length + question.length);
    // An OPT in the middle of sections ends the parsing, and a second one does not matter.
    if (read !== null) return read;
    require(mayBeTooLong, 'a valid answer is parsed');
  }
}
