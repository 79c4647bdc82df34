// What clients get wrong in a request that can be read: each gets a code of its own, and none is an error of ours.
import { hash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Language } from '../../client/index.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { post } from '../support/http/http.js';

const TWO = 'query A { language } query B { language }';
const CONDITION = 'query ($a: Boolean = true) { processors @skip(if: $a) { id } language }';
const documentId = `sha256:${Language.digest}`;

describe('an invalid request', () => {
  let open: TestGateway;
  let closed: TestGateway;
  beforeAll(async () => {
    [open, closed] = await Promise.all([
      startTestGateway(),
      startTestGateway({ config: { production: true, openOperations: false } }),
    ]);
  });
  afterAll(async () => {
    for (const gateway of [open, closed]) {
      expect(gateway?.log.filter((line) => line.includes('"level":"error"'))).toEqual([]);
      await gateway?.stop();
    }
  });

  it.each([
    ['no name for one of two operations', { query: TWO }],
    ['the name of no operation', { query: TWO, operationName: 'nope' }],
    ['the name of no operation, of one', { query: 'query A { language }', operationName: 'nope' }],
    ['an empty name', { query: 'query A { language }', operationName: '' }],
    ['an empty name of two', { query: TWO, operationName: '' }],
    ['the name of a property', { query: TWO, operationName: '__proto__' }],
  ])(
    'that gives %s gets 400 OPERATION_RESOLUTION_FAILURE, also once the document is known',
    async (_what, body) => {
      expect((await post(open.url, { query: TWO, operationName: 'A' })).status).toBe(200);
      for (const _time of ['first', 'second']) {
        const { status, body: answer } = await post(open.url, body);
        expect(status).toBe(400);
        expect(answer).toMatchObject({ errors: [{ extensions: { code: 'OPERATION_RESOLUTION_FAILURE' } }] });
        expect(JSON.stringify(answer)).not.toContain('nope');
      }
    },
  );

  it('gets the same error when it names a listed operation wrongly', async () => {
    for (const operationName of ['nope', '']) {
      expect(await post(closed.url, { documentId, operationName })).toMatchObject({
        status: 400,
        body: { errors: [{ extensions: { code: 'OPERATION_RESOLUTION_FAILURE' } }] },
      });
    }
    expect(await post(closed.url, { documentId, operationName: 'Language' })).toMatchObject({ status: 200 });
  });

  it('gets an error for a condition that is null, also when the operation has a plan', async () => {
    const message = 'Argument "if" of non-null type "Boolean!" must not be null.';
    for (const a of [null, false, null, true, null]) {
      const { status, body } = await post(open.url, { query: CONDITION, variables: { a } });
      expect(status).toBe(200);
      if (a === null) {
        expect(body).toMatchObject({
          data: null,
          errors: [{ message, extensions: { code: 'BAD_USER_INPUT' } }],
        });
      } else {
        expect(body).toMatchObject({ data: { language: null } });
      }
    }
  });

  it('gets an error for an argument that is null', async () => {
    const query = 'query ($c: String = "DE") { rule: ageRequirement(country: $c) { requiredAge } }';
    expect((await post(open.url, { query, variables: { c: null } })).body).toEqual({
      data: { rule: null },
      errors: [
        {
          message: 'Argument "country" of non-null type "String!" must not be null.',
          locations: expect.any(Array),
          path: ['rule'],
          extensions: { code: 'BAD_USER_INPUT' },
        },
      ],
    });
  });

  it('with a hash of no listed operation gets PERSISTED_QUERY_NOT_SUPPORTED, so that Apollo and urql send the text', async () => {
    const sha256Hash = hash('sha256', '{ language }');
    const extensions = { persistedQuery: { version: 1, sha256Hash } };
    // Their links look for this message or this code, in an answer that they can read.
    expect(await post(open.url, { extensions })).toMatchObject({
      status: 200,
      body: {
        errors: [
          { message: 'PersistedQueryNotSupported', extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED' } },
        ],
      },
    });
    expect((await post(open.url, { query: '{ language }', extensions })).body).toEqual({
      data: { language: null },
    });
  });

  it('with a documentId without its prefix gets an error that names the prefix', async () => {
    for (const gateway of [open, closed]) {
      expect((await post(gateway.url, { documentId: Language.digest })).body).toEqual({
        errors: [
          {
            message: 'The documentId has no prefix: put sha256: before the digest.',
            extensions: { code: 'OPERATION_NOT_SERVED' },
          },
        ],
      });
    }
  });

  it('is refused before it is parsed when the document is too long', async () => {
    const query = `{ language } #${'A'.repeat(16_384)}`;
    expect((await post(open.url, { query })).body).toEqual({
      errors: [
        {
          message:
            'The document is too long: it may have 16384 characters at most. Values go into variables.',
          extensions: { code: 'OPERATION_TOO_LARGE' },
        },
      ],
    });
  });
});
