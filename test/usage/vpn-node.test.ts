import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, it } from 'vitest';
import { useGateway } from '../support/fixtures.js';
import { dayFromNow } from '../support/gateway.js';
import { callAsNode, makeNode, RECORD_USAGE, type TestNode } from '../support/people/vpn-node.js';

const MEGABYTE = 1024 * 1024;

const gateway = useGateway();
let node: TestNode;
beforeAll(async () => {
  node = await makeNode(gateway);
});

const REPORT = { query: RECORD_USAGE, variables: { input: { day: dayFromNow(-1), rows: [] } } };

/** The status and the code of the answer to a body of spaces, with the report at its end. */
function post(path: string, bytes: number, token: string) {
  const body = JSON.stringify(REPORT).padStart(bytes);
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  return new Promise<{ status: number | undefined; code: string | undefined }>((resolve, reject) => {
    const sent = request(new URL(path, gateway.url), { method: 'POST', headers }, async (response) => {
      const { errors } = JSON.parse(await text(response));
      resolve({ status: response.statusCode, code: errors?.[0].extensions.code });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

describe('/graphql/vpn-node', () => {
  it('takes bodies of up to 16 MB, and /graphql does not', async () => {
    const tooLarge = { status: 413, code: 'REQUEST_TOO_LARGE' };
    expect(await post('/graphql/vpn-node', 16 * MEGABYTE, node.token)).toMatchObject({ status: 200 });
    expect(await post('/graphql/vpn-node', 16 * MEGABYTE + 1, node.token)).toEqual(tooLarge);
    expect(await post('/graphql', MEGABYTE, await gateway.user())).toEqual(tooLarge);
  });

  it('refuses a client without a node token', async () => {
    const user = await gateway.user();
    const cookie = { cookie: `__Host-session=${user}` };
    const refused = [{ code: 'UNAUTHENTICATED' }];
    for (const caller of [
      {},
      { token: user },
      { token: '' },
      { token: `${node.token}A` },
      { headers: cookie },
    ]) {
      const answer = await callAsNode(gateway, { ...REPORT, ...caller });
      expect(answer.status).toBe(401);
      expect(answer.errors?.map(({ extensions }) => extensions)).toEqual(refused);
    }
  });

  it('refuses a false token before it has read what comes with it', async () => {
    const socket = connect(gateway.gateway.port, '127.0.0.1');
    socket.write(
      [
        'POST /graphql/vpn-node HTTP/1.1',
        'Host: gateway',
        'Content-Type: application/json',
        `Content-Length: ${8 * MEGABYTE}`,
        'Authorization: Bearer canary',
        '',
        '',
      ].join('\r\n'),
    );
    const [answer] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 401 /);
    expect(answer.toString()).not.toContain('canary');
  });

  it('is nothing to /graphql: a node’s token is no session there', async () => {
    const { data, errors } = await gateway.call({ ...REPORT, token: node.token });
    expect(data?.recordUsage ?? null).toBeNull();
    expect(errors?.map(({ extensions }) => extensions?.code)).toEqual(['UNAUTHENTICATED']);
  });

  it('sets no cookie and reads none', async () => {
    const headers = { cookie: `__Host-session=${await gateway.admin()}; __Host-language=de` };
    const answer = await callAsNode(gateway, {
      query: '{ vpnNodes { totalCount } }',
      token: node.token,
      headers,
    });
    expect(answer.errors?.map(({ extensions }) => extensions?.code)).toEqual(['FORBIDDEN']);
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('answers POST only', async () => {
    const response = await fetch(`${gateway.url}/vpn-node`);
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
  });
});
