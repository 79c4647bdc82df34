// Streams of framed queries, broken in their framing and in their messages, in pieces of any size, to a TcpConnection.
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { Turns } from '../../../src/dns/policy/turns.js';
import { FloodWatch } from '../../../src/dns/transport/flood-watch.js';
import { Peer } from '../../../src/dns/transport/peer.js';
import { TcpConnection } from '../../../src/dns/transport/tcp-connection.js';
import { framed } from '../support/device.js';
import { arrivalFrom } from '../support/responder.js';
import type { Target } from './campaign.js';
import { QUERIES } from './corpus.js';
import { FuzzedEdge } from './edge.js';
import { require } from './invariants.js';
import { changedBy, mutated } from './mutator.js';
import type { Random } from './random.js';

/** Messages of one stream; fewer when its framing breaks. */
export const MESSAGES = 8;
const MAX_QUERY = 4096;
const LIMITS = { idleMs: 60_000, inFlight: 3 };
/** A connection that has not ended by then hangs. */
const END_MS = 5000;

/** The near end of a connection whose far end takes what is sent at once, or after a while. */
class FakeSocket extends Duplex {
  readonly sent: Buffer[] = [];

  constructor(private readonly isSlow: boolean) {
    super({ writableHighWaterMark: isSlow ? 64 : 65_536 });
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.sent.push(chunk);
    if (this.isSlow) setImmediate(done);
    else done();
  }

  setNoDelay(): this {
    return this;
  }

  destroySoon(): void {
    this.end(() => this.destroy());
  }
}

export class TcpTarget implements Target {
  readonly name = 'TCP streams';
  private readonly edge = new FuzzedEdge();

  make(random: Random): Buffer {
    const frames = Array.from({ length: MESSAGES }, () => {
      const message = random.chance(0.4) ? random.pick(QUERIES) : mutated(random, QUERIES);
      return framed(message.subarray(0, 0xffff));
    });
    const stream = Buffer.concat(frames);
    return random.chance(0.3) ? changedBy(random, stream, QUERIES, 1) : stream;
  }

  async feed(stream: Buffer, random: Random): Promise<void> {
    const isAllowed = random.chance(0.6);
    const asked: Buffer[] = [];
    const given: Buffer[] = [];
    const socket = new FakeSocket(random.chance(0.2));
    const answer = (message: Buffer) => {
      asked.push(Buffer.from(message));
      const reply = this.edge.feed({ message, isAllowed, transport: 'tcp', random });
      if (reply !== null) given.push(reply);
      return random.chance(0.3) ? later(reply) : reply;
    };
    new TcpConnection(socket as unknown as Socket, LIMITS, peerOf(answer));
    const closed = closing(socket);
    for (let at = 0; at < stream.length; ) {
      const end = at + 1 + random.below(random.chance(0.1) ? 3 : 600);
      socket.push(stream.subarray(at, end));
      at = end;
    }
    socket.push(null);
    await closed;
    checkStream(stream, asked, { given, sent: Buffer.concat(socket.sent) });
  }
}

/** Listed for as long as it asks, so that every message is asked. */
function peerOf(answer: (message: Buffer) => Buffer | null | Promise<Buffer | null>): Peer {
  const place = { source: '', touch() {}, leave() {}, shun() {} };
  return new Peer(arrivalFrom({ family: 4, words: [0] }, 'tcp'), place, {
    isAllowed: () => true,
    answer,
    live: { host: () => null, watch: () => null },
    turns: new Turns(),
    floods: new FloodWatch(),
    unlistedIdleMs: 0,
  });
}

function later(reply: Buffer | null): Promise<Buffer | null> {
  return new Promise((resolve) => setImmediate(resolve, reply));
}

function closing(socket: Duplex): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new Error('the connection does not end')), END_MS);
  socket.once('close', () => {
    clearTimeout(timer);
    resolve();
  });
  return promise;
}

/** Each whole message was asked once and in order, up to one that is too long; each answer was sent once. */
function checkStream(
  stream: Buffer,
  asked: Buffer[],
  { given, sent }: { given: Buffer[]; sent: Buffer },
): void {
  const { messages, isTooLong } = messagesOf(stream);
  require(asked.length === messages.length, 'every whole message is asked');
  require(asked.every((message, index) => message.equals(messages[index]!)), 'a message is asked as it came');
  const answers = messagesOf(sent).messages;
  require(answers.reduce((sum, { length }) => sum + 2 + length, 0) ===
    sent.length, 'answers are framed by their length');
  const texts = (buffers: readonly Buffer[]) => buffers.map((each) => each.toString('latin1')).sort();
  const [expected, seen] = [texts(given), texts(answers)];
  if (!isTooLong) require(seen.length === expected.length, 'every answer is sent');
  // What was still being looked for when the connection was destroyed is lost.
  for (let at = 0, from = 0; at < seen.length; at++, from++) {
    while (from < expected.length && expected[from] !== seen[at]) from++;
    require(from < expected.length, 'nothing is sent that is no answer');
  }
}

function messagesOf(stream: Buffer): { messages: Buffer[]; isTooLong: boolean } {
  const messages: Buffer[] = [];
  for (let at = 0; at + 2 <= stream.length; ) {
    const length = stream.readUInt16BE(at);
    if (length > MAX_QUERY) return { messages, isTooLong: true };
    if (at + 2 + length > stream.length) break;
    messages.push(stream.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return { messages, isTooLong: false };
}
