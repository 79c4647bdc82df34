import { isDeepStrictEqual } from 'node:util';
import {
  type GraphQLField,
  type GraphQLInputType,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
} from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { channelsFile } from '../../src/config/policy.js';
import { buildOpenSchema } from '../../src/resolvers/build-schema.js';
import { Keyring } from '../../src/secrets/keyring.js';
import { loadChannels } from '../../src/services/marketing/channel.js';
import { read } from '../repo/source-files.js';
import { useGateway } from '../support/fixtures.js';
import { cookiesSet, deletes, type SetCookie } from '../support/http/cookies.js';
import { PASSWORD, type TestAccount } from '../support/people/account.js';
import { SECRET_KEY } from '../support/settings.js';

const schema = buildOpenSchema();
const OPERATIONS = [
  ...Object.values(schema.getQueryType()?.getFields() ?? {}).map((field) => ({ field, kind: 'query' })),
  ...Object.values(schema.getMutationType()?.getFields() ?? {}).map((field) => ({ field, kind: 'mutation' })),
];

/** Every operation of the schema, with the least that its types take; every choice is yes, or every choice is no. */
function document({ field, kind }: (typeof OPERATIONS)[number], yes: boolean): string {
  const given = field.args.map(({ name, type }) => `${name}: ${least(type, yes)}`);
  const list = given.length === 0 ? '' : `(${given.join(', ')})`;
  return `${kind} { ${field.name}${list} ${selection(field)} }`;
}

function selection({ type }: GraphQLField<unknown, unknown>): string {
  return isLeafType(getNamedType(type)) ? '' : '{ __typename }';
}

function least(type: GraphQLInputType, yes: boolean): string {
  const inner = getNullableType(type);
  if (isListType(inner)) return '[]';
  if (isEnumType(inner)) return inner.getValues()[0]!.name;
  if (isInputObjectType(inner)) {
    const fields = Object.values(inner.getFields()).filter((field) => String(field.type).endsWith('!'));
    return `{ ${fields.map((field) => `${field.name}: ${least(field.type, yes)}`).join(', ')} }`;
  }
  return (
    { Boolean: String(yes), Int: '1', Date: '"2026-01-31"', JSONObject: '{}', UsageRows: '[]' }[
      String(inner)
    ] ?? '""'
  );
}

describe('cookies', () => {
  const gateway = useGateway();
  let account: TestAccount;
  let codes: ReadonlySet<string>;
  beforeAll(async () => {
    account = await gateway.account({ email: 'anna@example.com' });
    const { channels, platforms } = await loadChannels(channelsFile);
    const keyring = new Keyring(Buffer.from(SECRET_KEY, 'base64'));
    codes = new Set(
      [...channels, 'other'].flatMap((channel) =>
        [...platforms, 'other'].map((platform) =>
          keyring.digest('marketing-channel', `${channel} ${platform}`),
        ),
      ),
    );
  });

  /** What may stand in each of them: all that the product has. */
  const VALUES: Readonly<Record<string, (value: string) => boolean>> = {
    '__Host-session': (value) => /^[\w-]{43}$/.test(value),
    // Sealed: what it holds is looked at in known-browsers.test.ts.
    '__Host-known-browser': (value) => /^[\w-]{100,1000}$/.test(value),
    '__Host-language': (value) => ['en', 'de', 'es'].includes(value),
    '__Host-channel': (value) => codes.has(value),
  };

  function errorsOf(cookie: SetCookie): string[] {
    const { name, value, attributes } = cookie;
    const { expires: _expires, 'max-age': _age, ...others } = attributes;
    const expected = { path: '/', httponly: '', secure: '', samesite: 'Lax' };
    const decoded = [
      decodeURIComponent(value),
      ...(['base64url', 'hex'] as const).map((encoding) => Buffer.from(value, encoding).toString('latin1')),
    ];
    const identifiesPerson = decoded.some(
      (text) => text.includes(account.email) || text.includes(account.id),
    );
    const checks = {
      'has other attributes': isDeepStrictEqual(others, expected),
      'holds what it must not': deletes(cookie) || VALUES[name]?.(value) === true,
      'identifies the person': !identifiesPerson,
    };
    return Object.entries(checks).flatMap(([error, passed]) => (passed ? [] : [`${name} ${error}`]));
  }

  const WHO = ['an anonymous visitor', 'a customer', 'an admin'] as const;
  const cookie = '__Host-language=de; __Host-channel=x; tracking=1';
  const HOW = [
    { how: 'plainly, saying no', yes: false, headers: {} },
    { how: 'plainly, saying yes', yes: true, headers: {} },
    { how: 'with cookies', yes: false, headers: { cookie } },
    { how: 'with Global Privacy Control, saying yes', yes: true, headers: { 'sec-gpc': '1' } },
    {
      how: 'with Global Privacy Control and cookies, saying yes',
      yes: true,
      headers: { 'sec-gpc': '1', cookie },
    },
  ];

  it.each(WHO.flatMap((who) => HOW.map((each) => ({ who, ...each }))))(
    'are those of the product, opaque, and optional ones only after consent, whatever $who requests $how',
    async ({ who, yes, headers }) => {
      const errors: string[] = [];
      for (const operation of OPERATIONS) {
        const answer = await gateway.call({
          query: document(operation, yes),
          headers,
          // A session of its own each time: signOut ends it.
          ...(who === 'a customer' && { token: await gateway.user() }),
          ...(who === 'an admin' && { token: await gateway.admin() }),
        });
        expect(answer.status, document(operation, yes)).toBe(200);
        const cookies = cookiesSet(answer);
        errors.push(...cookies.flatMap(errorsOf).map((error) => `${operation.field.name}: ${error}`));
        const channel = cookies.filter((each) => each.name === '__Host-channel' && !deletes(each));
        const agreed = yes && !('sec-gpc' in headers) && who === 'an anonymous visitor';
        if (!agreed) errors.push(...channel.map(() => `${operation.field.name}: a channel without consent`));
      }
      expect(errors).toEqual([]);
    },
  );

  it('are those of the product, and opaque, when an operation succeeds', async () => {
    const answers = await Promise.all(
      [
        `signIn(input: { email: "anna@example.com", password: "${PASSWORD}" }) { session { token } }`,
        'recordVisit(input: { channel: "press", platform: "ios", analyticsConsent: true }) { counted }',
        'setLanguage(input: { locale: ES }) { userErrors { code } }',
      ].map((call) => gateway.call({ query: `mutation { ${call} }` })),
    );
    const cookies = answers.flatMap(cookiesSet);
    expect(cookies.map(({ name }) => name)).toEqual([
      '__Host-session',
      '__Host-known-browser',
      '__Host-channel',
      '__Host-language',
    ]);
    expect(cookies.flatMap(errorsOf)).toEqual([]);
  });

  it('are all listed in docs/what-we-keep.md', () => {
    const section = read('docs/what-we-keep.md').split('## In the browser\n')[1]?.split('\n## ')[0] ?? '';
    const documented = [...section.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1]);
    expect(documented.sort()).toEqual(Object.keys(VALUES).sort());
  });
});
