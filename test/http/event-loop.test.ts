// No client may keep a gateway from serving others: whatever an anonymous client sends, no turn of the event loop is long. The
// measure is the work of the main thread, in comparison with a loop that takes 50 ms on an ordinary machine.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../src/dev/embedded/process.js';
import { buildOpenSchema } from '../../src/resolvers/build-schema.js';
import { root } from '../repo/source-files.js';
import { someSource } from '../support/gateway.js';
import {
  greatestDocument,
  type MakeLeaf,
  type Operation,
  operationsOf,
  ordinary,
  variablesOf,
  withOneOption,
} from '../support/http/hostile.js';
import { makeAccount, type TestAccount } from '../support/people/account.js';
import { type ProductProcess, startProcess } from '../support/product.js';
import { GATEWAY_SETTINGS } from '../support/settings.js';
import { startStores, type TestStores } from '../support/stores/stores.js';

const schema = buildOpenSchema();

/** Of a body, less what stands around the values. */
const BODY_BYTES = 120 * 1024;

/** Pieces of text, each of which makes much work of some way to look at texts; in UTF-8 none has more than three bytes a character. */
const PIECES: Readonly<Record<string, string>> = {
  'digits that stand alone': '4 ',
  'combining marks out of order': '\u0345\u0334',
  'letters that compatibility makes long': '\ufdfa',
  'white space': ' \t',
  'line breaks': '\n',
  'what e-mail addresses are made of': 'a.@-',
  'lone surrogates': '\ud83d',
  'one letter': 'A',
};

/** The values of string fields: as long as a body allows, and as long as the longest fields allow. */
const LENGTHS = [BODY_BYTES, 4000, 250];

const MAY_CALL: readonly string[] = ['anyone', 'signedIn', 'freshFactor'];
const callable = operationsOf(schema).filter(({ rule }) => MAY_CALL.includes(rule));

describe('the event loop', () => {
  let stores: TestStores;
  let gateway: ProductProcess;
  let url: string;
  let meter: string;
  beforeAll(async () => {
    stores = await startStores();
    const [port, metrics, meterPort] = await Promise.all([freePort(), freePort(), freePort()]);
    url = `http://127.0.0.1:${port}/graphql`;
    meter = `http://127.0.0.1:${meterPort}`;
    gateway = await startProcess('gateway', ['--import', `${root}test/http/loop-meter.mjs`], {
      ...GATEWAY_SETTINGS,
      GATEWAY_PORT: String(port),
      GATEWAY_METRICS_PORT: String(metrics),
      ...stores.settings,
      TRUSTED_PROXIES: '127.0.0.1',
      LOOP_METER_PORT: String(meterPort),
    });
  });
  afterAll(async () => {
    await gateway?.stop();
    await stores?.stop();
  });

  const ask = async (path: string) => Number(await (await fetch(`${meter}/${path}`)).text());

  /** The longest turn while something was served, as a share of the loop's time. */
  async function share(serve: () => Promise<unknown>): Promise<number> {
    await ask('begin');
    await serve();
    return (await ask('end')) / (await ask('calibrate'));
  }

  /** Those of the requests that hold the loop up each of three times: a collection of garbage does so once. */
  async function slowOnes(
    requests: readonly (readonly [string, () => Promise<unknown>])[],
  ): Promise<string[]> {
    const all = async () => {
      for (const [, send] of requests) await send();
    };
    if ((await share(all)) < 1) return [];
    const slow: string[] = [];
    for (const [what, send] of requests) {
      let least = Number.POSITIVE_INFINITY;
      for (let time = 0; time < 3 && least >= 1; time += 1) least = Math.min(least, await share(send));
      if (least >= 1) slow.push(`${what}: ${least.toFixed(2)} of the loop`);
    }
    return slow;
  }

  function post(body: string, source: string, account?: TestAccount): Promise<string> {
    const headers = {
      'content-type': 'application/json',
      'x-forwarded-for': source,
      ...(account !== undefined && { authorization: `Bearer ${account.token}`, ...account.fresh }),
    };
    return fetch(url, { method: 'POST', headers, body }).then((answer) => answer.text());
  }

  it.each(callable.map((operation) => [operation.field.name, operation] as const))(
    'is held up by no input of %s, from a source that has tried too often or not',
    async (_name, operation) => {
      const account =
        operation.rule === 'anyone'
          ? undefined
          : await makeAccount({ databaseUrl: stores.database.url, redisUrl: stores.redis.url });
      const tired = someSource();
      const bodies = [...hostileBodies(operation)];
      // Or all of them could be refused for their form.
      expect(JSON.parse(await post(bodies.pop()![1], someSource(), account))).toHaveProperty('data');
      const fresh = bodies.map(([what, body]) => [what, () => post(body, someSource(), account)] as const);
      const throttled = bodies.map(
        ([what, body]) => [`${what}, again`, () => post(body, tired, account)] as const,
      );
      // An account is counted, whatever its source: that has tried too often soon.
      const requests = account === undefined ? [...fresh, ...throttled] : throttled;
      expect(await slowOnes(requests)).toEqual([]);
    },
    120_000,
  );

  /** Documents that make much work of reading, measuring and validating them, each within the limits or just beyond. */
  const DOCUMENTS: readonly [string, string][] = [
    ['fields that overlap', `{ ${'policyVersions { version text } '.repeat(300)} }`],
    [
      'fragments in fragments',
      `{ ...F0 } ${Array.from({ length: 90 }, (_, index) => `fragment F${index} on Query { a: __typename ...F${index + 1} ...F${index + 1} }`).join(' ')} fragment F90 on Query { __typename }`,
    ],
    [
      'fragments that nobody spreads',
      `{ language } ${Array.from({ length: 200 }, (_, index) => `fragment F${index} on Query { language }`).join(' ')}`,
    ],
    ['unknown fields', `{ ${Array.from({ length: 900 }, (_, index) => `policie${index}`).join(' ')} }`],
    ['a field with a long name', `{ ${'policy'.repeat(2500)} }`],
    [
      'unknown directives',
      `{ language ${Array.from({ length: 29 }, (_, index) => `@a${index}`).join(' ')} }`,
    ],
    [
      'many variables',
      `query (${Array.from({ length: 400 }, (_, index) => `$v${index}: Int`).join(' ')}) { language }`,
    ],
    ['a deep list', `{ ageRequirement(country: ${'['.repeat(900)}${']'.repeat(900)}) { requiredAge } }`],
    ['a deep object', `{ ageRequirement(country: ${'{a:'.repeat(600)}1${'}'.repeat(600)}) { requiredAge } }`],
    ['a deep selection', `${'{ viewer '.repeat(900)}{ id }${' }'.repeat(900)}`],
    ['a long comment', `{ language } #${'A'.repeat(16_000)}`],
    ['a text that is too long', `{ language } #${'A'.repeat(120_000)}`],
    ['too many tokens', `{ ${'a '.repeat(8000)} }`],
    ['a block string', `{ ageRequirement(country: """${'\n '.repeat(7000)}""") { requiredAge } }`],
  ];

  it.each(DOCUMENTS)('is blocked by no document of %s', async (_what, query) => {
    const body = JSON.stringify({ query });
    expect(await slowOnes([['the document', () => post(body, someSource())]])).toEqual([]);
  });
});

/** Bodies of requests for the operation, each as many calls as a document may have. */
function* hostileBodies(operation: Operation): Generator<[string, string]> {
  const query = greatestDocument(schema, operation);
  const { args } = operation.field;
  const filled = (text: string, keeps: RegExp) =>
    variablesOf(args, (type, path) =>
      isText(type.name) && !keeps.test(path.at(-1)!) ? text : ordinary(type, path),
    );
  let round = 0;
  for (const [what, piece] of Object.entries(PIECES)) {
    for (const length of LENGTHS) {
      // What is refused for its address or country at once never comes to the other texts.
      const keeps = round % 2 === 0 ? /email|country/i : /^$/;
      round += 1;
      const count = (JSON.stringify(filled('#', keeps)).match(/"#"/g) ?? []).length;
      const bytes = Buffer.byteLength(JSON.stringify(piece)) - 2;
      const times = Math.min(length / piece.length, BODY_BYTES / bytes / Math.max(count, 1));
      const variables = filled(piece.repeat(Math.floor(times)), keeps);
      yield [`${length} characters of ${what}`, JSON.stringify({ query, variables })];
    }
  }
  for (const piece of ['4 ', '\u0345\u0334']) {
    const text = piece.repeat(2000);
    const hostile: MakeLeaf = (type, path) =>
      isText(type.name) && !/email|country/i.test(path.at(-1)!) ? text : ordinary(type, path);
    for (const variables of withOneOption(args, hostile)) {
      yield ['one option alone', JSON.stringify({ query, variables })];
    }
  }
  const scalars = variablesOf(args, (type, path) =>
    ['Date', 'JSONObject'].includes(type.name) ? '4 '.repeat(10_000) : ordinary(type, path),
  );
  yield ['other scalars', JSON.stringify({ query, variables: scalars })];
  for (const length of [100, 1000, 8000]) {
    const body = JSON.stringify({ query, variables: variablesOf(args, ordinary, length) });
    if (body.length < BODY_BYTES) yield [`lists of ${length}`, body];
  }
  yield ['ordinary values', JSON.stringify({ query, variables: variablesOf(args, ordinary) })];
}

function isText(type: string): boolean {
  return type === 'String' || type === 'ID';
}
