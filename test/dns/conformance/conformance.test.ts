// The protocol as a table: what the RFCs demand, each with its section, and what a device sees.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askOnce, type Transport, UdpDevice } from '../support/device.js';
import { type Decoded, decode, query } from '../support/messages.js';
import { CATALOGUE, startTestEdge, type TestEdge, UDP_TRANSPORTS } from '../support/test-edge.js';
import {
  type AskedQuestion,
  answerTo,
  questionOf,
  startUpstream,
  type TestUpstream,
  usualAnswers,
} from '../support/upstream-server.js';
import { EDNS } from './edns-rows.js';
import { HEADER } from './header-rows.js';
import { QUESTIONS } from './question-rows.js';
import { NAME } from './rows.js';
import { DROPPED, SIZES } from './size-rows.js';

const ALLOWED = '127.0.0.7';
const UNLISTED = '127.0.0.66';

/** An answer as the table speaks of it. */
interface Seen extends Decoded {
  readonly opcode: number;
  /** The bit that has no meaning yet. */
  readonly z: number;
  /** Of the header alone, without the upper bits that OPT has. */
  readonly headerRcode: number;
  /** Name, type and class as they came back, in hexadecimal. */
  readonly question: string;
  /** The first two bytes behind the question, in hexadecimal. */
  readonly owner: string;
}

function seen(bytes: Buffer): Seen {
  const decoded = decode(bytes);
  const question = decoded.questions === 0 ? Buffer.alloc(0) : questionOf(bytes);
  const end = 12 + question.length;
  return {
    ...decoded,
    opcode: (bytes[2]! >> 3) & 15,
    z: bytes[3]! & 0x40,
    headerRcode: bytes[3]! & 15,
    question: question.toString('hex'),
    owner: bytes.subarray(end, end + 2).toString('hex'),
  };
}

/** Of its own question, with flags AD, from an upstream that validates. */
function validated(asked: AskedQuestion): Buffer {
  const { name } = asked;
  return answerTo(asked, { answers: [{ type: 'A', name, ttl: 300, data: '192.0.2.53' }], flags: 0x01a0 });
}

/** An answer of exactly so many bytes, with one TXT record. */
function answerOf(size: number, { bytes }: AskedQuestion): Buffer {
  const head = Buffer.concat([bytes.subarray(0, 12), questionOf(bytes)]);
  for (const [index, field] of [0x8180, 1, 1, 0, 0].entries()) head.writeUInt16BE(field, 2 + index * 2);
  const data = Buffer.alloc(size - head.length - 12, 'x');
  for (let at = 0; at < data.length; at += 256) data[at] = Math.min(255, data.length - at - 1);
  const fixed = Buffer.from([0xc0, 12, 0, 16, 0, 1, 0, 0, 1, 0, data.length >> 8, data.length & 255]);
  return Buffer.concat([head, fixed, data]);
}

const ROWS = [...HEADER, ...QUESTIONS, ...EDNS, ...SIZES].map((each) => [each.rfc, each.says, each] as const);

describe.each(UDP_TRANSPORTS)('with UDP by %s:', (_, workers) => {
  let edge: TestEdge;
  let upstream: TestUpstream;
  beforeAll(async () => {
    upstream = await startUpstream((asked) => {
      const name = asked.name.toLowerCase();
      const bytes = /^bytes-(\d+)\.example$/.exec(name)?.[1];
      if (bytes !== undefined) return answerOf(Number(bytes), asked);
      return name === 'validated.example' ? validated(asked) : (usualAnswers(asked) as Buffer);
    });
    edge = await startTestEdge({ workers, upstreams: [{ host: '127.0.0.1', port: upstream.port }] });
  });
  afterAll(async () => {
    await edge?.close();
    await upstream?.close();
  });

  const ask = async (source: string, message: Buffer, transport: Transport = 'udp') =>
    seen(await askOnce({ port: edge.port, source, transport }, message));

  it.each(ROWS)('RFC %s: %s', async (_rfc, _says, { message, sees, transport }) => {
    const answer = await ask(ALLOWED, message, transport);
    expect(answer).toMatchObject({ id: message.readUInt16BE(0), ...sees });
  });

  it.each(ROWS)(
    'an unlisted client gets REFUSED in no more bytes than it sent; RFC %s: %s',
    async (_rfc, _says, { message }) => {
      const answer = await ask(UNLISTED, message);
      expect(answer).toMatchObject({ rcode: 'REFUSED', answers: [], authority: [] });
      expect(answer.bytes.length).toBeLessThanOrEqual(message.length);
    },
  );

  it.each(DROPPED)('RFC %s: %s gets no response', async (_rfc, _says, message) => {
    for (const source of [ALLOWED, UNLISTED]) {
      const device = await UdpDevice.at(source, edge.port);
      device.send(message);
      // The edge takes datagrams in order, so the answer to the second one shows that there is none to the first.
      expect((await device.ask(query({ name: NAME, id: 2 }))).readUInt16BE(0)).toBe(2);
      device.close();
    }
  });

  it('RFC 2181 9: a response of the edge that is too long for UDP is truncated, and complete over TCP', async () => {
    const ipv4 = Array.from({ length: 60 }, (_value, index) => `192.0.2.${index}`);
    edge.useCatalogue({ ...CATALOGUE, portal: { ...CATALOGUE.portal, ipv4 } });
    const message = query({ name: 'portal.vpn.example' });
    expect(await ask(UNLISTED, message)).toMatchObject({ flags: 'TC RD RA', answers: [] });
    expect(await ask(ALLOWED, message)).toMatchObject({ flags: 'TC RD RA', answers: [] });
    expect((await ask(UNLISTED, message, 'tcp')).answers).toHaveLength(60);
    edge.useCatalogue(CATALOGUE);
  });
});
