import { describe, expect, it } from 'vitest';
import { useGateway } from '../support/fixtures.js';
import { ANSWER, expectRefusal, firstAnswer, request, SECRET } from './raw-requests.js';

describe('a malformed JSON body', () => {
  const gateway = useGateway();

  const answerTo = (bytes: string | Buffer) => firstAnswer(gateway, bytes);

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
  ])('that is no GraphQL request (%s) is refused with 400', async (body) => {
    expectRefusal(await answerTo(request(body)), 400, 'BAD_REQUEST');
  });

  it.each([
    ['__proto__', `{"query":"{ __typename }","__proto__":{"${SECRET}":1}}`],
    ['__proto__ in variables', `{"query":"{ __typename }","variables":{"a":{"__proto__":{"${SECRET}":1}}}}`],
    ['an escaped __proto__', `{"query":"{ __typename }","variables":{"\\u005f_proto__":{"${SECRET}":1}}}`],
    ['constructor.prototype', `{"query":"{ __typename }","constructor":{"prototype":{"${SECRET}":1}}}`],
    ['variables that are a list', `{"query":"{ __typename }","variables":["${SECRET}"]}`],
    ['variables that are a string', `{"query":"{ __typename }","variables":"${SECRET}"}`],
    ['bytes that are not UTF-8', Buffer.from(`{"query":"{ __typename } \xff\xfe${SECRET}`, 'latin1')],
  ])('with %s is refused with 400', async (_what, body) => {
    expectRefusal(await answerTo(request(body)), 400, 'BAD_REQUEST');
  });

  it('with a key that comes twice is read with the last value', async () => {
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
      '10,000 lists for a string',
      SIGN_IN,
      `{"email":${'['.repeat(10_000)}${']'.repeat(10_000)},"password":""}`,
    ],
    [
      '10,000 levels where any JSON may be',
      PASSKEY,
      `{"challengeToken":"","factor":{"passkey":${deep(10_000)}}}`,
    ],
    ['10,000 unknown keys', SIGN_IN, `{${Array.from({ length: 10_000 }, (_, key) => `"${key}":1`)}}`],
  ])('with a variable of %s is refused with an error code', async (_what, query, input) => {
    const answer = await answerTo(
      request(`{"query":${JSON.stringify(query)},"variables":{"input":${input}}}`),
    );
    const { data, errors = [] } = JSON.parse(answer.text);
    const codes = errors.map(({ extensions }: { extensions: { code: string } }) => extensions.code);
    const userErrors = data?.completeSignIn.userErrors.map(({ code }: { code: string }) => code);
    expect(userErrors ?? codes).not.toContain('INTERNAL_SERVER_ERROR');
    expect([...codes, ...(userErrors ?? [])].length).toBeGreaterThan(0);
    expect(answer.status).toBeLessThan(500);
    expect(answer.text.length).toBeLessThan(2000);
  });

  it('with 100,000 unknown variables is too large, and with 10,000 is answered as without them', async () => {
    const body = (keys: number) =>
      `{"query":"{ __typename }","variables":{${Array.from({ length: keys }, (_, key) => `"${key}":1`)}}}`;
    expectRefusal(await answerTo(request(body(100_000))), 413, 'REQUEST_TOO_LARGE');
    expect(JSON.parse((await answerTo(request(body(10_000)))).text)).toEqual(ANSWER);
  });

  it('is not logged as failed, and no value of it is logged', () => {
    expect(gateway.log.filter((line) => line.includes('request.failed'))).toEqual([]);
    expect(gateway.log.join('')).not.toContain(SECRET);
  });
});
