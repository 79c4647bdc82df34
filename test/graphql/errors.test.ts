import { request as httpRequest } from 'node:http';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

const SECRET = 'tops3cret';

describe('errors', () => {
  let gateway: TestGateway;
  let production: TestGateway;
  beforeAll(async () => {
    [gateway, production] = await Promise.all([
      startTestGateway(),
      startTestGateway({ config: { production: true } }),
    ]);
  });
  afterAll(() => Promise.all([gateway?.stop(), production?.stop()]));

  /** A request that need not be GraphQL. */
  function http(options: {
    method?: string;
    path?: string;
    body?: string;
    headers?: Record<string, string>;
  }): Promise<{ status: number; headers: Record<string, unknown>; text: string }> {
    const { method = 'POST', path = '/graphql', body, headers = {} } = options;
    const { gateway: served } = gateway;
    return new Promise((resolve, reject) => {
      const sent = httpRequest(
        { host: '127.0.0.1', port: served.port, method, path, headers, agent: false },
        (response) => {
          let text = '';
          response.on('data', (chunk: Buffer) => {
            text += chunk.toString();
          });
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
          );
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  }

  const SIGN_IN = 'mutation ($input: SignInInput!) { signIn(input: $input) { userErrors { code } } }';
  const UPDATE =
    'mutation ($input: UpdateNetworkInput!) { updateNetwork(input: $input) { userErrors { code } } }';
  const ALLOW =
    'mutation ($input: AllowAddressesInput!) { allowAddresses(input: $input) { userErrors { code } } }';

  it.each([
    ['a number for a string', SIGN_IN, { input: { email: { [SECRET]: SECRET }, password: SECRET } }],
    ['an unknown enum value', SIGN_IN, { input: { email: 'a', password: 'b', delivery: SECRET } }],
    ['an unknown field', SIGN_IN, { input: { email: 'a', password: 'b', [SECRET]: SECRET } }],
    ['a missing field', SIGN_IN, { input: { email: SECRET } }],
    ['a string for an object', SIGN_IN, { input: SECRET }],
    ['no date', UPDATE, { input: { networkId: 'a', lastDay: SECRET } }],
    ['a date that no calendar has', UPDATE, { input: { networkId: SECRET, lastDay: '2027-02-30' } }],
    [
      'an invalid value deep inside',
      ALLOW,
      { input: { entries: [{ prefix: SECRET }, { prefix: [SECRET] }] } },
    ],
    ['null for an object', SIGN_IN, { input: null }],
    ['nothing for a required variable', SIGN_IN, {}],
  ])(
    'in a variable (%s) are BAD_USER_INPUT, and do not repeat the value',
    async (_what, query, variables) => {
      for (const each of [gateway, production]) {
        const answer = await each.call({ query, variables });
        expect(answer.status).toBe(200);
        expect(answer.errors?.map(({ extensions }) => extensions)).toEqual([{ code: 'BAD_USER_INPUT' }]);
        expect(answer.errors?.[0]?.message).toMatch(/^Variable "\$input" /);
        expect(JSON.stringify(answer.errors)).not.toContain(SECRET);
      }
    },
  );

  it('in a variable name the place and what is missing there', async () => {
    const { errors } = await gateway.call({
      query: ALLOW,
      variables: { input: { entries: [{ regionId: 'us' }] } },
    });
    expect(errors?.[0]?.message).toBe(
      'Variable "$input" is not valid at entries.0: Field "prefix" of required type "String!" was not provided.',
    );
  });

  it.each([
    ['a literal of the wrong kind', `{ allowlist(first: "${SECRET}") { totalCount } }`],
    ['a number that is too large', '{ allowlist(first: 123456789012345) { totalCount } }', '123456789012345'],
    [
      'a literal of an enum',
      `mutation { signIn(input: { email: "", password: "", delivery: ${SECRET} }) { userErrors { code } } }`,
    ],
    [
      'a string for an enum',
      `mutation { signIn(input: { email: "", password: "", delivery: "${SECRET}" }) { userErrors { code } } }`,
    ],
    ['a literal for an object', `mutation { signIn(input: "${SECRET}") { userErrors { code } } }`],
    [
      'a literal date',
      `mutation { registerNetwork(input: { name: "Home", lastDay: "${SECRET}" }) { userErrors { code } } }`,
    ],
    ['text after the end', `{ viewer { account { id } } } "${SECRET}"`],
    ['a name after the end', `{ viewer { account { id } } } ${SECRET}`],
    ['a string that does not end', `{ allowlist(after: "${SECRET}`],
    ['a string that holds quotes', `{ allowlist(after: "a" "b\\" ${SECRET} \\" c") { totalCount } }`],
  ])('in a document (%s) do not repeat the value', async (_what, query, secret = SECRET) => {
    for (const each of [gateway, production]) {
      const { errors, data } = await each.call({ query });
      expect(data).toBeFalsy();
      expect(errors?.[0]?.extensions?.code).toMatch(
        /^(GRAPHQL_PARSE_FAILED|GRAPHQL_VALIDATION_FAILED|BAD_USER_INPUT)$/,
      );
      expect(JSON.stringify(errors)).not.toContain(secret);
    }
  });

  it('about the schema suggest names in development, and reveal no names in production', async () => {
    const query = '{ viewr { account { id } } }';
    const [open, closed] = [await gateway.call({ query }), await production.call({ query })];
    expect(open.errors?.[0]?.message).toBe(
      'Cannot query field "viewr" on type "Query". Did you mean "viewer"?',
    );
    expect(closed.errors?.[0]?.message).not.toContain('viewer');
    const introspection = '{ __schema { queryType { name } } }';
    expect((await gateway.call({ query: introspection })).errors).toBeUndefined();
    expect((await production.call({ query: introspection })).errors).toMatchObject([
      { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } },
    ]);
  });

  it('refuse a document of more than 2000 tokens before it is validated', async () => {
    const { errors } = await gateway.call({ query: `{ ${'viewer { account { id } } '.repeat(400)} }` });
    expect(errors).toMatchObject([{ extensions: { code: 'GRAPHQL_PARSE_FAILED' } }]);
  });

  it('that are unexpected are masked; the log has class, code and field, and no value', async () => {
    const client = new pg.Client({ connectionString: gateway.database.url });
    await client.connect();
    await client.query('ALTER TABLE account RENAME TO elsewhere');
    try {
      const input = { email: `${SECRET}@example.com`, password: SECRET };
      const { errors, data } = await gateway.call({ query: SIGN_IN, variables: { input } });
      expect(data).toBeNull();
      expect(errors).toEqual([
        {
          message: 'Something went wrong on our side.',
          locations: [expect.anything()],
          path: ['signIn'],
          extensions: { code: 'INTERNAL_SERVER_ERROR' },
        },
      ]);
      const line = gateway.log.findLast((each) => each.includes('request.failed'));
      expect(JSON.parse(line ?? '')).toMatchObject({
        level: 'error',
        part: 'http',
        error: 'QueryFailedError',
        code: '42P01',
        field: 'signIn',
      });
      expect(gateway.log.join('')).not.toContain(SECRET);
    } finally {
      await client.query('ALTER TABLE elsewhere RENAME TO account');
      await client.end();
    }
  });

  it.each([
    [
      'a body that is not JSON',
      { body: SECRET, headers: { 'content-type': 'application/json' } },
      400,
      'BAD_REQUEST',
    ],
    [
      'JSON that is no request',
      { body: '[]', headers: { 'content-type': 'application/json' } },
      400,
      'BAD_REQUEST',
    ],
    ['no body', { headers: { 'content-type': 'application/json' } }, 400, 'BAD_REQUEST'],
    [
      'a batch',
      { body: '[{"query":"{__typename}"}]', headers: { 'content-type': 'application/json' } },
      400,
      'BAD_REQUEST',
    ],
    [
      'plain text, as a form elsewhere may send it',
      { body: SECRET, headers: { 'content-type': 'text/plain' } },
      415,
      'BAD_REQUEST',
    ],
    [
      'a body that is too large',
      {
        body: JSON.stringify({ query: SECRET.repeat(20_000) }),
        headers: { 'content-type': 'application/json' },
      },
      413,
      'REQUEST_TOO_LARGE',
    ],
    ['a GET', { method: 'GET', path: `/graphql?query={${SECRET}}` }, 405, 'METHOD_NOT_ALLOWED'],
    ['another path', { method: 'GET', path: `/${SECRET}` }, 404, 'NOT_FOUND'],
    ['a path that cannot be read', { method: 'GET', path: `/%${SECRET}` }, 400, 'BAD_REQUEST'],
    [
      'a Host that is none',
      {
        body: '{"query":"{__typename}"}',
        headers: { 'content-type': 'application/json', host: `${SECRET} y` },
      },
      400,
      'BAD_REQUEST',
    ],
  ])(
    'of HTTP (%s) are JSON with a code, repeat nothing and may not be stored',
    async (_what, options, status, code) => {
      const answer = await http(options);
      expect(answer.status).toBe(status);
      expect(JSON.parse(answer.text).errors).toMatchObject([{ extensions: { code } }]);
      expect(answer.text).not.toContain(SECRET);
      expect(answer.headers['cache-control']).toBe('no-store');
    },
  );

  it('and other responses alike forbid storing', async () => {
    const { headers } = await gateway.call({ query: '{ __typename }' });
    expect(headers['cache-control']).toBe('no-store');
  });

  it('leave nothing of any request in the log', () => {
    expect([...gateway.log, ...production.log].join('')).not.toContain(SECRET);
  });
});
