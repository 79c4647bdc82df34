import { describe, expect, it } from 'vitest';
import { useGateway } from '../support/fixtures.js';
import type { RawAnswer } from '../support/http/raw-http.js';
import { expectRefusal, firstAnswer, request, SECRET } from './raw-requests.js';

describe('a request from a web page', () => {
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

  /** Sends a mutation with a session cookie and these fields. Returns the response, and whether the mutation took place. */
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
    'of a configured origin (%s) is allowed by its preflight for two hours',
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
  ])('of another origin (%s) gets no CORS header in its preflight', async (origin) => {
    const answer = await preflight(origin);
    expectRefusal(answer, 404, 'NOT_FOUND');
    expect(corsFields(answer)).toEqual({});
  });

  it('of a configured origin gets a response that this origin alone may read, errors included', async () => {
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
    const invalid = await rotated({ ...JSON_TYPE, origin: PORTAL }, SECRET);
    expectRefusal(invalid.answer, 400, 'BAD_REQUEST');
    expect(corsFields(invalid.answer)).toEqual(readable);
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
    ['in a browser that sends no site', { origin: FOREIGN }],
    ['in a browser that sends no origin', { 'sec-fetch-site': 'cross-site' }],
    ['with an invalid origin', { origin: SECRET }],
  ])('%s cannot act with a session cookie, not even with JSON', async (_what, fields) => {
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
  ])(
    'of another origin cannot act with a session cookie by another spelling of the path: %s',
    async (target) => {
      const { answer, changed } = await rotated({ ...JSON_TYPE, origin: FOREIGN }, ROTATE, target);
      expectRefusal(answer, 403, 'ORIGIN_NOT_ALLOWED');
      expect(changed).toBe(false);
    },
  );

  it.each([
    ['that sends its site', { origin: 'https://rewritten.example', 'sec-fetch-site': 'same-origin' }],
    ['of the same host', { origin: 'http://gateway.example' }],
  ])("of the gateway's own origin (%s) can act with a session cookie", async (_what, fields) => {
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
  ])('that needs no preflight (%s) is refused, also from a configured origin', async (type, body) => {
    for (const origin of [{}, { origin: PORTAL }] as Record<string, string>[]) {
      const { answer, changed } = await rotated(
        { ...origin, ...(type !== '' && { 'content-type': type }) },
        body,
      );
      expectRefusal(answer, 415, 'BAD_REQUEST');
      expect(changed).toBe(false);
    }
  });

  it('by a link or an image cannot carry an operation', async () => {
    const path = `/graphql?query=${encodeURIComponent(query)}`;
    const answer = await firstAnswer(gateway, `GET ${path} HTTP/1.1\r\nhost: gateway.example\r\n\r\n`);
    expectRefusal(answer, 405, 'METHOD_NOT_ALLOWED');
  });
});
