import { auditServer } from 'graphql-http';
import { describe, expect, it } from 'vitest';
import { useGateway } from '../support/fixtures.js';

/** What the specification allows and this server does not do, and why. */
const NOTICES: Readonly<Record<string, string>> = {
  'MAY accept application/x-www-form-urlencoded formatted GET requests':
    'Variables would stand in URLs, which proxies and browsers write down; and a GET needs no preflight.',
  'MAY allow URL-encoded JSON string {variables} parameter in GETs when accepting application/graphql-response+json':
    'There are no GETs, as above.',
  'MAY allow URL-encoded JSON string {variables} parameter in GETs when accepting application/json':
    'There are no GETs, as above.',
};

describe('GraphQL over HTTP', () => {
  const gateway = useGateway();

  it('passes every audit of graphql-http but the optional ones that are left out on purpose', async () => {
    const results = await auditServer({ url: gateway.url });
    expect(results.length).toBeGreaterThan(50);
    const others = results.filter(({ status }) => status !== 'ok');
    expect(others.filter(({ status }) => status !== 'notice')).toEqual([]);
    expect(others.map(({ name }) => name).sort()).toEqual(Object.keys(NOTICES).sort());
  });

  const QUERY = '{ policy { version } }';

  it('answers in the accepted media type, also when the operation has a plan', async () => {
    for (const [accept, type] of [
      [undefined, 'application/json; charset=utf-8'],
      ['*/*', 'application/json; charset=utf-8'],
      [
        'application/graphql-response+json, application/json;q=0.9',
        'application/graphql-response+json; charset=utf-8',
      ],
      ['application/json', 'application/json; charset=utf-8'],
    ] as const) {
      for (const _time of ['first', 'second', 'third']) {
        const { headers, data } = await gateway.call({
          query: QUERY,
          headers: accept === undefined ? {} : { accept },
        });
        expect(headers['content-type']).toBe(type);
        expect(data.policy.version).toEqual(expect.any(String));
      }
    }
  });

  it('refuses media types that it cannot answer in', async () => {
    for (const _time of ['first', 'second']) {
      const { status } = await gateway.call({ query: QUERY, headers: { accept: 'text/csv' } });
      expect(status).toBe(406);
    }
  });

  it.each([
    ['a syntax error', '{ policy'],
    ['an unknown field', '{ nothing }'],
    ['too much', `{ ${'a: __typename '.repeat(20)} }`],
  ])(
    'answers %s with 400 to clients that accept GraphQL responses, and with 200 to those that accept JSON alone',
    async (_what, query) => {
      expect((await gateway.call({ query })).status).toBe(200);
      const accept = 'application/graphql-response+json';
      const answer = await gateway.call({ query, headers: { accept } });
      expect(answer).toMatchObject({ status: 400, errors: [{ extensions: { code: expect.any(String) } }] });
      expect(answer.headers['content-type']).toBe(`${accept}; charset=utf-8`);
    },
  );
});
