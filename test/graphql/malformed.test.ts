// Whatever is wrong with a request is the client's to mend: no operation and no endpoint answers it with a 5xx, and none writes an
// error to the log. The requests are made from the schema and the routes, each malformed in every way that follows.
import { parse, validate } from 'graphql';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { exceededLimit } from '../../src/graphql/documents/operation-limits.js';
import { buildOpenSchema } from '../../src/resolvers/build-schema.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import {
  documentOf,
  nestedOperationsOf,
  type Operation,
  operationsOf,
  variablesOf,
  withOneOption,
} from '../support/http/hostile.js';
import { MALFORMED_LEAVES, UUID } from '../support/http/malformed-values.js';
import type { TestAccount } from '../support/people/account.js';
import { makeNode } from '../support/people/vpn-node.js';

const schema = buildOpenSchema();

/** Whose session each rule takes, so that what is malformed comes to the resolver. */
const ROLES = ['user', 'admin', 'dpo', 'support'] as const;

describe('a malformed request', () => {
  let gateway: TestGateway;
  let production: TestGateway;
  let node: string;
  const accounts = new Map<string, TestAccount>();
  beforeAll(async () => {
    [gateway, production] = await Promise.all([
      startTestGateway({ config: { trustedProxies: ['127.0.0.1'] } }),
      startTestGateway({ config: { production: true, openOperations: false } }),
    ]);
    node = (await makeNode(gateway)).token;
  });
  afterAll(async () => {
    await Promise.all([gateway?.stop(), production?.stop()]);
  });

  const errorLines = () =>
    [gateway, production].flatMap(({ log }) => log.filter((line) => line.includes('"level":"error"')));
  let seen = 0;
  afterEach(() => {
    const lines = errorLines();
    const fresh = lines.slice(seen);
    seen = lines.length;
    expect(fresh).toEqual([]);
  });

  let sources = 0;
  /** Another one each time, so that no throttle stands before what is malformed. */
  const source = () => `2001:db8:${(sources >> 16).toString(16)}:${(sources++ & 0xffff).toString(16)}::1`;

  async function account(rule: string): Promise<TestAccount> {
    const role = ROLES.find((each) => rule.includes(each)) ?? 'user';
    const known = accounts.get(role) ?? (await gateway.account({ role }));
    accounts.set(role, known);
    return known;
  }

  async function ask(rule: string, body: unknown): Promise<{ status: number; text: string }> {
    const owner = rule === 'anyone' || rule === 'vpnNode' ? null : await account(rule);
    const path = rule === 'vpnNode' ? '/graphql/vpn-node' : '/graphql';
    const answer = await fetch(new URL(path, gateway.url), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-forwarded-for': source(),
        ...(rule === 'vpnNode' && { authorization: `Bearer ${node}` }),
        ...(owner !== null && { authorization: `Bearer ${owner.token}`, ...owner.fresh }),
      },
      body: JSON.stringify(body),
    });
    return { status: answer.status, text: await answer.text() };
  }

  function isOurFault({ status, text }: { status: number; text: string }): boolean {
    return status >= 500 || /INTERNAL_SERVER_ERROR|SERVICE_UNAVAILABLE/.test(text);
  }

  /** These end the session or the account that all the others are asked with. */
  const ENDING = [
    'closeAccount',
    'signOut',
    'signOutEverywhere',
    'reportMinor',
    'changePassword',
    'removeStaff',
  ];
  const operations = [...nestedOperationsOf(schema), ...operationsOf(schema)].sort(
    (a, b) => Number(ENDING.includes(a.field.name)) - Number(ENDING.includes(b.field.name)),
  );

  const subscriptions = operationsOf(schema, ['Subscription']);

  it('is made of the fields below the root, too', () => {
    expect(nestedOperationsOf(schema).map(nameOf).sort()).toEqual([
      'policy.summary',
      'processors.otherOptOuts.text',
      'viewer.mediaStreamer.currentAddresses',
      'viewer.staffAccessLog',
      'viewer.usage',
    ]);
  });

  it('is made of documents that are served, so that only their arguments are wrong', () => {
    for (const operation of [...operations, ...subscriptions]) {
      const document = parse(documentOf(operation, 1));
      expect([nameOf(operation), validate(schema, document)]).toEqual([nameOf(operation), []]);
      expect([nameOf(operation), exceededLimit(schema, document)]).toEqual([nameOf(operation), null]);
    }
  });

  /** The arguments, malformed in every way. */
  function malformed({ field }: Operation): (readonly [string, Record<string, unknown>])[] {
    return MALFORMED_LEAVES.flatMap(([what, leaf]) => {
      const each = [
        variablesOf(field.args, leaf),
        variablesOf(field.args, leaf, 0),
        ...withOneOption(field.args, leaf),
      ];
      const distinct = new Map(each.map((variables) => [JSON.stringify(variables), variables]));
      return [...distinct.values()].map((variables) => [what, variables] as const);
    });
  }

  it.each(operations.map((operation) => [nameOf(operation), operation] as const))(
    'of %s causes no error of the server, whatever its arguments are',
    async (_name, operation) => {
      const { rule, field } = operation;
      if (ENDING.includes(field.name)) accounts.clear();
      const query = documentOf(operation, 1);
      const bad: string[] = [];
      for (const [what, variables] of malformed(operation)) {
        if (isOurFault(await ask(rule, { query, variables }))) bad.push(what);
      }
      expect(bad).toEqual([]);
    },
    120_000,
  );

  it.each(subscriptions.map((operation) => [nameOf(operation), operation] as const))(
    'of the subscription %s causes no error of the server, whatever its arguments are',
    async (_name, operation) => {
      const query = documentOf(operation, 1);
      const bad: string[] = [];
      for (const [what, variables] of [['nothing', {}] as const, ...malformed(operation)]) {
        if (isOurFault(await watch(operation.rule, { query, variables }))) bad.push(what);
      }
      expect(bad).toEqual([]);
    },
    120_000,
  );

  /** How a stream begins: by a comment when the subscription is admitted, and otherwise by the errors. */
  async function watch(rule: string, body: unknown): Promise<{ status: number; text: string }> {
    const { token } = await account(rule);
    const answer = await fetch(new URL('/graphql/stream', gateway.url), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        authorization: `Bearer ${token}`,
      },
      body: JSON.stringify(body),
    });
    const reader = answer.body!.getReader();
    const { value } = await reader.read();
    await reader.cancel();
    return { status: answer.status, text: new TextDecoder().decode(value) };
  }

  it.each([
    ['no object', '[]'],
    ['a number', '7'],
    ['a string', '"x"'],
    ['null', 'null'],
    ['nothing', ''],
    ['no JSON', '{'],
    ['an empty object', '{}'],
    ['a query of another type', '{"query":7}'],
    ['a query that is a list', '{"query":["{language}"]}'],
    ['an empty query', '{"query":""}'],
    ['no operation', '{"query":"fragment F on Query { language }"}'],
    ['a type definition', '{"query":"type A { a: Int }"}'],
    ['NUL', '{"query":"\\u0000"}'],
    ['a lone surrogate', '{"query":"{language #\\ud83d\\n}"}'],
    ['variables of another type', '{"query":"{language}","variables":7}'],
    ['variables that are a list', '{"query":"{language}","variables":[]}'],
    ['an operation name of another type', '{"query":"{language}","operationName":7}'],
    ['extensions of another type', '{"query":"{language}","extensions":7}'],
    ['persisted queries of another type', '{"query":"{language}","extensions":{"persistedQuery":7}}'],
    ['a hash of another type', '{"extensions":{"persistedQuery":{"version":1,"sha256Hash":{}}}}'],
    ['another version', '{"extensions":{"persistedQuery":{"version":"x","sha256Hash":"x"}}}'],
    ['a document id of another type', '{"documentId":{}}'],
    ['a prototype', '{"query":"{language}","__proto__":{"query":7},"variables":{"__proto__":{}}}'],
    ['a subscription', '{"query":"subscription { networksChanged { id } }"}'],
    ['a batch', '[{"query":"{language}"}]'],
  ])('of GraphQL over HTTP that holds %s causes no error of the server', async (_what, body) => {
    for (const { url } of [gateway, production]) {
      for (const path of ['/graphql', '/graphql/stream', '/graphql/vpn-node']) {
        const headers = { 'content-type': 'application/json', authorization: `Bearer ${node}` };
        const answer = await fetch(new URL(path, url), { method: 'POST', headers, body });
        expect([path, answer.status]).toEqual([path, expect.any(Number)]);
        expect(isOurFault({ status: answer.status, text: await answer.text() })).toBe(false);
      }
    }
  });

  /** Every route beside GraphQL, with what stands in its path as `*`. */
  const ROUTES: readonly (readonly [string, string])[] = [
    ['GET', '/o/*'],
    ['GET', '/exports/*'],
    ['PUT', '/rights-requests/permission'],
    ['PUT', '/rights-requests/evidence'],
    ['GET', '/rights-requests/documents/*'],
    ['POST', '/drp/v1/agent/*'],
    ['GET', '/drp/v1/agent/*'],
    ['POST', '/drp/v1/data-rights-request'],
    ['GET', '/drp/v1/data-rights-request/*'],
    ['DELETE', '/drp/v1/data-rights-request/*'],
    ['GET', '/unsubscribe/*'],
    ['POST', '/unsubscribe/*'],
    ['GET', '/.well-known/gpc.json'],
    ['GET', '/livez'],
    ['GET', '/graphql'],
    ['PUT', '/graphql'],
  ];
  const PARTS = [
    '',
    '%00',
    'x',
    UUID,
    `${UUID.slice(0, -1)}%00`,
    '%ff',
    '%F0%9F%98',
    '..%2f..',
    '%25',
    'a'.repeat(3000),
    '__proto__',
    "'",
  ];
  const TYPES = [
    'application/json',
    'text/plain',
    'application/pdf',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'multipart/form-data; boundary=x',
    'x',
    '',
  ];
  const BODIES = [
    '',
    '{}',
    '\u0000',
    'A'.repeat(5000),
    '--x\r\n',
    'List-Unsubscribe=One-Click',
    '%PDF-1.4 %%EOF',
  ];

  /** What stands in the path, which bearer token comes with it, and the body. */
  function combinations(method: string, route: string): [string, number, string | null][] {
    const parts = route.includes('*') ? PARTS : [''];
    const bodies = method === 'GET' ? [null] : BODIES;
    return parts.flatMap((part) =>
      [0, 1, 2, 3, 4].flatMap((index) =>
        bodies.map((body): [string, number, string | null] => [part, index, body]),
      ),
    );
  }

  it.each(ROUTES)('at %s %s causes no error of the server', async (method, route) => {
    const reference = await gateway.call({
      query:
        'mutation { submitRightsRequest(input: { kind: ACCESS, email: "a@example.com" }) { reference } }',
      headers: { 'x-forwarded-for': source() },
    });
    const officer = await account('dpo');
    const bearers = [
      undefined,
      'x',
      '\u00ff',
      officer.token,
      reference.data.submitRightsRequest.reference ?? 'x',
    ];
    const bad: string[] = [];
    for (const [part, index, body] of combinations(method, route)) {
      const type = TYPES[(index + part.length) % TYPES.length]!;
      const headers = {
        'x-forwarded-for': source(),
        authorization: `Bearer ${bearers[index]}`,
        ...typed(type),
      };
      const answer = await fetch(new URL(route.replace('*', part), gateway.url), { method, headers, body });
      await answer.arrayBuffer();
      if (answer.status >= 500) bad.push(`${part} as ${type}, from bearer ${index}`);
    }
    expect(bad).toEqual([]);
  });
});

function typed(type: string): Record<string, string> {
  return type === '' ? {} : { 'content-type': type };
}

/** Such as `viewer.usage`. */
function nameOf({ above, field }: Operation): string {
  return [...above, field.name].join('.');
}
