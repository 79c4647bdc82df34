import { randomBytes } from 'node:crypto';
import sodium from 'libsodium-wrappers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CookieSecrets, Cookies } from '../../../src/dns/policy/cookies.js';
import { Query } from '../../../src/dns/wire/query.js';
import { parseAddress } from '../../../src/lib/ip.js';
import { halfSipHash, sipHash } from '../../../src/lib/siphash.js';
import { askOnce, type Transport } from '../support/device.js';
import { decode, ednsOption, query } from '../support/messages.js';
import { startTestEdge, type TestEdge, UDP_TRANSPORTS } from '../support/test-edge.js';
import { startUpstream, type TestUpstream } from '../support/upstream-server.js';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const COOKIE = 10;

describe('SipHash-2-4', () => {
  it('equals libsodium’s for inputs of any length', async () => {
    await sodium.ready;
    const out = new Uint8Array(8);
    for (let length = 0; length <= 64; length++) {
      const key = randomBytes(16);
      const bytes = randomBytes(length);
      const words = Uint32Array.from([0, 4, 8, 12], (at) => key.readUInt32LE(at));
      sipHash(words, 0, bytes, length, out, 0);
      expect(hex(out)).toBe(hex(sodium.crypto_shorthash(bytes, key)));
    }
  });
});

it('HalfSipHash-1-3 equals the Linux kernel’s for its test vector of twelve bytes', () => {
  expect(halfSipHash(0x03020100, 0x07060504, 0x03020100, 0x07060504, 0x0b0a0908)).toBe(0x6b28096c);
});

/** A query with the cookie, as `Query` reads it. */
function queryWith(cookie: Uint8Array): Query {
  const message = query({ name: 'example.org', edns: { options: ednsOption(COOKIE, Buffer.from(cookie)) } });
  const read = new Query([1, 2]);
  expect(read.read(message, message.length)).toBe(true);
  return read;
}

describe('a server cookie', () => {
  // RFC 9018 appendix A: secret, address, seconds, client cookie and the server cookie that is made of them.
  it.each([
    [
      'A.1',
      'e5e973e5a6b2a43f48e7dc849e37bfcf',
      '198.51.100.100',
      1_559_731_985,
      '2464c4abcf10c957',
      '010000005cf79f111f8130c3eee29480',
    ],
    [
      'A.2',
      'e5e973e5a6b2a43f48e7dc849e37bfcf',
      '198.51.100.100',
      1_559_734_385,
      '2464c4abcf10c957',
      '010000005cf7a871d4a564a1442aca77',
    ],
    [
      'A.3',
      'e5e973e5a6b2a43f48e7dc849e37bfcf',
      '203.0.113.203',
      1_559_734_700,
      'fc93fc62807ddb86',
      '010000005cf7a9acf73a7810aca2381e',
    ],
    [
      'A.4',
      '445536bcd2513298075a5d379663c962',
      '2001:db8:220:1:59de:d0f4:8769:82b8',
      1_559_741_961,
      '22681ab97d52c298',
      '010000005cf7c609a6bb79d16625507a',
    ],
  ])('equals the test vector of RFC 9018 appendix %s', (_, secret, address, seconds, client, server) => {
    const source = parseAddress(address)!;
    const cookies = new Cookies(CookieSecrets.of([Buffer.from(secret, 'hex')]), () => seconds);
    const out = new Uint8Array(24);
    cookies.write(queryWith(Buffer.from(client, 'hex')), source, out, 0);
    expect(hex(out)).toBe(client + server);
    expect(cookies.isValid(queryWith(out), source)).toBe(true);
    expect(cookies.isValid(queryWith(out), parseAddress('192.0.2.1')!)).toBe(false);
  });

  it('is valid for an hour, up to five minutes early, and under the previous secret', () => {
    const source = parseAddress('192.0.2.1')!;
    let seconds = 1_700_000_000;
    const secrets = CookieSecrets.of([]);
    const cookies = new Cookies(secrets, () => seconds);
    const out = new Uint8Array(24);
    cookies.write(queryWith(Buffer.alloc(8, 7)), source, out, 0);
    const isGoodAfter = (passed: number) => {
      seconds = 1_700_000_000 + passed;
      return cookies.isValid(queryWith(out), source);
    };
    expect([-301, -300, 0, 3600, 3601].map(isGoodAfter)).toEqual([false, true, true, true, false]);
    secrets.rotate();
    expect(isGoodAfter(0)).toBe(true);
    secrets.rotate();
    expect(isGoodAfter(0)).toBe(false);
  });
});

describe.each(UDP_TRANSPORTS)('a client over UDP, by %s,', (_, workers) => {
  const ALLOWED = '127.0.0.7';
  const UNLISTED = '127.0.0.66';
  let edge: TestEdge;
  let upstream: TestUpstream;
  beforeAll(async () => {
    upstream = await startUpstream();
    const upstreams = [{ host: '127.0.0.1', port: upstream.port }];
    edge = await startTestEdge({ workers, requiresCookie: true, upstreams });
  });
  afterAll(async () => {
    await edge?.close();
    await upstream?.close();
  });

  const ask = async (name: string, cookie?: Uint8Array, source = ALLOWED, transport: Transport = 'udp') => {
    const options = cookie === undefined ? Buffer.alloc(0) : ednsOption(COOKIE, Buffer.from(cookie));
    return decode(await askOnce({ port: edge.port, source, transport }, query({ name, edns: { options } })));
  };
  const cookieOf = (answer: Awaited<ReturnType<typeof ask>>) => {
    const option = answer.opt?.options.find(({ code }) => code === COOKIE);
    return option === undefined ? null : Buffer.from(option.data as Uint8Array);
  };

  it('that forges an address causes no forwarded query', async () => {
    upstream.asked.length = 0;
    const seen = new Map<string, Set<string>>();
    for (const source of [ALLOWED, UNLISTED]) {
      const outcomes = new Set<string>();
      for (let index = 0; index < 50; index++) {
        const forged = [undefined, randomBytes(8), randomBytes(24)][index % 3];
        const { rcode, flags } = await ask(`${source}-${index}.attacker.example`, forged, source);
        outcomes.add(`${rcode} ${flags}`);
      }
      seen.set(source, outcomes);
    }
    expect(upstream.asked).toEqual([]);
    expect(seen).toEqual(
      new Map([
        [ALLOWED, new Set(['NOERROR TC RD RA'])],
        [UNLISTED, new Set(['REFUSED RD'])],
      ]),
    );
  });

  it('gets a cookie with its first response, and with that cookie its queries are forwarded (RFC 7873 section 5.2.3)', async () => {
    const client = randomBytes(8);
    const first = await ask('cold.example.org', client);
    expect(first).toMatchObject({ flags: 'TC RD RA', answers: [] });
    const cookie = cookieOf(first)!;
    expect(cookie).toHaveLength(24);
    expect(cookie.subarray(0, 8)).toEqual(client);
    const second = await ask('cold.example.org', cookie);
    expect(second).toMatchObject({ rcode: 'NOERROR', answers: ['A 192.0.2.53'] });
    expect(cookieOf(second)).toHaveLength(24);
    // Once it is in memory nobody has to prove anything.
    expect((await ask('cold.example.org')).answers).toEqual(['A 192.0.2.53']);
  });

  it('gets a cookie without a question, and may ask whether it is still valid (RFC 7873 section 5.4)', async () => {
    const askCookie = async (cookie: Uint8Array) => {
      const options = ednsOption(COOKIE, Buffer.from(cookie));
      const asked = query({ name: '', counts: [0, 0, 0, 1], edns: { options } });
      // The root and its type and class are no question here.
      const message = Buffer.concat([asked.subarray(0, 12), asked.subarray(17)]);
      return decode(await askOnce({ port: edge.port, source: ALLOWED, transport: 'udp' }, message));
    };
    const cookie = cookieOf(await askCookie(randomBytes(8)))!;
    expect((await ask('by-cookie.example.org', cookie)).answers).toEqual(['A 192.0.2.53']);
    expect((await askCookie(cookie)).rcode).toBe('NOERROR');
    expect((await askCookie(randomBytes(24))).rcode).toBe('23');
  });

  it('cannot use a cookie that was made for another address', async () => {
    edge.list('127.0.0.77', 'us');
    const cookie = cookieOf(await ask('relayed.stream.example', randomBytes(8), '127.0.0.77'))!;
    expect((await ask('other.example.org', cookie)).flags).toBe('TC RD RA');
    expect((await ask('other.example.org', cookie, '127.0.0.77')).answers).toEqual(['A 192.0.2.53']);
  });

  it('needs no cookie over TCP, and none for names of the catalogue', async () => {
    expect((await ask('tcp.example.org', undefined, ALLOWED, 'tcp')).answers).toEqual(['A 192.0.2.53']);
    expect((await ask('www.stream.example')).answers).toEqual(['A 198.51.100.10']);
  });

  it.each([1, 7, 9, 15, 41, 100])(
    'with a cookie of %i bytes gets FORMERR (RFC 7873 section 5.2.2)',
    async (length) => {
      expect((await ask('www.stream.example', Buffer.alloc(length))).rcode).toBe('FORMERR');
    },
  );

  it('that is unlisted gets no cookie, and no response longer than its query', async () => {
    const options = ednsOption(COOKIE, randomBytes(8));
    for (const name of ['portal.vpn.example', 'www.example.org']) {
      const message = query({ name, edns: { options } });
      const answer = await askOnce({ port: edge.port, source: UNLISTED, transport: 'udp' }, message);
      expect(answer.length).toBeLessThanOrEqual(message.length);
      expect(decode(answer).opt?.options).toEqual([]);
    }
  });
});
