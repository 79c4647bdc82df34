import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useGateway } from '../support/fixtures.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import {
  ANSWER,
  BODY,
  connection,
  expectRefusal,
  firstAnswer,
  HEAD,
  request,
  SECRET,
} from './raw-requests.js';

const REQUEST_MS = 400;
const IDLE = 5000;

describe('a malformed HTTP request', () => {
  const gateway = useGateway();

  const answerTo = (bytes: string | Buffer) => firstAnswer(gateway, bytes);

  describe('that arrives too slowly', () => {
    let hasty: TestGateway;
    beforeAll(async () => {
      hasty = await startTestGateway({ config: { requestMs: REQUEST_MS } });
    });
    afterAll(() => hasty?.stop());

    it.each([
      ['nothing', '', ''],
      ['header fields that trickle', HEAD, `x-${SECRET}: 1\r\n`],
      ['a body that trickles', `${HEAD}content-length: 1000\r\n\r\n{`, ' '],
      ['chunks that trickle', `${HEAD}transfer-encoding: chunked\r\n\r\n`, '1\r\n{\r\n'],
      ['less than announced', `${HEAD}content-length: 1000\r\n\r\n${BODY}`, ''],
    ])('(%s) is ended with 408, and delays no other request', async (_what, first, more) => {
      const start = performance.now();
      const slow = await connection(hasty);
      slow.send(first);
      const trickle = setInterval(() => slow.send(more), 20);
      const ended = slow.ended();
      let others = 0;
      while (slow.answers().length === 0) {
        expect((await hasty.call({ query: '{ __typename }' })).data).toEqual(ANSWER.data);
        others += 1;
      }
      clearInterval(trickle);
      expectRefusal((await ended)[0], 408, 'REQUEST_TIMEOUT');
      expect(performance.now() - start).toBeLessThan(5 * REQUEST_MS);
      expect(others).toBeGreaterThan(3);
    });

    it('is not logged', () => {
      expect(hasty.log.filter((line) => !line.includes('migrations.applied'))).toEqual([]);
    });
  });

  it.each([
    ['a header field that is too large', `${HEAD}x-a: ${SECRET.repeat(3000)}\r\n\r\n`],
    ['a URL that is too long', `GET /${SECRET.repeat(3000)} HTTP/1.1\r\nhost: a\r\n\r\n`],
    ['too many header fields', request(BODY, `${HEAD}${`x-a: ${SECRET}\r\n`.repeat(150)}`)],
  ])('with %s is refused with 431', async (_what, bytes) => {
    expectRefusal(await answerTo(bytes), 431, 'REQUEST_TOO_LARGE');
  });

  const CHUNKED = `${HEAD}transfer-encoding: chunked\r\n`;
  it.each([
    ['no HTTP', `${SECRET}\r\n\r\n`],
    ['a TLS handshake', Buffer.from('16030100c8010000c40303', 'hex')],
    ['HTTP/2 with prior knowledge', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a version that does not exist', `GET /livez HTTP/9.9\r\nhost: a\r\n\r\n`],
    ['a header field without a name', `${HEAD}: ${SECRET}\r\n\r\n`],
    ['a header field that is folded', `${HEAD}x-a: 1\r\n ${SECRET}\r\n\r\n`],
    ['a space before the colon', `${HEAD}content-length : 5\r\n\r\n${SECRET}`],
    ['a lone line feed in a field', `${HEAD}x-a: a\n\tb: c\r\n\r\n`],
    ['a NUL in a field', `${HEAD}x-a: \0${SECRET}\r\n\r\n`],
    ['the version of HTTP/2 in a request line', `GET /livez HTTP/2.0\r\nhost: a\r\n\r\n`],
    ['a Host with a space', request(BODY, HEAD.replace('gateway.example', `a ${SECRET}`))],
    ['a Host with a user', request(BODY, HEAD.replace('gateway.example', `${SECRET}@b`))],
    ['a Host with a path', request(BODY, HEAD.replace('gateway.example', `a/${SECRET}`))],
    ['no Host', 'POST /graphql HTTP/1.1\r\ncontent-length: 0\r\n\r\n'],
    ['two Hosts', request(BODY, `${HEAD}host: ${SECRET}\r\n`)],
    ['Content-Length and Transfer-Encoding', request(BODY, CHUNKED)],
    ['two Content-Lengths', request(BODY, `${HEAD}content-length: 5\r\n`)],
    ['a Content-Length that is no number', `${HEAD}content-length: +5\r\n\r\n${SECRET}`],
    ['a Content-Length below zero', `${HEAD}content-length: -1\r\n\r\n`],
    ['a Content-Length beyond all numbers', `${HEAD}content-length: ${'9'.repeat(30)}\r\n\r\n`],
    ['chunked that is not the last coding', request(BODY, `${HEAD}transfer-encoding: chunked, identity\r\n`)],
    ['an unknown Transfer-Encoding', `${HEAD}transfer-encoding: ${SECRET}\r\n\r\n`],
    ['a chunk size that is none', `${CHUNKED}\r\n${SECRET}\r\n`],
    ['a chunk that is longer than announced', `${CHUNKED}\r\n1\r\n${SECRET}\r\n0\r\n\r\n`],
    ['a chunk size beyond all numbers', `${CHUNKED}\r\n${'f'.repeat(20)}\r\n`],
  ])('with %s is refused with 400', async (_what, bytes) => {
    expectRefusal(await answerTo(bytes), 400, 'BAD_REQUEST');
  });

  it('that ends before its announced length is refused with 400', async () => {
    const asking = await connection(gateway);
    asking.send(`${HEAD}content-length: 1000\r\n\r\n${BODY}`);
    asking.socket.end();
    expectRefusal((await asking.ended())[0], 400, 'BAD_REQUEST');
  });

  it('that is longer than announced is answered, and the bytes after it are refused', async () => {
    const asking = await connection(gateway);
    asking.send(Buffer.concat([request(), Buffer.from(`${SECRET}\r\n\r\n`)]));
    const [first, second, ...more] = await asking.ended();
    expect(JSON.parse(first!.text)).toEqual(ANSWER);
    expectRefusal(second, 400, 'BAD_REQUEST');
    expect(more).toEqual([]);
  });

  it('whose body is too large is refused before it has arrived, even if its size is not announced', async () => {
    expectRefusal(await answerTo(`${HEAD}content-length: 99999999\r\n\r\n{`), 413, 'REQUEST_TOO_LARGE');
    const chunk = `4000\r\n${' '.repeat(0x4000)}\r\n`;
    expectRefusal(await answerTo(`${CHUNKED}\r\n${chunk.repeat(20)}`), 413, 'REQUEST_TOO_LARGE');
  });

  it('does not change the order of the responses to pipelined requests', async () => {
    const asking = await connection(gateway);
    const token = await gateway.user();
    const slow = request(
      '{"query":"{ viewer { usageHandle } }"}',
      `${HEAD}authorization: Bearer ${token}\r\n`,
    );
    const live = Buffer.from('GET /livez HTTP/1.1\r\nhost: a\r\n\r\n');
    asking.send(Buffer.concat([slow, live, request(), request(`{"query":"{ ${SECRET} "}`), request()]));
    await expect.poll(() => asking.answers().length).toBe(5);
    const [handle, alive, typename, refused, again] = asking.answers();
    expect(JSON.parse(handle!.text).data.viewer.usageHandle).toEqual(expect.any(String));
    expect(alive!.text).toBe('ok\n');
    expect(JSON.parse(typename!.text)).toEqual(ANSWER);
    expect(JSON.parse(refused!.text).errors).toMatchObject([
      { extensions: { code: 'GRAPHQL_PARSE_FAILED' } },
    ]);
    expect(JSON.parse(again!.text)).toEqual(ANSWER);
  });

  it('is not one of HTTP/1.0: it is answered, with Host and without, and its connection is closed', async () => {
    for (const host of ['', 'host: gateway.example\r\n']) {
      const asking = await connection(gateway);
      asking.send(request(BODY, `POST /graphql HTTP/1.0\r\n${host}content-type: application/json\r\n`));
      const [answer, ...more] = await asking.ended();
      expect(JSON.parse(answer!.text)).toEqual(ANSWER);
      expect(more).toEqual([]);
    }
  });

  it('with an expectation other than 100-continue is refused with 417', async () => {
    const asking = await connection(gateway);
    asking.send(`${HEAD}expect: 100-continue\r\ncontent-length: ${BODY.length}\r\n\r\n`);
    await expect.poll(() => asking.answers().length).toBe(1);
    expect(asking.answers()[0]!.status).toBe(100);
    asking.send(BODY);
    await expect.poll(() => asking.answers().length).toBe(2);
    expect(JSON.parse(asking.answers()[1]!.text)).toEqual(ANSWER);
    expectRefusal(await answerTo(request(BODY, `${HEAD}expect: ${SECRET}\r\n`)), 417, 'BAD_REQUEST');
  });

  it.each([
    ['GET', '/graphql', 405],
    ['PUT', '/graphql', 405],
    ['PATCH', '/graphql', 405],
    ['DELETE', '/graphql', 405],
    ['OPTIONS', '/graphql', 404],
    ['TRACE', '/graphql', 404],
    ['PROPFIND', '/graphql', 404],
    ['CONNECT', `${SECRET}.example:443`, 405],
  ])('with the method %s is refused', async (method, target, status) => {
    const code = status === 405 ? 'METHOD_NOT_ALLOWED' : 'NOT_FOUND';
    const bytes = `${method} ${target} HTTP/1.1\r\nhost: a\r\nx-a: ${SECRET}\r\n\r\n`;
    expectRefusal(await answerTo(bytes), status, code);
  });

  it('is not one that asks for HTTP/2: it is answered over HTTP/1.1', async () => {
    const fields = 'connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk\r\n';
    expect(JSON.parse((await answerTo(request(BODY, HEAD + fields))).text)).toEqual(ANSWER);
  });

  it('with a compressed body is refused before the body is read, however small it is', async () => {
    const bomb = gzipSync(Buffer.alloc(10_000_000, ' '));
    for (const encoding of ['gzip', 'deflate', 'br', 'identity', SECRET]) {
      const answer = await answerTo(request(bomb, `${HEAD}content-encoding: ${encoding}\r\n`));
      expectRefusal(answer, 415, 'BAD_REQUEST');
      expect(answer.headers['accept-encoding']).toBe('identity');
    }
  });

  it(`does not delay others, and neither do ${IDLE} connections without a request`, async () => {
    const idle: Socket[] = [];
    const { port } = new URL(gateway.url);
    try {
      while (idle.length < IDLE) {
        const batch = Array.from({ length: 100 }, () => connect(Number(port), '127.0.0.1'));
        idle.push(...batch);
        await Promise.all(batch.map((socket) => once(socket, 'connect')));
        // Its connection is accepted after those before it.
        await gateway.call({ query: '{ __typename }' });
      }
      const start = performance.now();
      expect((await gateway.call({ query: '{ __typename }' })).data).toEqual(ANSWER.data);
      expect(performance.now() - start).toBeLessThan(1000);
      expect(idle.every((socket) => !socket.destroyed)).toBe(true);
    } finally {
      for (const socket of idle) socket.destroy();
    }
  });

  it('is not logged as failed, and no value of it is logged', () => {
    expect(gateway.log.filter((line) => line.includes('request.failed'))).toEqual([]);
    expect(gateway.log.join('')).not.toContain(SECRET);
  });
});
