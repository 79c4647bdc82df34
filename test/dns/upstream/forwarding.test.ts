import type { Answer } from 'dns-packet';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { askOnce } from '../support/device.js';
import { decode, ednsOption, nameBytes, type QueryParts, query } from '../support/messages.js';
import { startTestEdge, type TestEdge } from '../support/test-edge.js';
import {
  type AskedQuestion,
  answerTo,
  OPT,
  questionOf,
  startUpstream,
  type TestUpstream,
  usualAnswers,
} from '../support/upstream-server.js';

const SOURCE = '127.0.0.7';
const NO_REACHABLE_AUTHORITY = 22;

let first: TestUpstream;
let second: TestUpstream;
beforeAll(async () => {
  [first, second] = await Promise.all([startUpstream(), startUpstream()]);
});
afterAll(async () => {
  await Promise.all([first?.close(), second?.close()]);
});

let edge: TestEdge;
beforeEach(async () => {
  for (const upstream of [first, second]) {
    upstream.asked.length = 0;
    upstream.script = usualAnswers;
  }
  edge = await startTestEdge({
    upstreams: [first, second].map(({ port }) => ({ host: '127.0.0.1', port })),
    limits: { upstreamRoundsMs: [150, 150] },
  });
});
afterEach(async () => {
  await edge?.close();
});

async function ask(parts: QueryParts, transport: 'udp' | 'tcp' = 'udp') {
  return decode(await askOnce({ port: edge.port, source: SOURCE, transport }, query(parts)));
}

const a = (asked: AskedQuestion, data = '192.0.2.53', ttl = 300): Answer => ({
  type: 'A',
  name: asked.name,
  ttl,
  data,
});

describe('a forwarded query', () => {
  it('has a random ID, a random source port and random letter case', async () => {
    for (let index = 0; index < 12; index++) await ask({ name: `name-${index}.random-case.example.org` });
    const { asked } = first;
    expect(asked).toHaveLength(12);
    expect(new Set(asked.map(({ packet }) => packet.id)).size).toBeGreaterThan(8);
    expect(new Set(asked.map(({ fromPort }) => fromPort)).size).toBeGreaterThan(8);
    const suffixes = new Set(asked.map(({ name }) => name.slice(name.indexOf('.'))));
    expect(suffixes.size).toBeGreaterThan(8);
    expect(asked.map(({ name }) => name.toLowerCase())).toContain('name-11.random-case.example.org');
  });

  it('contains nothing of the client but its question: no client subnet, cookie or ID', async () => {
    const options = Buffer.concat([
      ednsOption(8, Buffer.from([0, 1, 32, 0, 192, 0, 2, 77])),
      ednsOption(10, Buffer.alloc(8, 7)),
    ]);
    await ask({ name: 'www.example.org', edns: { options, payloadSize: 4096 } });
    const { additionals } = first.asked[0]!.packet;
    expect(additionals).toMatchObject([{ type: 'OPT', udpPayloadSize: 1232, options: [] }]);
  });

  it('has the DO and CD bits of the client, and always RD and AD', async () => {
    await ask({ name: 'one.example.org', flags: 0x0010, edns: { dnssecOk: true } });
    await ask({ name: 'two.example.org' });
    const [one, two] = first.asked.map(({ packet }) => packet);
    expect(one).toMatchObject({ flag_rd: true, flag_cd: true, flag_ad: true });
    expect(one!.additionals).toMatchObject([{ flag_do: true }]);
    expect(two).toMatchObject({ flag_rd: true, flag_cd: false, flag_ad: true });
    expect(two!.additionals).toMatchObject([{ flag_do: false }]);
  });
});

describe('the response of an upstream', () => {
  it('reaches the client with unchanged records, and with the client’s ID and letter case', async () => {
    const binary = Buffer.from([4, 0, 255, 192, 12, 1, 46]);
    const dsRecord = Buffer.concat([
      Buffer.from([0xc0, 12, 0, 43, 0, 1, 0, 0, 1, 44, 0, binary.length]),
      binary,
    ]);
    first.script = ({ bytes }) => {
      const head = Buffer.concat([bytes.subarray(0, 12), questionOf(bytes)]);
      for (const [index, field] of [0x8580, 1, 1, 0, 0].entries()) head.writeUInt16BE(field, 2 + index * 2);
      return Buffer.concat([head, dsRecord]);
    };
    const message = query({ name: 'WwW.eXample.ORG', type: 43, id: 0xbeef });
    const answer = decode(await askOnce({ port: edge.port, source: SOURCE, transport: 'udp' }, message));
    expect(answer.bytes.subarray(12)).toEqual(Buffer.concat([message.subarray(12), dsRecord]));
    // The upstream's AA is its own.
    expect(answer).toMatchObject({ id: 0xbeef, flags: 'RD RA' });
  });

  it('is requested again over TCP when it is truncated', async () => {
    first.script = (asked) =>
      asked.transport === 'udp'
        ? answerTo(asked, { flags: 0x0380 })
        : answerTo(asked, { answers: Array.from({ length: 90 }, (_, i) => a(asked, `192.0.2.${i}`)) });
    const answer = await ask({ name: 'many.example.org' }, 'tcp');
    expect(answer.answers).toHaveLength(90);
    expect(first.asked.map(({ transport }) => transport)).toEqual(['udp', 'tcp']);
  });

  it('is requested again over TCP when it does not repeat the letter case', async () => {
    first.script = (asked) => {
      const answer = answerTo(asked, { answers: [a(asked)] });
      const lower = nameBytes(asked.name.toLowerCase());
      answer.set(lower, 12);
      return answer;
    };
    const name = 'a-rather-long-name-with-many-letters.example.org';
    expect((await ask({ name })).answers).toEqual(['A 192.0.2.53']);
    expect(first.asked.map(({ transport }) => transport)).toEqual(['udp', 'tcp']);
  });

  const forged: readonly [string, (asked: AskedQuestion) => Buffer][] = [
    ['another ID', (asked) => changed(asked, (bytes) => bytes.writeUInt16BE(asked.packet.id! ^ 1, 0))],
    ['another name', (asked) => changed(asked, (bytes) => bytes.write('x', 13))],
    [
      'another type',
      (asked) => changed(asked, (bytes) => bytes.writeUInt16BE(28, 12 + questionOf(asked.bytes).length - 4)),
    ],
    ['QR clear', (asked) => changed(asked, (bytes) => bytes.writeUInt16BE(0x0180, 2))],
    ['another opcode', (asked) => changed(asked, (bytes) => bytes.writeUInt16BE(0x9180, 2))],
    ['two questions', (asked) => changed(asked, (bytes) => bytes.writeUInt16BE(2, 4))],
    [
      'neither question nor its ID',
      (asked) =>
        changed(asked, (bytes) => {
          bytes.writeUInt16BE(asked.packet.id! ^ 1, 0);
          bytes.writeUInt16BE(0, 4);
        }),
    ],
    ['three bytes', (asked) => changed(asked, () => {}).subarray(0, 3)],
  ];
  const changed = (asked: AskedQuestion, change: (bytes: Buffer) => void) => {
    const bytes = answerTo(asked, { answers: [a(asked, '203.0.113.66')] });
    change(bytes);
    return bytes;
  };
  it.each(forged)('is still awaited when a forged one comes first: %s', async (_, forge) => {
    first.script = (asked) => [forge(asked), answerTo(asked, { answers: [a(asked)] })];
    expect((await ask({ name: 'www.example.org' })).answers).toEqual(['A 192.0.2.53']);
    expect(second.asked).toEqual([]);
  });

  it('is no longer awaited when many forged ones come', async () => {
    first.script = (asked) => [
      ...Array.from({ length: 40 }, () => forged[0]![1](asked)),
      answerTo(asked, { answers: [a(asked)] }),
    ];
    second.script = (asked) => answerTo(asked, { answers: [a(asked, '192.0.2.99')] });
    expect((await ask({ name: 'www.example.org' })).answers).toEqual(['A 192.0.2.99']);
  });

  const broken: readonly [string, (asked: AskedQuestion) => Buffer][] = [
    [
      'cut off in a record',
      (asked) => answerTo(asked, { answers: [a(asked)], additionals: [] }).subarray(0, -2),
    ],
    ['a count too high', (asked) => changed(asked, (bytes) => bytes.writeUInt16BE(9, 6))],
    [
      'a pointer that points forward',
      (asked) => withRecord(asked, [0xc0, 0xff, 0, 1, 0, 1, 0, 0, 0, 9, 0, 0]),
    ],
    ['a pointer into the header', (asked) => withRecord(asked, [0xc0, 4, 0, 1, 0, 1, 0, 0, 0, 9, 0, 0])],
    ['OPT among the answers', (asked) => answerTo(asked, { answers: [OPT], additionals: [] })],
    [
      'an option longer than OPT',
      (asked) => {
        const bytes = answerTo(asked, {});
        bytes.writeUInt16BE(4, bytes.length - 2);
        return Buffer.concat([bytes, Buffer.from([0, 15, 0, 9])]);
      },
    ],
    ['REFUSED', (asked) => answerTo(asked, { flags: 0x0185 })],
    ['FORMERR', (asked) => answerTo(asked, { flags: 0x0181 })],
    ['BADVERS', (asked) => answerTo(asked, { additionals: [{ ...OPT, extendedRcode: 1 } as Answer] })],
  ];
  const withRecord = (asked: AskedQuestion, record: readonly number[]) => {
    const bytes = answerTo(asked, { additionals: [] });
    bytes.writeUInt16BE(1, 6);
    return Buffer.concat([bytes, Buffer.from(record)]);
  };
  it.each(broken)('is replaced by that of the next upstream when it is unusable: %s', async (_, breakIt) => {
    first.script = breakIt;
    second.script = (asked) => answerTo(asked, { answers: [a(asked, '192.0.2.99')] });
    expect((await ask({ name: 'www.example.org' })).answers).toEqual(['A 192.0.2.99']);
  });

  it('keeps its extended DNS errors, and no other EDNS option', async () => {
    const options = [
      { code: 15, data: Buffer.from([0, 9, 98, 97, 100]) },
      { code: 10, data: Buffer.alloc(16, 1) },
    ];
    for (const upstream of [first, second]) {
      upstream.script = (asked) =>
        answerTo(asked, { flags: 0x0182, additionals: [{ ...OPT, options } as unknown as Answer] });
    }
    const answer = await ask({ name: 'bogus.example.org', edns: {} });
    expect(answer).toMatchObject({ rcode: 'SERVFAIL', extendedErrors: [9] });
    expect(answer.opt!.options).toHaveLength(1);
  });
});

describe('upstreams that fail', () => {
  it('are skipped for the next one when they send no response', async () => {
    first.script = () => null;
    expect((await ask({ name: 'www.example.org' })).answers).toEqual(['A 192.0.2.53']);
    expect(second.asked).toHaveLength(1);
  });

  it('lead to SERVFAIL with an extended DNS error when none responds', async () => {
    for (const upstream of [first, second]) upstream.script = () => null;
    const answer = await ask({ name: 'www.example.org', edns: {} });
    expect(answer).toMatchObject({
      rcode: 'SERVFAIL',
      extendedErrors: [NO_REACHABLE_AUTHORITY],
      flags: 'RD RA',
    });
    const metrics = await edge.registry.metrics();
    expect(metrics).toContain('dns_upstream_attempts_total{outcome="timeout"} 4');
    expect(metrics).toContain('dns_answers_total{kind="failed",rcode="SERVFAIL"} 1');
  });

  it('are not needed for names that are answered locally; without any, other names fail at once', async () => {
    const alone = await startTestEdge();
    const askAlone = async (name: string) => {
      const where = { port: alone.port, source: SOURCE, transport: 'udp' } as const;
      return decode(await askOnce(where, query({ name, edns: {} })));
    };
    expect(await askAlone('www.example.org')).toMatchObject({
      rcode: 'SERVFAIL',
      extendedErrors: [NO_REACHABLE_AUTHORITY],
    });
    expect((await askAlone('www.stream.example')).rcode).toBe('NOERROR');
    expect((await askAlone('localhost')).rcode).toBe('NOERROR');
    await alone.close();
  });
});

describe('an edge that stops', () => {
  it('sends the responses in flight first', async () => {
    const release = Promise.withResolvers<void>();
    first.script = async (asked) => {
      await release.promise;
      return answerTo(asked, { answers: [a(asked)] });
    };
    const slow = await startTestEdge({
      upstreams: [{ host: '127.0.0.1', port: first.port }],
      limits: { upstreamRoundsMs: [4000] },
    });
    const waiting = (['udp', 'tcp'] as const).map((transport) => {
      const message = query({ name: `${transport}.example.org` });
      return askOnce({ port: slow.port, source: SOURCE, transport }, message);
    });
    await expect.poll(() => first.asked.length).toBe(2);
    const closed = slow.close();
    release.resolve();
    for (const answer of await Promise.all(waiting)) {
      expect(decode(answer).answers).toEqual(['A 192.0.2.53']);
    }
    await closed;
  });
});
