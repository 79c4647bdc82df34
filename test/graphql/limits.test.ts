import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import {
  exceededLimit,
  LIMITS,
  type Measure,
  measureDocument,
} from '../../src/graphql/documents/operation-limits.js';
import { WELCOME } from '../../src/graphql/graphiql.js';
import { buildOpenSchema } from '../../src/resolvers/build-schema.js';
import { useGateway } from '../support/fixtures.js';
import { startTestGateway } from '../support/gateway.js';

const schema = buildOpenSchema();

function nested(depth: number): string {
  return `${'{ viewer '.repeat(depth - 1)}{ __typename }${' }'.repeat(depth - 1)}`;
}

function many(count: number, part: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => part(index)).join(' ');
}

/** A document that asks for so much of it, and for no more than may be of anything else. */
type Counted = Exclude<keyof Measure, 'cost'>;
const DOCUMENTS: Readonly<Record<Counted, (amount: number) => string>> = {
  depth: nested,
  fields: (amount) =>
    `{ ${many(10, () => '...F')} } fragment F on Query { ${many(amount / 10, (index) => `f${index}`)} }`,
  mutations: (amount) =>
    `mutation { ...F } fragment F on Mutation { ${many(amount, (index) => `f${index}`)} }`,
  aliases: (amount) => `{ ${many(amount, (index) => `a${index}: __typename`)} }`,
  directives: (amount) => `{ ${many(amount, (index) => `f${index} @skip(if: true)`)} }`,
  directivesOfOneNode: (amount) => `{ __typename ${many(amount, () => '@skip(if: true)')} }`,
  repeats: (amount) => `{ ${many(amount, () => '__typename')} }`,
};

/** How an error names the limit. */
const NAMES: Readonly<Record<Counted, string>> = {
  depth: 'depth may be 15 at most',
  fields: 'fields may be 1000 at most',
  mutations: '5 mutations at most',
  aliases: 'aliases may be 30 at most',
  directives: 'directives may be 30 at most',
  directivesOfOneNode: 'one field, fragment or definition may have 3 directives at most',
  repeats: 'repeats may be 10 at most',
};

describe('the limits of an operation', () => {
  it.each(Object.keys(DOCUMENTS) as Counted[])('include the limit of %s', (name) => {
    const limit = LIMITS[name];
    expect(measureDocument(schema, parse(DOCUMENTS[name](limit)))[name]).toBe(limit);
    expect(exceededLimit(schema, parse(DOCUMENTS[name](limit)))).toBeNull();
    expect(exceededLimit(schema, parse(DOCUMENTS[name](limit + 10)))).toBe(name);
  });

  it.each([
    ['an operation', (directives: string) => `query ${directives} { __typename }`],
    ['a variable', (directives: string) => `query ($a: Int ${directives}) { __typename }`],
    ['an inline fragment', (directives: string) => `{ ... ${directives} { __typename } }`],
    ['a spread', (directives: string) => `{ ...F ${directives} } fragment F on Query { __typename }`],
    ['a fragment', (directives: string) => `{ ...F } fragment F on Query ${directives} { __typename }`],
    ['a fragment that nothing spreads', (directives: string) => `fragment F on Query { a ${directives} }`],
    ['a type', (directives: string) => `type A ${directives} { a: Int }`],
  ])('count the directives of %s', (_what, document) => {
    const most = LIMITS.directivesOfOneNode;
    expect(exceededLimit(schema, parse(document('@a '.repeat(most))))).toBeNull();
    expect(exceededLimit(schema, parse(document('@a '.repeat(most + 1))))).toBe('directivesOfOneNode');
  });

  it('count pages by their length, nested pages by both lengths, and unbounded lists as ten', () => {
    const cost = (query: string) => measureDocument(schema, parse(query)).cost;
    expect(cost('{ allowlist(first: 7) { totalCount } }')).toBe(7);
    expect(cost('{ allowlist(first: 7) { edges { node { prefix } } } }')).toBe(7 * 3);
    expect(cost('{ allowlist(last: 3) { edges { node { region { id } } } } }')).toBe(3 * 4);
    expect(cost('query ($n: Int) { allowlist(first: $n) { totalCount } }')).toBe(100);
    expect(cost('{ allowlist { totalCount } }')).toBe(100);
    expect(cost('{ allowlist(first: 1000000) { totalCount } }')).toBe(100);
    expect(cost('{ viewer { rightsRequests { events { occurredOn } } } }')).toBe(1 + 10 * (1 + 10));
    expect(
      cost('{ viewer { __typename rightsRequests { __typename events { __typename occurredOn } } } }'),
    ).toBe(111);
    expect(cost('{ nothing { anywhere } }')).toBe(2);
  });

  it('count a fragment wherever it is spread, and measure it once', () => {
    const doubling = many(
      60,
      (index) => `fragment F${index} on Query { a: __typename ...F${index + 1} ...F${index + 1} }`,
    );
    const bomb = parse(`{ ...F0 } ${doubling} fragment F60 on Query { __typename }`);
    expect(measureDocument(schema, bomb).fields).toBeGreaterThan(2 ** 59);
    expect(exceededLimit(schema, bomb)).not.toBeNull();
  });

  it('apply to invalid documents, too', () => {
    for (const query of [
      '{ ...Missing }',
      '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }',
      '{ ...Self } fragment Self on Nothing { x { ...Self } }',
      'fragment Alone on Query { __typename }',
      'subscription { nothing }',
      'mutation { __proto__ { constructor } }',
    ]) {
      expect(exceededLimit(schema, parse(query))).toBeNull();
    }
  });
});

describe('the operation limits of the API', () => {
  const gateway = useGateway();

  it.each(Object.keys(DOCUMENTS) as Counted[])(
    'are named in the error, and nothing is executed: %s',
    async (name) => {
      const query = DOCUMENTS[name](LIMITS[name] + 10);
      const { data, errors } = await gateway.call({ query });
      expect(data).toBeUndefined();
      expect(errors).toEqual([
        {
          message: expect.stringContaining(NAMES[name]),
          extensions: { code: 'OPERATION_TOO_LARGE' },
        },
      ]);
    },
  );

  it('include the cost of an operation', async () => {
    const requests = many(
      20,
      (index) => `p${index}: rightsRequests(first: 100) { edges { node { events { occurredOn } } } }`,
    );
    const { errors } = await gateway.call({ query: `{ ${requests} }` });
    expect(errors).toMatchObject([{ extensions: { code: 'OPERATION_TOO_LARGE' } }]);
  });

  it('leave GraphiQL its introspection in development', async () => {
    const { getIntrospectionQuery } = await import('graphql');
    const query = getIntrospectionQuery({
      descriptions: true,
      specifiedByUrl: true,
      inputValueDeprecation: true,
    });
    const { data, errors } = await gateway.call({ query });
    expect(errors).toBeUndefined();
    expect(data.__schema.queryType).toMatchObject({ name: 'Query' });
  });

  it('allow GraphiQL in development, as a page that loads nothing from elsewhere, and not in production', async () => {
    const html = { headers: { accept: 'text/html' } };
    const page = await fetch(gateway.url, html);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(page.headers.get('x-content-type-options')).toBe('nosniff');
    const text = await page.text();
    expect(text).toContain('<title>GraphiQL for CyberSapceVPN</title>');
    // Subscriptions go over the WebSocket at the same path.
    expect(text).toContain('"subscriptionsProtocol":"WS"');
    expect(text).toContain(JSON.stringify(WELCOME));
    expect((await gateway.call({ query: WELCOME })).errors).toBeUndefined();
    const production = await startTestGateway({ config: { production: true } });
    try {
      expect((await fetch(production.url, html)).status).toBe(405);
      const reply = await production.call({ query: '{ viewr { account { id } } }' });
      expect(JSON.stringify(reply.errors)).not.toContain('viewer');
    } finally {
      await production.stop();
    }
  });
});
