import { describe, expect, it } from 'vitest';
import { useGateway } from '../../support/fixtures.js';
import { someSource } from '../../support/gateway.js';
import { fetchProof, type ProofRequest } from '../../support/http/address-proof.js';

const PORTAL = 'https://portal.example';

describe('GET /address-proof', () => {
  const gateway = useGateway({
    config: { trustedProxies: ['127.0.0.9'], corsOrigins: [PORTAL], production: true, moreHosts: ['::1'] },
  });
  const proof = (options: ProofRequest = {}) => fetchProof(gateway.url, options);

  it('gives a proof of the address that the connection comes from, and stores nowhere that it did', async () => {
    const { status, body, headers } = await proof({ source: '127.0.0.41' });
    expect(status).toBe(200);
    expect(body).toEqual({
      proof: expect.stringMatching(/^[\w-]{90,140}$/),
      address: '127.0.0.41',
      family: 'IPV4',
    });
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'content-type': 'application/json; charset=utf-8',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
    expect(headers['set-cookie']).toBeUndefined();
  });

  it('gives one of the /64 over IPv6, where the gateway listens on both', async () => {
    const { body } = await proof({ host: '[::1]' });
    expect(body).toMatchObject({ address: '::/64', family: 'IPV6' });
  });

  it('says nothing to a reader: neither the family nor the address changes its length, and no two are alike', async () => {
    const from = (address: string) => proof({ source: '127.0.0.9', headers: { 'x-forwarded-for': address } });
    const all = await Promise.all(
      ['1.1.1.1', '1.1.1.1', '198.51.100.200', '2001:db8::1', '2001:db8:ffff:ffff::1'].map(from),
    );
    const proofs = all.map(({ body }) => body.proof);
    expect(new Set(proofs).size).toBe(proofs.length);
    expect(new Set(proofs.map(({ length }) => length)).size).toBe(1);
  });

  it('believes X-Forwarded-For of a trusted proxy, and of nobody else', async () => {
    const headers = { 'x-forwarded-for': '8.8.4.5' };
    expect((await proof({ source: '127.0.0.9', headers })).body.address).toBe('8.8.4.5');
    expect((await proof({ source: '127.0.0.42', headers })).body.address).toBe('127.0.0.42');
  });

  it('is refused when a trusted proxy states no address: ADDRESS_UNKNOWN', async () => {
    const answer = await proof({ source: '127.0.0.9', headers: { 'x-forwarded-for': 'unknown' } });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ errors: [{ extensions: { code: 'ADDRESS_UNKNOWN' } }] });
  });

  it('can be read by a page of an allowed origin', async () => {
    const { status, headers } = await proof({ headers: { origin: PORTAL, 'sec-fetch-site': 'same-site' } });
    expect({ status, origin: headers['access-control-allow-origin'] }).toEqual({
      status: 200,
      origin: PORTAL,
    });
    expect(headers.vary).toContain('Origin');
  });

  it.each([
    ['a script', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
    ['a script of a sibling host', { origin: 'https://evil.portal.example', 'sec-fetch-site': 'same-site' }],
    ['a script in a sandbox', { origin: 'null', 'sec-fetch-site': 'cross-site' }],
    ['an element', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }],
  ])('is not given to %s of a page of another origin', async (_what, headers) => {
    const answer = await proof({ headers });
    expect(answer.status).toBe(403);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    expect(answer.body).toMatchObject({ errors: [{ extensions: { code: 'ORIGIN_NOT_ALLOWED' } }] });
  });

  it('is limited by source: TOO_MANY_ATTEMPTS, with a time to wait', async () => {
    const source = someSource();
    const statuses = new Map<number, number>();
    for (let round = 0; round < 61; round += 1) {
      for (const { status } of await Promise.all(Array.from({ length: 10 }, () => proof({ source })))) {
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    }
    expect(Object.fromEntries(statuses)).toEqual({ 200: 600, 429: 10 });
    const { headers, body } = await proof({ source });
    expect(headers['retry-after']).toBe('600');
    expect(body).toMatchObject({ errors: [{ extensions: { code: 'TOO_MANY_ATTEMPTS' } }] });
    expect((await proof({ source: someSource() })).status).toBe(200);
  });

  it('is served to GET alone', async () => {
    for (const method of ['HEAD', 'POST', 'PUT', 'DELETE']) {
      const { status } = await fetch(new URL('/address-proof', gateway.url), { method });
      expect([method, status]).toEqual([method, 404]);
    }
  });
});
