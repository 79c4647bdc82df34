import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Transport } from '../../../src/dns/transport/transports.js';
import { readAnswer } from '../../../src/dns/wire/answer.js';
import { plainNameEnd } from '../../../src/dns/wire/name.js';
import { Query } from '../../../src/dns/wire/query.js';
import { type Address, parseAddress } from '../../../src/lib/ip.js';
import { decode, ednsOption, nameBytes, query } from '../support/messages.js';
import { arrivalFrom, testResponder } from '../support/responder.js';

const ALLOWED = parseAddress('192.0.2.1')!;
const UNLISTED = parseAddress('192.0.2.66')!;

const { responder, kindOf } = testResponder({ allowed: ALLOWED });
const room = new Uint8Array(65_535);

/** The kind of answer and its bytes; null: silence, or an answer that would have to be fetched. */
function respond(
  message: Uint8Array,
  source: Address,
  transport: Transport,
): { kind: string; reply: Buffer | null } {
  room.set(message);
  const length = responder.respond(room, message.length, arrivalFrom(source, transport));
  return { kind: kindOf(length), reply: length > 0 ? Buffer.from(room.subarray(0, length)) : null };
}

/** Bytes that are often almost a query: a sound one, in which some bytes are changed or which is cut. */
const label = fc
  .string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 20 })
  .filter((text) => !text.includes('.'));
const name = fc.oneof(
  fc.array(label, { maxLength: 6 }).map((labels) => labels.join('.')),
  fc.constantFrom(
    'www.stream.example',
    'portal.vpn.example',
    'x.ours.check.portal.vpn.example',
    'status.check.portal.vpn.example',
    'tv.home.portal.vpn.example',
    'captive.apple.com',
    'localhost',
    'a.home.arpa',
  ),
);
const edns = fc.record({
  payloadSize: fc.nat(65_535),
  version: fc.constantFrom(0, 0, 0, 1),
  dnssecOk: fc.boolean(),
  options: fc.uint8Array({ maxLength: 40 }).map((data) => ednsOption(10, Buffer.from(data))),
});
const sound = fc
  .record({
    name,
    type: fc.oneof(fc.constantFrom(1, 28, 64, 65, 255, 252, 250), fc.nat(65_535)),
    class: fc.constantFrom(1, 1, 1, 3, 255),
    flags: fc.oneof(fc.constant(0x0100), fc.nat(65_535)),
    edns: fc.array(edns, { maxLength: 2 }),
  })
  .map((parts) => query(parts));
const damaged = fc
  .tuple(sound, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 }), fc.option(fc.nat()))
  .map(([message, changes, cut]) => {
    for (const [at, byte] of changes) message[at % message.length] = byte;
    return cut === null ? message : message.subarray(0, cut % message.length);
  });
const bytes = fc.oneof(
  { arbitrary: damaged, weight: 4 },
  { arbitrary: fc.uint8Array({ maxLength: 600 }).map((data) => Buffer.from(data)), weight: 1 },
);

const RUNS = { numRuns: 3000, seed: 20_261_123 };

describe('for any bytes', () => {
  it('an unlisted client gets REFUSED, the portal, a check or no response, and over UDP no more bytes than it sent', () => {
    fc.assert(
      fc.property(bytes, fc.constantFrom('udp', 'tcp'), (message, transport) => {
        const { kind, reply } = respond(message, UNLISTED, transport as Transport);
        expect(['refused', 'ignored', 'portal', 'check']).toContain(kind);
        if (transport === 'udp') expect(reply?.length ?? 0).toBeLessThanOrEqual(message.length);
        if (kind !== 'refused') return;
        expect(decode(reply!)).toMatchObject({ rcode: 'REFUSED', answers: [], authority: [] });
      }),
      RUNS,
    );
  });

  it('an allowed client gets no response or a valid one to its own question within its limit', () => {
    fc.assert(
      fc.property(bytes, (message) => {
        const { reply } = respond(message, ALLOWED, 'udp');
        if (reply === null) return;
        const decoded = decode(reply);
        expect(decoded.id).toBe(message.readUInt16BE(0));
        expect(reply.length).toBeLessThanOrEqual(1232);
        if (decoded.questions === 1) {
          const end = responder.query.questionEnd;
          expect(reply.subarray(12, end)).toEqual(message.subarray(12, end));
        }
      }),
      RUNS,
    );
  });

  it('an upstream’s response is parsed or rejected, and the parsed part lies within it', () => {
    fc.assert(
      fc.property(bytes, fc.nat(60), (message, questionEnd) => {
        if (message.length < 12 || 12 + questionEnd > message.length) return;
        const read = readAnswer(message, 12 + questionEnd);
        if (read === null) return;
        expect(read.message.length).toBeLessThanOrEqual(message.length);
        for (const offset of read.ttlOffsets) expect(offset + 4).toBeLessThanOrEqual(read.message.length);
      }),
      RUNS,
    );
  });
});

describe('a name', () => {
  it('is the same name in any case of its ASCII letters, and only of those', () => {
    const read = (bytes: Buffer) => {
      const sought = new Query([1, 2]);
      const message = Buffer.concat([query({ name: '' }).subarray(0, 12), bytes, Buffer.from([0, 1, 0, 1])]);
      expect(sought.read(message, message.length)).toBe(true);
      return Buffer.from(sought.name.subarray(0, sought.nameLength)).toString('latin1');
    };
    expect(read(nameBytes('WWW.Stream.EXAMPLE'))).toBe(read(nameBytes('www.stream.example')));
    const umlaut = (byte: number) => Buffer.from([1, byte, 0]);
    expect(read(umlaut(0xc4))).not.toBe(read(umlaut(0xe4)));
    expect(read(umlaut(0x40))).not.toBe(read(umlaut(0x60)));
    expect(read(umlaut(0x5b))).not.toBe(read(umlaut(0x7b)));
  });

  it('of 64 kB of pointers is rejected without following any', () => {
    const pointers = Buffer.alloc(65_000);
    pointers.writeUInt16BE(1, 4);
    for (let at = 12; at + 2 <= pointers.length; at += 2)
      pointers.writeUInt16BE(0xc000 | Math.min(at - 2, 0x3fff), at);
    const sought = new Query([1, 2]);
    expect(sought.read(pointers, pointers.length)).toBe(true);
    expect(sought).toMatchObject({ rcode: 1, questionEnd: 12 });
    expect(plainNameEnd(pointers, 14, pointers.length)).toBe(-1);
  });
});
