// The protocol as a table: what the RFCs ask for, each with its section, and what a device sees.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askOnce, type Transport, UdpDevice } from './support/device.js';
import {
  type Decoded,
  decode,
  type EdnsParts,
  ednsOption,
  nameBytes,
  query,
  TYPES,
} from './support/messages.js';
import { CATALOGUE, startTestEdge, type TestEdge, UDP_TRANSPORTS } from './support/test-edge.js';
import {
  type AskedQuestion,
  answerTo,
  questionOf,
  startUpstream,
  type TestUpstream,
  usualAnswers,
} from './support/upstream-server.js';

const ALLOWED = '127.0.0.7';
const UNLISTED = '127.0.0.66';
const NAME = 'www.stream.example';
const QUESTION = nameBytes(NAME);
const RELAY = 'A 198.51.100.10';

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

interface Row {
  readonly rfc: string;
  readonly says: string;
  readonly message: Buffer;
  /** What is to be seen of the answer over UDP; other parts are not looked at. */
  readonly sees: object;
  readonly transport?: Transport;
}

const row = (rfc: string, says: string, message: Buffer, sees: object): Row => ({ rfc, says, message, sees });
const fault = (rfc: string, says: string, rcode: string, message: Buffer): Row =>
  row(rfc, `${says} → ${rcode}`, message, { rcode, answers: [], authority: [] });
const withEdns = (edns: Partial<EdnsParts>) => query({ name: NAME, edns });
const withFlags = (flags: number, name = NAME) => query({ name, flags });
const sound = { rcode: 'NOERROR', answers: [RELAY] };

const HEADER: readonly Row[] = [
  ...[0, 0xffff].map((id) =>
    row('1035 4.1.1', `the ID ${id} comes back`, query({ name: NAME, id }), { ...sound, id }),
  ),
  ...Array.from({ length: 15 }, (_, index) => index + 1).map((opcode) =>
    row('1035 4.1.1', `opcode ${opcode} comes back with NOTIMP`, withFlags(0x0100 | (opcode << 11)), {
      opcode,
      rcode: 'NOTIMP',
      questions: 0,
    }),
  ),
  row('1035 4.1.1', 'all flags of an opcode that nobody knows', withFlags(0x7ff0), {
    opcode: 15,
    flags: '',
    z: 0,
  }),
  row('6891 6.1.1', 'an opcode that nobody knows, with OPT', query({ name: NAME, flags: 0x2000, edns: {} }), {
    opcode: 4,
    rcode: 'NOTIMP',
    opt: { version: 0, options: [] },
  }),
  fault(
    '8490 5.1',
    'a message of stateful operations, which has a header alone',
    'NOTIMP',
    withFlags(0x3000).subarray(0, 12),
  ),
  fault(
    '2136 2.2',
    'an update with its own counts',
    'NOTIMP',
    query({ name: NAME, type: TYPES.SOA, flags: 0x2800, counts: [1, 1, 3, 9] }),
  ),
  row('1035 4.1.1', 'RD is copied when it is set', withFlags(0x0100), { ...sound, flags: 'RD RA' }),
  row('1035 4.1.1', 'RD is copied when it is not, and RA says what could be asked', withFlags(0), {
    ...sound,
    flags: 'RA',
  }),
  row('1035 4.1.1', 'AA, TC, RA and an rcode mean nothing in a query', withFlags(0x078f), {
    ...sound,
    flags: 'RD RA',
  }),
  row('6895 2.1', 'the bit Z is not sent back', withFlags(0x0140), { ...sound, z: 0 }),
  row('4035 3.2.2', 'CD is copied', withFlags(0x0110), { ...sound, flags: 'RD RA CD' }),
  row('4035 3.1.6', 'CD is copied into an authoritative answer', withFlags(0x0110, 'localhost'), {
    flags: 'AA RD RA CD',
  }),
  row('4035 3.2.3', 'AD is never said of what nobody has validated', withFlags(0x0120), {
    ...sound,
    flags: 'RD RA',
  }),
  row(
    '6840 5.8',
    'AD is not for a client that has not asked for it',
    withFlags(0x0100, 'validated.example'),
    {
      flags: 'RD RA',
    },
  ),
  row('6840 5.7', 'AD in the query asks for it', withFlags(0x0120, 'validated.example'), {
    flags: 'RD RA AD',
  }),
  row(
    '6840 5.8',
    'DO in the query asks for AD',
    query({ name: 'validated.example', edns: { dnssecOk: true } }),
    {
      flags: 'RD RA AD',
    },
  ),
];

const QUESTIONS: readonly Row[] = [
  fault('1035 4.1.1', 'no question', 'FORMERR', query({ name: NAME, counts: [0, 0, 0, 0] })),
  fault(
    '9619 4',
    'two questions',
    'FORMERR',
    query({
      name: NAME,
      counts: [2, 0, 0, 0],
      rest: Buffer.concat([QUESTION, Buffer.from([0, 1, 0, 1])]),
    }),
  ),
  fault('9619 4', '65,535 questions', 'FORMERR', query({ name: NAME, counts: [0xffff, 0, 0, 0] })),
  fault('1035 4.1', 'a header alone', 'FORMERR', query({ name: NAME }).subarray(0, 12)),
  fault('1035 4.1.2', 'a name that is cut off', 'FORMERR', query({ name: NAME }).subarray(0, 20)),
  fault(
    '1035 4.1.2',
    'a question without its class',
    'FORMERR',
    query({ name: NAME }).subarray(0, 12 + QUESTION.length + 2),
  ),
  fault(
    '1035 4.1',
    'a record in the answer section',
    'FORMERR',
    query({ name: NAME, counts: [1, 1, 0, 0], edns: {} }),
  ),
  fault(
    '1035 4.1',
    'an additional record that is missing',
    'FORMERR',
    query({ name: NAME, counts: [1, 0, 0, 1] }),
  ),
  fault(
    '1035 4.1.3',
    'an additional record that is cut off',
    'FORMERR',
    withEdns({ options: Buffer.alloc(8) }).subarray(0, -1),
  ),
  fault(
    '1035 4.1.4',
    'a name that points to itself',
    'FORMERR',
    query({ nameBytes: Buffer.from([0xc0, 12]) }),
  ),
  fault(
    '1035 4.1.4',
    'a name that ends in a pointer',
    'FORMERR',
    query({ nameBytes: Buffer.from([1, 97, 0xc0, 12]) }),
  ),
  fault(
    '1035 4.1.4',
    'a reserved label type',
    'FORMERR',
    query({ nameBytes: Buffer.from([0x80, ...QUESTION]) }),
  ),
  fault('6891 5', 'a binary label', 'FORMERR', query({ nameBytes: Buffer.from([0x41, 8, 97, 0]) })),
  fault('1035 2.3.4', 'a name of 256 bytes', 'FORMERR', query({ nameBytes: longName(256) })),
  row('1035 2.3.4', 'a name of 255 bytes is a name', query({ nameBytes: longName(255) }), {
    rcode: 'NOERROR',
    question: `${longName(255).toString('hex')}00010001`,
  }),
  row('1035 2.3.4', 'a name of 128 labels is a name', query({ nameBytes: manyLabels() }), {
    rcode: 'NOERROR',
    question: `${manyLabels().toString('hex')}00010001`,
  }),
  row('1035 3.1', 'the root is a name', query({ name: '', type: TYPES.NS }), {
    rcode: 'NOERROR',
    question: '0000020001',
  }),
  row('4343 4.1', 'the case of the question is kept', query({ name: 'wWw.STReam.exAMPle' }), {
    ...sound,
    question: `${nameBytes('wWw.STReam.exAMPle').toString('hex')}00010001`,
  }),
  row('1035 4.1.4', 'a record of the question’s name points to it', query({ name: NAME }), {
    ...sound,
    owner: 'c00c',
  }),
  row(
    '1035 4.1.4',
    'an SOA points to its zone inside the question',
    query({ name: NAME, type: TYPES.HTTPS }),
    { authority: ['SOA stream.example 60'], owner: 'c010' },
  ),
  ...[
    ['0', 0],
    ['CHAOS', 3],
    ['HESIOD', 4],
    ['NONE', 254],
    ['ANY', 255],
    ['65535', 0xffff],
  ].map(([name, value]) =>
    fault('6895 3.2', `class ${name}`, 'REFUSED', query({ name: NAME, class: Number(value) })),
  ),
  fault(
    '4892 2',
    'version.bind, which reveals nothing',
    'REFUSED',
    query({ name: 'version.bind', type: TYPES.TXT, class: 3 }),
  ),
  ...[0, TYPES.OPT, 128, 249, 250].map((type) =>
    fault('6895 3.1', `the meta-type ${type}`, 'FORMERR', query({ name: NAME, type })),
  ),
  ...[253, 254].map((type) =>
    fault('1035 3.2.3', `the obsolete type ${type}`, 'NOTIMP', query({ name: NAME, type })),
  ),
  fault('5936 2.2.1', 'a transfer', 'REFUSED', query({ name: NAME, type: TYPES.AXFR })),
  fault(
    '1995 3',
    'an incremental transfer with the SOA that it carries',
    'REFUSED',
    query({ name: NAME, type: TYPES.IXFR, counts: [1, 0, 1, 0], edns: {} }),
  ),
  row('8482 4.2', 'ANY gets one HINFO', query({ name: NAME, type: TYPES.ANY }), {
    rcode: 'NOERROR',
    answers: ['HINFO RFC8482'],
  }),
  row('3597 3', 'a type that nobody knows is asked for like any other', query({ name: NAME, type: 65_280 }), {
    rcode: 'NOERROR',
    authority: ['SOA example.org 120'],
  }),
];

/** A record beside OPT, as a signature would be. */
const OTHER_RECORD = Buffer.from([0, 0, 250, 0, 255, 0, 0, 0, 0, 0, 0]);
const optRecord = (ttl: readonly number[]) => Buffer.from([0, 0, 41, 4, 208, ...ttl, 0, 0]);

const withQdcount = (count: number, rest = Buffer.alloc(0)) =>
  Buffer.concat([
    query({ name: NAME, counts: [count, 0, 0, 1] }).subarray(0, 12),
    rest,
    optRecord([0, 0, 0x80, 0]),
  ]);
const question = Buffer.concat([QUESTION, Buffer.from([0, 1, 0, 1])]);
const askingCookie = (...cookies: readonly Buffer[]) => {
  const options = Buffer.concat(cookies.map((cookie) => ednsOption(10, cookie)));
  const message = query({ name: '', edns: { options } });
  const header = query({ counts: [0, 0, 0, 1] }).subarray(0, 12);
  return Buffer.concat([header, message.subarray(17)]);
};

/** RFC 6891 section 6.1.1: whatever is wrong with a query, an OPT is answered with an OPT. */
const FAULTS_WITH_OPT: readonly (readonly [string, Buffer])[] = [
  ['no question', withQdcount(0)],
  ['two questions', withQdcount(2, Buffer.concat([question, question]))],
  ['a name that ends in a pointer', withQdcount(1, Buffer.from([1, 97, 0xc0, 12, 0, 1, 0, 1]))],
  ['a name of 256 bytes', withQdcount(1, Buffer.concat([longName(256), Buffer.from([0, 1, 0, 1])]))],
  [
    'a record in the answer section',
    query({ name: NAME, counts: [1, 1, 0, 1], rest: Buffer.concat([aRecord(), optRecord([0, 0, 0x80, 0])]) }),
  ],
  ['more bytes than a query has', withEdns({ dnssecOk: true, options: ednsOption(12, Buffer.alloc(4100)) })],
  ['two OPT records', query({ name: NAME, edns: [{ dnssecOk: true }, {}] })],
];

const EDNS: readonly Row[] = [
  ...FAULTS_WITH_OPT.map(([says, message]) =>
    row('6891 6.1.1', `${says} → FORMERR with OPT`, message, {
      rcode: 'FORMERR',
      answers: [],
      opt: { version: 0, dnssecOk: true, options: [] },
    }),
  ),
  row(
    '6891 6.1.1',
    'two questions without OPT → FORMERR without OPT',
    query({ name: NAME, counts: [2, 0, 0, 0], rest: question }),
    {
      rcode: 'FORMERR',
      opt: null,
    },
  ),
  row(
    '7873 5.4',
    'no question, and a client cookie → NOERROR with a server cookie',
    askingCookie(Buffer.alloc(8, 7)),
    {
      rcode: 'NOERROR',
      questions: 0,
      answers: [],
      opt: { options: [{ code: 10, data: { length: 24 } }] },
    },
  ),
  row(
    '7873 5.4',
    'no question, and an invalid server cookie → BADCOOKIE with a valid one',
    askingCookie(Buffer.alloc(24, 7)),
    {
      rcode: '23',
      headerRcode: 7,
      questions: 0,
      opt: { options: [{ code: 10, data: { length: 24 } }] },
    },
  ),
  fault(
    '7873 5.2.2',
    'no question, and a cookie of no possible length',
    'FORMERR',
    askingCookie(Buffer.alloc(7)),
  ),
  row(
    '6891 6.1.3',
    'an unknown EDNS version is reported before its options are read',
    withEdns({ version: 1, options: ednsOption(10, Buffer.from([1, 2])) }),
    {
      rcode: '16',
      opt: { version: 0, options: [] },
    },
  ),
  row(
    '6891 6.1.3',
    'options of another version may have another form',
    withEdns({ version: 1, options: Buffer.from([0, 3, 0]) }),
    {
      rcode: '16',
      opt: { version: 0, options: [] },
    },
  ),
  row('6891 7', 'no OPT unless the query had one', query({ name: NAME }), { ...sound, opt: null }),
  row('6891 6.1.1', 'an OPT for a query that had one', withEdns({}), {
    ...sound,
    opt: { udpPayloadSize: 1232, version: 0, extendedRcode: 0, options: [] },
  }),
  row(
    '6891 7',
    'an error response has OPT although the error is behind it',
    query({ name: NAME, class: 3, edns: {} }),
    { rcode: 'REFUSED', opt: { version: 0 } },
  ),
  row(
    '6891 6.1.1',
    'OPT may stand behind another record',
    query({ name: NAME, counts: [1, 0, 0, 2], rest: Buffer.concat([OTHER_RECORD, optRecord([0, 0, 0, 0])]) }),
    { ...sound, opt: { version: 0 } },
  ),
  row(
    '6891 6.1.1',
    'OPT may stand before another record',
    query({ name: NAME, counts: [1, 0, 0, 2], rest: Buffer.concat([optRecord([0, 0, 0, 0]), OTHER_RECORD]) }),
    { ...sound, opt: { version: 0 } },
  ),
  fault('6891 6.1.1', 'two OPT records', 'FORMERR', query({ name: NAME, edns: [{}, {}] })),
  fault('6891 6.1.2', 'an OPT record whose owner is not the root', 'FORMERR', withEdns({ owner: QUESTION })),
  fault(
    '6891 6.1.2',
    'options that do not fill their record',
    'FORMERR',
    withEdns({ options: Buffer.from([0, 3, 0, 9]) }),
  ),
  fault('6891 6.1.2', 'half an option', 'FORMERR', withEdns({ options: Buffer.from([0, 3, 0]) })),
  row(
    '6891 6.1.2',
    'unknown options are ignored',
    withEdns({
      options: Buffer.concat([ednsOption(65_001, Buffer.alloc(8, 1)), ednsOption(3, Buffer.alloc(0))]),
    }),
    { ...sound, opt: { options: [] } },
  ),
  row(
    '7871 7.2',
    'a client subnet is not echoed',
    withEdns({ options: ednsOption(8, Buffer.from([0, 1, 24, 0, 192, 0, 2])) }),
    { ...sound, opt: { options: [] } },
  ),
  row(
    '7828 3.3.1',
    'a keepalive means nothing over UDP',
    withEdns({ options: ednsOption(11, Buffer.alloc(0)) }),
    { ...sound, opt: { options: [] } },
  ),
  ...[1, 255].map((version) =>
    row('6891 6.1.3', `version ${version} → BADVERS, in an OPT of version 0`, withEdns({ version }), {
      rcode: '16',
      headerRcode: 0,
      answers: [],
      opt: { version: 0, extendedRcode: 1 },
    }),
  ),
  row(
    '6891 6.1.3',
    'the upper bits of an rcode mean nothing in a query',
    query({ name: NAME, counts: [1, 0, 0, 1], rest: optRecord([0xff, 0, 0, 0]) }),
    { ...sound, opt: { extendedRcode: 0 } },
  ),
  row(
    '6891 6.1.4',
    'flags that have no meaning yet are not sent back',
    query({ name: NAME, counts: [1, 0, 0, 1], rest: optRecord([0, 0, 0xff, 0xff]) }),
    { ...sound, opt: { flags: 0x8000 } },
  ),
  row('3225 3', 'DO is copied when it is set', withEdns({ dnssecOk: true }), { opt: { dnssecOk: true } }),
  row('3225 3', 'DO is copied when it is not', withEdns({ dnssecOk: false }), { opt: { dnssecOk: false } }),
];

/** TXT of a name whose answer has so many bytes, OPT not counted. */
const ofBytes = (bytes: number, edns?: Partial<EdnsParts>) =>
  query({ name: `bytes-${bytes}.example`, type: TYPES.TXT, ...(edns && { edns }) });
const OPT_BYTES = 11;
const fits = (rfc: string, limit: number, says: string, edns?: Partial<EdnsParts>): Row[] => {
  const most = edns === undefined ? limit : limit - OPT_BYTES;
  const opt = edns === undefined ? null : { udpPayloadSize: 1232 };
  return [
    row(rfc, `${says}: ${limit} bytes are sent whole`, ofBytes(most, edns), {
      flags: 'RD RA',
      answers: { length: 1 },
      bytes: { length: limit },
      opt,
    }),
    row(rfc, `${says}: ${limit + 1} bytes are cut, with TC`, ofBytes(most + 1, edns), {
      flags: 'TC RD RA',
      answers: [],
      opt,
    }),
  ];
};

const SIZES: readonly Row[] = [
  ...fits('1035 4.2.1', 512, 'without EDNS'),
  ...fits('6891 6.2.3', 512, 'the payload size 0 counts as 512', { payloadSize: 0 }),
  ...fits('6891 6.2.3', 512, 'the payload size 511 counts as 512', { payloadSize: 511 }),
  ...fits('6891 6.2.3', 600, 'the payload size 600', { payloadSize: 600 }),
  ...fits('9715 3.1', 1232, 'the payload size 65,535 counts as 1232', { payloadSize: 65_535 }),
  {
    ...row('2181 9', 'what was cut comes whole over TCP', ofBytes(1300), {
      flags: 'RD RA',
      answers: { length: 1 },
    }),
    transport: 'tcp',
  },
  {
    ...row('6891 6.2.3', 'a payload size does not bind TCP', ofBytes(1300, { payloadSize: 512 }), {
      flags: 'RD RA',
      answers: { length: 1 },
      opt: { udpPayloadSize: 1232 },
    }),
    transport: 'tcp',
  },
  fault(
    '6891 6.2.5',
    'a query larger than the advertised payload size',
    'FORMERR',
    withEdns({ options: ednsOption(12, Buffer.alloc(4100)) }),
  ),
];

const DROPPED: readonly (readonly [string, string, Buffer])[] = [
  ['1035 4.1.1', 'a response, which could go to and fro for ever', withFlags(0x8180)],
  ['1035 4.1.1', 'eleven bytes', query({ name: NAME }).subarray(0, 11)],
  ['768', 'nothing at all', Buffer.alloc(0)],
];

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

/** An A record of the question’s name. */
function aRecord(): Buffer {
  return Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1]);
}

function longName(bytes: number): Buffer {
  const labels = [63, 63, 63, bytes - 194].map((size) => Buffer.from([size, ...Buffer.alloc(size, 'a')]));
  return Buffer.concat([...labels, Buffer.from([0])]);
}

/** 127 labels of one byte, and the root. */
function manyLabels(): Buffer {
  return Buffer.concat([...Array.from({ length: 127 }, () => Buffer.from([1, 97])), Buffer.from([0])]);
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
      // The edge takes datagrams in order, so the answer to the second one tells that there is none to the first.
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
