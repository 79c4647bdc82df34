import dnsPacket, { type Answer } from 'dns-packet';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readAnswer } from '../../../src/dns/wire/answer.js';
import { askOnce } from '../support/device.js';
import { decode, ednsOption, nameBytes, query, TYPES } from '../support/messages.js';
import { startTestEdge, type TestEdge } from '../support/test-edge.js';
import {
  type AskedQuestion,
  answerTo,
  questionOf,
  startUpstream,
  type TestUpstream,
} from '../support/upstream-server.js';

const SOURCE = '127.0.0.7';

let upstream: TestUpstream;
let edge: TestEdge;
let now = 0;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(() => upstream?.close());
afterEach(() => edge?.close());

async function ask(message: Buffer, transport: 'udp' | 'tcp' = 'udp') {
  return askOnce({ port: edge.port, source: SOURCE, transport }, message);
}

async function startEdge(script: TestUpstream['script']) {
  now = 0;
  upstream.script = script;
  edge = await startTestEdge({
    upstreams: [{ host: '127.0.0.1', port: upstream.port }],
    now: () => now,
  });
}

/** An answer whose records are given by their bytes, counted in the answer section unless `counts` says otherwise. */
function answerWith(
  { bytes }: AskedQuestion,
  records: readonly Buffer[],
  counts?: readonly number[],
): Buffer {
  const head = Buffer.concat([bytes.subarray(0, 12), questionOf(bytes)]);
  const fields = [0x8180, 1, ...(counts ?? [records.length, 0, 0])];
  for (const [index, field] of fields.entries()) head.writeUInt16BE(field, 2 + index * 2);
  return Buffer.concat([head, ...records]);
}

interface RecordParts {
  readonly owner?: Buffer;
  readonly type: number;
  readonly class?: number;
  readonly data: Buffer;
}

const POINTER = Buffer.from([0xc0, 12]);

function record({ owner = POINTER, type, data, ...parts }: RecordParts): Buffer {
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(type, 0);
  fixed.writeUInt16BE(parts.class ?? 1, 2);
  fixed.writeUInt32BE(300, 4);
  fixed.writeUInt16BE(data.length, 8);
  return Buffer.concat([owner, fixed, data]);
}

const ADDRESS = Buffer.from([192, 0, 2, 53]);

describe('the SOA of a negative answer', () => {
  const soa = (ttl: number, minimum: number): Answer => ({
    type: 'SOA',
    name: 'example.org',
    ttl,
    data: {
      mname: 'ns.example.org',
      rname: 'mail.example.org',
      serial: 1,
      refresh: 1,
      retry: 0,
      expire: 1,
      minimum,
    },
  });
  it.each([
    [3600, 5, 5],
    [5, 3600, 5],
    [86_400, 86_400, 10_800],
  ])(
    'with the TTL %i and the MINIMUM %i is sent with the TTL %i, which is counted down',
    async (ttl, minimum, sent) => {
      await startEdge((asked) => answerTo(asked, { flags: 0x0183, authorities: [soa(ttl, minimum)] }));
      const message = query({ name: 'absent.example.org' });
      expect(decode(await ask(message))).toMatchObject({ rcode: 'NXDOMAIN', ttls: [sent] });
      now = 2000;
      expect(decode(await ask(message))).toMatchObject({ rcode: 'NXDOMAIN', ttls: [sent - 2] });
      expect(upstream.asked.filter(({ name }) => name.toLowerCase() === 'absent.example.org').length).toBe(1);
      upstream.asked.length = 0;
    },
  );
});

describe('the names of an answer', () => {
  const namesOf = (bytes: Buffer) =>
    (dnsPacket.decode(bytes).answers ?? []).flatMap((answer) => [
      answer.name,
      ...(answer.type === 'CNAME' ? [answer.data] : []),
    ]);

  it('that equal the question’s have the letter case of each client, also when the upstream writes them out', async () => {
    await startEdge((asked) =>
      answerTo(asked, { answers: [{ type: 'A', name: asked.name, ttl: 300, data: '192.0.2.53' }] }),
    );
    for (const name of ['long-Name-With-Letters.Example.ORG', 'LONG-name-with-letters.example.org']) {
      expect(namesOf(await ask(query({ name })))).toEqual([name]);
    }
  });

  it('that a DNAME has made of it have its letter case, too', async () => {
    await startEdge((asked) => {
      const first = asked.name.split('.')[0]!;
      return answerTo(asked, {
        answers: [
          { type: 'DNAME', name: 'Below.example.org', ttl: 300, data: 'tree.Example.net' },
          { type: 'CNAME', name: asked.name, ttl: 300, data: `${first}.tree.Example.net` },
          { type: 'A', name: `${first}.tree.Example.net`, ttl: 300, data: '192.0.2.53' },
        ] as Answer[],
      });
    });
    const name = 'A-Label-With-Letters.below.example.org';
    const label = 'A-Label-With-Letters';
    expect(namesOf(await ask(query({ name })))).toEqual([
      'Below.example.org',
      name,
      `${label}.tree.Example.net`,
      `${label}.tree.Example.net`,
    ]);
  });

  it('that are different stay unchanged', async () => {
    await startEdge((asked) =>
      answerTo(asked, {
        answers: [
          { type: 'CNAME', name: asked.name, ttl: 300, data: `${asked.name.split('.')[0]}.Other.example` },
          { type: 'A', name: 'Third.example', ttl: 300, data: '192.0.2.53' },
        ],
      }),
    );
    const [, target, third] = namesOf(await ask(query({ name: 'some-letters.example.org' })));
    const sent = upstream.asked.at(-1)!.name.split('.')[0];
    expect([target, third]).toEqual([`${sent}.Other.example`, 'Third.example']);
  });
});

describe('a very large response over TCP', () => {
  const TXT = 16;
  /** An answer of so many bytes. */
  const ofLength = (asked: AskedQuestion, length: number) => {
    const records: Buffer[] = [];
    let left = length - 12 - questionOf(asked.bytes).length;
    while (left > 0) {
      const size = left > 400 ? 200 : left;
      const text = size - 12 - 1;
      const strings = text > 255 ? [255, text - 256] : [text];
      const data = Buffer.concat(
        strings.map((each) => Buffer.concat([Buffer.from([each]), Buffer.alloc(each, 97)])),
      );
      records.push(record({ type: TXT, data }));
      left -= 12 + data.length;
    }
    return answerWith(asked, records);
  };
  const COOKIE = ednsOption(10, Buffer.alloc(8, 7));
  it.each([
    [65_535, null],
    [65_525, null],
    [65_524, 0],
    [65_500, 0],
    [65_400, 1],
  ])(
    'of %i bytes is sent completely to a client with EDNS, and with as many options as there is room for',
    async (length, options) => {
      await startEdge((asked) =>
        asked.transport === 'udp' ? answerTo(asked, { flags: 0x0380 }) : ofLength(asked, length),
      );
      const message = query({ name: 'max.example.org', type: TXT, edns: { options: COOKIE } });
      for (const _ of ['fetched', 'cached']) {
        const answer = decode(await ask(message, 'tcp'));
        expect(answer).toMatchObject({ rcode: 'NOERROR', flags: 'RD RA' });
        expect(answer.answers.length).toBeGreaterThan(300);
        expect(answer.opt?.options.length ?? null).toBe(options);
      }
    },
  );
});

describe('a response whose RDATA does not have the form of its type', () => {
  const loop = (asked: AskedQuestion) => {
    const at = 12 + questionOf(asked.bytes).length + 12;
    return Buffer.from([0xc0 | (at >> 8), at & 255]);
  };
  const soaData = Buffer.concat([nameBytes('ns'), nameBytes('mail'), Buffer.alloc(19)]);
  const longName = Buffer.concat([
    ...Array.from({ length: 3 }, () => Buffer.concat([Buffer.from([63]), Buffer.alloc(63, 97)])),
    POINTER,
  ]);
  const broken: readonly [string, (asked: AskedQuestion) => RecordParts][] = [
    ['an A of three bytes', () => ({ type: TYPES.A, data: Buffer.alloc(3) })],
    ['an A of sixteen bytes', () => ({ type: TYPES.A, data: Buffer.alloc(16) })],
    ['an AAAA of four bytes', () => ({ type: TYPES.AAAA, data: ADDRESS })],
    ['a CNAME that points to itself', (asked) => ({ type: TYPES.CNAME, data: loop(asked) })],
    [
      'a CNAME with bytes after its name',
      () => ({ type: TYPES.CNAME, data: Buffer.concat([POINTER, Buffer.alloc(1)]) }),
    ],
    ['a CNAME that is empty', () => ({ type: TYPES.CNAME, data: Buffer.alloc(0) })],
    ['a name cut off', () => ({ type: TYPES.NS, data: Buffer.from([5, 97, 98]) })],
    ['a name that is too long with what it points to', () => ({ type: TYPES.PTR, data: longName })],
    ['a pointer into the middle of a label', () => ({ type: TYPES.PTR, data: Buffer.from([0xc0, 14]) })],
    ['an MX without a name', () => ({ type: TYPES.MX, data: Buffer.from([0, 10]) })],
    ['an SOA cut off', () => ({ type: TYPES.SOA, data: soaData })],
    ['an SRV with a broken name', () => ({ type: 33, data: Buffer.from([0, 0, 0, 0, 0, 53, 64]) })],
    ['another class', () => ({ type: TYPES.A, class: 3, data: ADDRESS })],
  ];
  it.each(broken)('is not passed on: %s', async (_, parts) => {
    await startEdge((asked) =>
      answerWith(asked, [record({ type: TYPES.A, data: ADDRESS }), record(parts(asked))].reverse()),
    );
    const name = 'a-name-of-letters-that-is-long-enough.and-another-label.www.example.org';
    expect(decode(await ask(query({ name })))).toMatchObject({ rcode: 'SERVFAIL', answers: [] });
    const metrics = await edge.registry.metrics();
    expect(metrics).toContain('dns_upstream_attempts_total{outcome="malformed"} 2');
    expect(metrics).toContain('dns_upstream_up{upstream="1",transport="udp"} 1');
  });

  const kept: readonly [string, RecordParts][] = [
    ['another owner', { owner: nameBytes('other.example.net'), type: TYPES.A, data: ADDRESS }],
    ['an unknown type', { type: 65_280, data: Buffer.from([0xc0, 0xff, 64]) }],
    ['no data at all, of an unknown type', { type: 65_280, data: Buffer.alloc(0) }],
    ['an HTTPS record', { type: TYPES.HTTPS, data: Buffer.from([0, 1, 0, 0, 1, 0, 3, 2, 104, 50]) }],
  ];
  it.each(kept)('is passed on when only a resolver could find it wrong: %s', async (_, parts) => {
    await startEdge((asked) => answerWith(asked, [record(parts)]));
    const answer = await ask(query({ name: 'www.example.org' }));
    expect(answer.subarray(12 + questionOf(answer).length)).toEqual(record(parts));
  });

  it('is rejected in bounded time, however long its pointer chains are', () => {
    // Each record's name leads through all the names before it.
    const question = Buffer.concat([nameBytes('x.example'), Buffer.from([0, 16, 0, 1])]);
    const records: Buffer[] = [];
    let previous = 12;
    for (let at = 12 + question.length; at < 16_000; at += 14) {
      const owner = Buffer.from([1, 97, 0xc0 | (previous >> 8), previous & 255]);
      records.push(record({ owner, type: 65_280, data: Buffer.alloc(0) }));
      previous = at;
    }
    const head = Buffer.from([0, 0, 0x81, 0x80, 0, 1, records.length >> 8, records.length & 255, 0, 0, 0, 0]);
    const message = Buffer.concat([head, question, ...records]);
    expect(readAnswer(message, 12 + question.length)).toBeNull();
  });
});
