// The checks of graphql-cop (github.com/dolevf/graphql-cop), an auditor of GraphQL endpoints: the same requests, and the same
// conditions for a finding. It finds nothing in production, whether operations are listed or open.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useGateway } from '../support/fixtures.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

interface Answer {
  readonly status: number;
  readonly text: string;
  // Whatever JSON the server sends, read as graphql-cop reads it; undefined when the text is no JSON.
  // biome-ignore lint/suspicious/noExplicitAny: what a finding looks like is not what our answers look like
  readonly json: any;
}

interface Check {
  readonly title: string;
  readonly ask: (url: string) => Promise<Answer>;
  readonly finds: (answer: Answer) => boolean;
}

async function answerOf(sent: Promise<Response>): Promise<Answer> {
  const answer = await sent;
  const text = await answer.text();
  return { status: answer.status, text, json: parsed(text) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const post =
  (body: unknown) =>
  (url: string): Promise<Answer> =>
    answerOf(
      fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    );

/** graphql-cop names each of its operations, and sends the name with it. */
const query = (text: string) => post({ query: text, operationName: 'cop' });

const get = (text: string) => (url: string) =>
  answerOf(fetch(`${url}?${new URLSearchParams({ query: text })}`));

const page = (path: string) => (url: string) =>
  answerOf(fetch(new URL(path, url), { headers: { accept: 'text/html' } }));

const many = (count: number, part: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => part(index)).join(' \n');

const isAnswered = ({ json }: Answer) => Boolean(json?.data?.__typename);

const IDE = ['graphiql.min.css', 'GraphQL Playground', 'GraphiQL', 'graphql-playground'];
const showsIde = ({ text }: Answer) => IDE.some((word) => text.includes(word));

/** The paths that graphql-cop tries when it is given none. */
const PATHS = ['/', '/graphiql', '/playground', '/console', '/graphql'];

const TEN_DIRECTIVES = '@aa'.repeat(10);
const hasManyErrors = ({ json }: Answer) => json?.errors?.length >= 10;

const CHECKS: readonly Check[] = [
  {
    title: 'Alias Overloading',
    ask: query(`query cop { ${many(101, (index) => `alias${index}:__typename`)} }`),
    finds: ({ json }) => Boolean(json?.data?.alias100),
  },
  {
    title: 'Array-based Query Batching',
    ask: post(Array.from({ length: 10 }, () => ({ query: 'query cop { __typename }' }))),
    finds: ({ json }) => json?.length >= 10,
  },
  {
    title: 'Introspection-based Circular Query',
    ask: query(
      'query cop { __schema { types { fields { type { fields { type { fields { type { fields { type { name } } } } } } } } } } }',
    ),
    finds: ({ json }) => json?.data?.__schema?.types?.length > 25,
  },
  {
    title: 'Circular Fragment',
    ask: query('query cop { ...A } fragment A on Query { ...B } fragment B on Query { ...A }'),
    finds: ({ status, json }) => status >= 500 || json?.errors === undefined,
  },
  ...[
    ['a field', `query cop { __typename ${TEN_DIRECTIVES} }`],
    ['an operation', `query cop ${TEN_DIRECTIVES} { __typename }`],
    ['a variable', `query cop ($a: Int ${TEN_DIRECTIVES}) { __typename }`],
    ['an inline fragment', `query cop { ... ${TEN_DIRECTIVES} { __typename } }`],
    ['a fragment spread', `query cop { ...F ${TEN_DIRECTIVES} } fragment F on Query { __typename }`],
    ['a fragment', `query cop { ...F } fragment F on Query ${TEN_DIRECTIVES} { __typename }`],
    [
      'a fragment that nothing spreads',
      `query cop { __typename } fragment F on Query { __typename ${TEN_DIRECTIVES} }`,
    ],
    ['a type definition', `query cop { __typename } type A ${TEN_DIRECTIVES} { a: Int }`],
  ].map(([where, text]) => ({
    title: `Directive Overloading (${where})`,
    ask: query(text!),
    finds: hasManyErrors,
  })),
  {
    title: 'Field Duplication',
    ask: query(`query cop { ${many(500, () => '__typename')} }`),
    finds: isAnswered,
  },
  {
    title: 'Field Suggestions',
    ask: query('query cop { __schema { directive } }'),
    finds: ({ text }) => text.includes('Did you mean'),
  },
  {
    title: 'Field Suggestions (of a field of ours)',
    ask: query('query cop { viewr { account } polcy { version } }'),
    finds: ({ text }) => text.includes('Did you mean'),
  },
  {
    title: 'Mutation is allowed over GET (possible CSRF)',
    ask: get('mutation cop {__typename}'),
    finds: isAnswered,
  },
  { title: 'GET Method Query Support', ask: get('query cop {__typename}'), finds: isAnswered },
  ...PATHS.map((path) => ({ title: `GraphQL IDE (at ${path})`, ask: page(path), finds: showsIde })),
  {
    title: 'Introspection',
    ask: query('query cop { __schema { types { name fields { name } } } }'),
    finds: ({ json }) => Boolean(json?.data?.__schema?.types),
  },
  {
    title: 'POST based url-encoded query (possible CSRF)',
    ask: (url) =>
      answerOf(
        fetch(url, { method: 'POST', body: new URLSearchParams({ query: 'query cop { __typename }' }) }),
      ),
    finds: isAnswered,
  },
  {
    title: 'Trace Mode',
    ask: query('query cop { __typename }'),
    finds: ({ text }) => text.toLowerCase().includes('"tracing"'),
  },
  {
    title: 'Unhandled Errors Detection',
    ask: query('qwerty cop { abc }'),
    finds: ({ status, text }) => status >= 500 || /"exception"|"stacktrace"/i.test(text),
  },
];

describe.each([
  ['listed operations', false],
  ['open operations', true],
])('graphql-cop, in production with %s,', (_what, openOperations) => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway({ config: { production: true, openOperations } });
  });
  afterAll(async () => {
    expect(gateway?.log.filter((line) => line.includes('"level":"error"'))).toEqual([]);
    await gateway?.stop();
  });

  it('sends valid documents, or is refused because they are not listed', async () => {
    const answer = await query('query cop { __typename }')(gateway.url);
    if (openOperations) expect(answer.json).toEqual({ data: { __typename: 'Query' } });
    else expect(answer.json).toMatchObject({ errors: [{ extensions: { code: expect.any(String) } }] });
  });

  it.each(CHECKS)('finds no $title', async ({ ask, finds }) => {
    const answer = await ask(gateway.url);
    expect([finds(answer), answer.text]).toEqual([false, answer.text]);
  });
});

describe('the tests of graphql-cop', () => {
  const gateway = useGateway();

  it.each(['Introspection', 'GraphQL IDE (at /graphql)', 'Field Suggestions'])(
    'find %s in development, where it is wanted',
    async (title) => {
      const { ask, finds } = CHECKS.find((check) => check.title === title)!;
      expect(finds(await ask(gateway.url))).toBe(true);
    },
  );
});
