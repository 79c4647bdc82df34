import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { useGateway } from '../support/fixtures.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { type RawAnswer, RawConnection } from '../support/raw-http.js';

const SECRET = 'tops3cret';
const REQUEST_MS = 400;
const IDLE = 5000;

const BODY = '{"query":"{ __typename }"}';
const ANSWER = { data: { __typename: 'Query' } };
const HEAD = 'POST /graphql HTTP/1.1\r\nhost: gateway.example\r\ncontent-type: application/json\r\n';

/** A whole request. */
function request(body: string | Buffer = BODY, head = HEAD): Buffer {
  return Buffer.concat([
    Buffer.from(`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n`),
    Buffer.from(body),
  ]);
}

/** A coded error in JSON that nobody may store, and in which nothing of the request comes back. */
function expectRefusal(answer: RawAnswer | undefined, status: number, code: string | RegExp): void {
  expect(answer?.status).toBe(status);
  expect(JSON.parse(answer?.text ?? '{}').errors).toEqual([
    { message: expect.any(String), extensions: { code: expect.stringMatching(code) } },
  ]);
  expect(answer?.headers).toMatchObject({
    'cache-control': 'no-store',
    'content-type': 'application/json; charset=utf-8',
    'x-content-type-options': 'nosniff',
  });
  expect(answer?.text).not.toContain(SECRET);
}

const open: RawConnection[] = [];
afterEach(() => {
  for (const connection of open.splice(0)) connection.close();
});

async function connection(to: TestGateway): Promise<RawConnection> {
  const opened = await RawConnection.to(to.url);
  open.push(opened);
  return opened;
}

/** The first answer to some bytes. */
async function firstAnswer(to: TestGateway, bytes: string | Buffer): Promise<RawAnswer> {
  const asking = await connection(to);
  asking.send(bytes);
  await expect.poll(() => asking.answers().length, { timeout: 10_000, interval: 5 }).toBeGreaterThan(0);
  return asking.answers()[0]!;
}

describe('over HTTP', () => {
  const gateway = useGateway();

  const answerTo = (bytes: string | Buffer) => firstAnswer(gateway, bytes);

  describe('who sends too slowly', () => {
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
    ])('(%s) is cut off with 408, and nobody else waits for it', async (_what, first, more) => {
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

    it('leaves nothing in the log', () => {
      expect(hasty.log.filter((line) => !line.includes('migrations.applied'))).toEqual([]);
    });
  });

  it.each([
    ['a header field that is too large', `${HEAD}x-a: ${SECRET.repeat(3000)}\r\n\r\n`],
    ['a URL that is too long', `GET /${SECRET.repeat(3000)} HTTP/1.1\r\nhost: a\r\n\r\n`],
    ['too many header fields', request(BODY, `${HEAD}${`x-a: ${SECRET}\r\n`.repeat(150)}`)],
  ])('%s: refused with 431', async (_what, bytes) => {
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
    ['a version of HTTP that is framed otherwise', `GET /livez HTTP/2.0\r\nhost: a\r\n\r\n`],
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
    ['chunked, but not last', request(BODY, `${HEAD}transfer-encoding: chunked, identity\r\n`)],
    ['an unknown Transfer-Encoding', `${HEAD}transfer-encoding: ${SECRET}\r\n\r\n`],
    ['a chunk size that is none', `${CHUNKED}\r\n${SECRET}\r\n`],
    ['a chunk that is longer than said', `${CHUNKED}\r\n1\r\n${SECRET}\r\n0\r\n\r\n`],
    ['a chunk size beyond all numbers', `${CHUNKED}\r\n${'f'.repeat(20)}\r\n`],
  ])('%s: refused with 400', async (_what, bytes) => {
    expectRefusal(await answerTo(bytes), 400, 'BAD_REQUEST');
  });

  it('less than announced, and then the end: refused with 400', async () => {
    const asking = await connection(gateway);
    asking.send(`${HEAD}content-length: 1000\r\n\r\n${BODY}`);
    asking.socket.end();
    expectRefusal((await asking.ended())[0], 400, 'BAD_REQUEST');
  });

  it('more than announced: the request is answered, and what follows is refused', async () => {
    const asking = await connection(gateway);
    asking.send(Buffer.concat([request(), Buffer.from(`${SECRET}\r\n\r\n`)]));
    const [first, second, ...more] = await asking.ended();
    expect(JSON.parse(first!.text)).toEqual(ANSWER);
    expectRefusal(second, 400, 'BAD_REQUEST');
    expect(more).toEqual([]);
  });

  it('a body that is too large is refused before it has arrived, also when its size is not announced', async () => {
    expectRefusal(await answerTo(`${HEAD}content-length: 99999999\r\n\r\n{`), 413, 'REQUEST_TOO_LARGE');
    const chunk = `4000\r\n${' '.repeat(0x4000)}\r\n`;
    expectRefusal(await answerTo(`${CHUNKED}\r\n${chunk.repeat(20)}`), 413, 'REQUEST_TOO_LARGE');
  });

  it('pipelined requests are answered in their order, also when the first takes longest', async () => {
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

  it('HTTP/1.0 is answered and closed, with Host and without', async () => {
    for (const host of ['', 'host: gateway.example\r\n']) {
      const asking = await connection(gateway);
      asking.send(request(BODY, `POST /graphql HTTP/1.0\r\n${host}content-type: application/json\r\n`));
      const [answer, ...more] = await asking.ended();
      expect(JSON.parse(answer!.text)).toEqual(ANSWER);
      expect(more).toEqual([]);
    }
  });

  it('Expect: 100-continue is met; anything else that is expected is refused with 417', async () => {
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
  ])('the method %s is refused', async (method, target, status) => {
    const code = status === 405 ? 'METHOD_NOT_ALLOWED' : 'NOT_FOUND';
    const bytes = `${method} ${target} HTTP/1.1\r\nhost: a\r\nx-a: ${SECRET}\r\n\r\n`;
    expectRefusal(await answerTo(bytes), status, code);
  });

  it('a request to switch protocols is answered in this one', async () => {
    const fields = 'connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk\r\n';
    expect(JSON.parse((await answerTo(request(BODY, HEAD + fields))).text)).toEqual(ANSWER);
  });

  it('a compressed body is refused before it is read, however small it is', async () => {
    const bomb = gzipSync(Buffer.alloc(10_000_000, ' '));
    for (const encoding of ['gzip', 'deflate', 'br', 'identity', SECRET]) {
      const answer = await answerTo(request(bomb, `${HEAD}content-encoding: ${encoding}\r\n`));
      expectRefusal(answer, 415, 'BAD_REQUEST');
      expect(answer.headers['accept-encoding']).toBe('identity');
    }
  });

  it.each([
    'null',
    '1',
    'true',
    '"text"',
    '[]',
    '[null]',
    '{}',
    '{"query":1}',
    '{"query":{}}',
    '{"query":null}',
  ])('JSON that is no request (%s): refused with 400', async (body) => {
    expectRefusal(await answerTo(request(body)), 400, 'BAD_REQUEST');
  });

  it.each([
    ['__proto__', `{"query":"{ __typename }","__proto__":{"${SECRET}":1}}`],
    ['__proto__ in variables', `{"query":"{ __typename }","variables":{"a":{"__proto__":{"${SECRET}":1}}}}`],
    ['an escaped __proto__', `{"query":"{ __typename }","variables":{"\\u005f_proto__":{"${SECRET}":1}}}`],
    ['constructor.prototype', `{"query":"{ __typename }","constructor":{"prototype":{"${SECRET}":1}}}`],
    ['variables that are a list', `{"query":"{ __typename }","variables":["${SECRET}"]}`],
    ['variables that are a text', `{"query":"{ __typename }","variables":"${SECRET}"}`],
    ['no Unicode', Buffer.from(`{"query":"{ __typename } \xff\xfe${SECRET}`, 'latin1')],
  ])('JSON with %s: refused with 400', async (_what, body) => {
    expectRefusal(await answerTo(request(body)), 400, 'BAD_REQUEST');
  });

  it('of a key that comes twice the last counts', async () => {
    const answer = await answerTo(request(`{"query":"{ ${SECRET} }","query":"{ __typename }"}`));
    expect(JSON.parse(answer.text)).toEqual(ANSWER);
  });

  const SIGN_IN = 'mutation ($input: SignInInput!) { signIn(input: $input) { userErrors { code } } }';
  const PASSKEY =
    'mutation ($input: CompleteSignInInput!) { completeSignIn(input: $input) { userErrors { code } } }';
  const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
  it.each([
    ['10,000 levels for an object', SIGN_IN, deep(10_000)],
    [
      '10,000 lists for a text',
      SIGN_IN,
      `{"email":${'['.repeat(10_000)}${']'.repeat(10_000)},"password":""}`,
    ],
    ['10,000 levels where any JSON may be', PASSKEY, `{"challenge":"","passkey":${deep(10_000)}}`],
    ['10,000 unknown keys', SIGN_IN, `{${Array.from({ length: 10_000 }, (_, key) => `"${key}":1`)}}`],
  ])('a variable of %s is refused with a code', async (_what, query, input) => {
    const answer = await answerTo(
      request(`{"query":${JSON.stringify(query)},"variables":{"input":${input}}}`),
    );
    const { data, errors = [] } = JSON.parse(answer.text);
    const codes = errors.map(({ extensions }: { extensions: { code: string } }) => extensions.code);
    const told = data?.completeSignIn.userErrors.map(({ code }: { code: string }) => code);
    expect(told ?? codes).not.toContain('INTERNAL_SERVER_ERROR');
    expect([...codes, ...(told ?? [])].length).toBeGreaterThan(0);
    expect(answer.status).toBeLessThan(500);
    expect(answer.text.length).toBeLessThan(2000);
  });

  it('variables of 100,000 keys are too large, and 10,000 that nobody asked for change nothing', async () => {
    const body = (keys: number) =>
      `{"query":"{ __typename }","variables":{${Array.from({ length: keys }, (_, key) => `"${key}":1`)}}}`;
    expectRefusal(await answerTo(request(body(100_000))), 413, 'REQUEST_TOO_LARGE');
    expect(JSON.parse((await answerTo(request(body(10_000)))).text)).toEqual(ANSWER);
  });

  it(`${IDLE} connections on which nothing is asked leave an ordinary client its answer`, async () => {
    const idle: Socket[] = [];
    const { port } = new URL(gateway.url);
    try {
      while (idle.length < IDLE) {
        const batch = Array.from({ length: 100 }, () => connect(Number(port), '127.0.0.1'));
        idle.push(...batch);
        await Promise.all(batch.map((socket) => once(socket, 'connect')));
        // Whose connection has been accepted when those before it have been.
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

  it('leaves nothing in the log, and no request that failed', () => {
    expect(gateway.log.filter((line) => line.includes('request.failed'))).toEqual([]);
    expect(gateway.log.join('')).not.toContain(SECRET);
  });
});

describe('from web pages', () => {
  const PORTAL = 'https://portal.cyberspacevpn.example';
  const ADMIN = 'https://admin.cyberspacevpn.example';
  const FOREIGN = 'https://evil.example';
  const ROTATE = '{"query":"mutation { rotateUsageHandle { userErrors { code } } }"}';
  const gateway = useGateway({ config: { corsOrigins: [PORTAL, ADMIN] } });

  const fieldsOf = (fields: Record<string, string>) =>
    Object.entries(fields)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('');
  const corsFields = ({ headers }: RawAnswer) =>
    Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('access-control-')));

  function preflight(origin: string, path = '/graphql'): Promise<RawAnswer> {
    const fields = fieldsOf({
      host: 'gateway.example',
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    });
    return firstAnswer(gateway, `OPTIONS ${path} HTTP/1.1\r\n${fields}\r\n`);
  }

  /** What a browser does with somebody's session whose page sends a mutation: the answer, and whether it took place. */
  async function rotated(
    fields: Record<string, string>,
    body: string | Buffer = ROTATE,
    target = '/graphql',
  ) {
    const account = await gateway.account();
    const handle = async () =>
      (await gateway.call({ query: '{ viewer { usageHandle } }', token: account.token })).data.viewer
        .usageHandle;
    const before = await handle();
    const head = fieldsOf({ host: 'gateway.example', cookie: `__Host-session=${account.token}`, ...fields });
    const answer = await firstAnswer(gateway, request(body, `POST ${target} HTTP/1.1\r\n${head}`));
    return { answer, changed: (await handle()) !== before };
  }

  const JSON_TYPE = { 'content-type': 'application/json' };

  it.each([PORTAL, ADMIN])(
    'of a configured origin (%s): the preflight allows it, for two hours',
    async (origin) => {
      const answer = await preflight(origin);
      expect(answer.status).toBe(204);
      expect(corsFields(answer)).toEqual({
        'access-control-allow-origin': origin,
        'access-control-allow-credentials': 'true',
        'access-control-allow-methods': 'POST, PUT',
        'access-control-allow-headers': 'content-type, authorization, step-up-token',
        'access-control-max-age': '7200',
      });
      expect(answer.headers.vary).toBe('Origin');
    },
  );

  it.each([
    FOREIGN,
    'null',
    'http://portal.cyberspacevpn.example',
    'https://portal.cyberspacevpn.example:8443',
    'https://portal.cyberspacevpn.example.evil.example',
    'https://evil.example/https://portal.cyberspacevpn.example',
    'https://sub.portal.cyberspacevpn.example',
    SECRET,
  ])('of another origin (%s): the preflight gets no CORS header', async (origin) => {
    const answer = await preflight(origin);
    expectRefusal(answer, 404, 'NOT_FOUND');
    expect(corsFields(answer)).toEqual({});
  });

  it('of a configured origin: the answer is readable there, errors of HTTP too, and of none elsewhere', async () => {
    const { answer, changed } = await rotated({
      ...JSON_TYPE,
      origin: PORTAL,
      'sec-fetch-site': 'same-site',
    });
    expect(changed).toBe(true);
    const readable = {
      'access-control-allow-origin': PORTAL,
      'access-control-allow-credentials': 'true',
    };
    expect(corsFields(answer)).toEqual(readable);
    const faulty = await rotated({ ...JSON_TYPE, origin: PORTAL }, SECRET);
    expectRefusal(faulty.answer, 400, 'BAD_REQUEST');
    expect(corsFields(faulty.answer)).toEqual(readable);
    const none = await rotated(JSON_TYPE);
    expect(none.changed).toBe(true);
    expect(corsFields(none.answer)).toEqual({});
  });

  it.each([
    ['of a foreign site', { origin: FOREIGN, 'sec-fetch-site': 'cross-site' }],
    [
      'of another host of the same site',
      { origin: 'https://blog.cyberspacevpn.example', 'sec-fetch-site': 'same-site' },
    ],
    ['in a sandbox', { origin: 'null', 'sec-fetch-site': 'cross-site' }],
    ['in a browser that tells no site', { origin: FOREIGN }],
    ['in a browser that tells no origin', { 'sec-fetch-site': 'cross-site' }],
    ['with a faulty origin', { origin: SECRET }],
  ])('a page %s cannot act with a cookie, not even with JSON', async (_what, fields) => {
    const { answer, changed } = await rotated({ ...JSON_TYPE, ...fields });
    expectRefusal(answer, 403, 'ORIGIN_NOT_ALLOWED');
    expect(corsFields(answer)).toEqual({});
    expect(changed).toBe(false);
  });

  it.each([
    '/%67raphql',
    '/graphql/',
    '/%67raphql/stream',
    '/graphql?a=b',
    'http://gateway.example/graphql',
    '/nowhere',
  ])('a foreign page cannot act with a cookie by another spelling of the path: %s', async (target) => {
    const { answer, changed } = await rotated({ ...JSON_TYPE, origin: FOREIGN }, ROTATE, target);
    expectRefusal(answer, 403, 'ORIGIN_NOT_ALLOWED');
    expect(changed).toBe(false);
  });

  it.each([
    ['that says so', { origin: 'https://rewritten.example', 'sec-fetch-site': 'same-origin' }],
    ['by its host', { origin: 'http://gateway.example' }],
  ])("a page of the gateway's own (%s) can", async (_what, fields) => {
    expect((await rotated({ ...JSON_TYPE, ...fields })).changed).toBe(true);
  });

  const query = 'mutation { rotateUsageHandle { userErrors { code } } }';
  it.each([
    ['application/x-www-form-urlencoded', `query=${encodeURIComponent(query)}`],
    ['text/plain', ROTATE],
    ['text/plain; a=application/json', ROTATE],
    [
      'multipart/form-data; boundary=x',
      `--x\r\ncontent-disposition: form-data; name="query"\r\n\r\n${query}\r\n--x--`,
    ],
    ['application/graphql', query],
    ['', ROTATE],
  ])('what needs no preflight (%s) is refused, whoever sends it', async (type, body) => {
    for (const origin of [{}, { origin: PORTAL }] as Record<string, string>[]) {
      const { answer, changed } = await rotated(
        { ...origin, ...(type !== '' && { 'content-type': type }) },
        body,
      );
      expectRefusal(answer, 415, 'BAD_REQUEST');
      expect(changed).toBe(false);
    }
  });

  it('a link or an image cannot carry an operation', async () => {
    const path = `/graphql?query=${encodeURIComponent(query)}`;
    const answer = await firstAnswer(gateway, `GET ${path} HTTP/1.1\r\nhost: gateway.example\r\n\r\n`);
    expectRefusal(answer, 405, 'METHOD_NOT_ALLOWED');
  });
});
