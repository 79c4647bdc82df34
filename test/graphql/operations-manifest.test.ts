import { hash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PolicyVersions } from '../../client/index.js';
import { loadListedOperations } from '../../src/graphql/documents/listed-operations.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { post } from '../support/http/http.js';

const LISTED = 'query Policy { policy { version } }';
const OTHER = '{ __typename }';
const digest = hash('sha256', LISTED);

describe('the manifest of operations', () => {
  let folder: string;
  let file: string;
  let closed: TestGateway;
  let open: TestGateway;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gateway-test-'));
    file = join(folder, 'operations.json');
    await writeFile(file, JSON.stringify({ [digest]: LISTED }));
    const config = { production: true, operationFiles: [file] };
    [closed, open] = await Promise.all([
      startTestGateway({ config: { ...config, openOperations: false } }),
      startTestGateway({ config: { ...config, openOperations: true } }),
    ]);
  });
  afterAll(async () => {
    await Promise.all([closed?.stop(), open?.stop()]);
    await rm(folder, { recursive: true, force: true });
  });

  it('is served by id and by text, the first time and each time after', async () => {
    for (const gateway of [closed, open]) {
      for (const body of [
        { documentId: `sha256:${digest}` },
        { query: LISTED },
        { documentId: `sha256:${digest}` },
      ]) {
        expect(await post(gateway.url, body)).toMatchObject({
          status: 200,
          body: { data: { policy: { version: expect.any(String) } } },
        });
      }
    }
  });

  it('is all that is served in production', async () => {
    for (const body of [{ query: OTHER }, { query: `${LISTED} ` }, { query: LISTED.toLowerCase() }]) {
      expect((await post(closed.url, body)).body).toEqual({
        errors: [
          {
            message: 'Only operations of the manifest are served: send the documentId of one.',
            extensions: { code: 'OPERATION_NOT_SERVED' },
          },
        ],
      });
    }
  });

  it('is not all where operations are open', async () => {
    expect((await post(open.url, { query: OTHER })).body).toEqual({ data: { __typename: 'Query' } });
  });

  it.each([
    ['another digest', `sha256:${'0'.repeat(64)}`],
    ['no digest', 'secret-id'],
    ['a digest of another kind', `md5:${digest}`],
    ['a number', 7],
    ['the name of a property', 'sha256:__proto__'],
  ])('has no document by %s, and the error does not repeat the id', async (what, documentId) => {
    const message =
      what === 'another digest'
        ? 'The manifest of operations has no document of that id.'
        : 'A documentId is sha256: and the SHA-256 digest of the document in lower-case hex.';
    for (const gateway of [closed, open]) {
      expect((await post(gateway.url, { documentId, query: LISTED })).body).toEqual({
        errors: [
          {
            message,
            extensions: { code: 'OPERATION_NOT_SERVED' },
          },
        ],
      });
    }
  });

  const persisted = (sha256Hash: unknown) => ({ persistedQuery: { version: 1, sha256Hash } });

  it('is served by the hash that links of Apollo Client and urql send', async () => {
    for (const gateway of [closed, open]) {
      for (const body of [
        { extensions: persisted(digest) },
        { operationName: 'Policy', variables: {}, extensions: { ...persisted(digest), other: 1 } },
        { query: '', extensions: persisted(digest) },
        { query: LISTED, extensions: persisted(digest) },
        { documentId: `sha256:${digest}`, extensions: persisted('0'.repeat(64)) },
      ]) {
        expect(await post(gateway.url, body)).toMatchObject({
          status: 200,
          body: { data: { policy: { version: expect.any(String) } } },
        });
      }
    }
  });

  it.each([
    ['of another document', persisted(hash('sha256', OTHER))],
    ['that is none', persisted(7)],
    ['of a property', persisted('__proto__')],
    ['of another kind', { persistedQuery: { version: 1, md5Hash: digest } }],
    ['that is missing', { persistedQuery: null }],
  ])(
    'has no document by a hash %s, and where operations are open the error makes links send the text',
    async (_what, extensions) => {
      for (const [gateway, code] of [
        [closed, 'OPERATION_NOT_SERVED'],
        [open, 'PERSISTED_QUERY_NOT_SUPPORTED'],
      ] as const) {
        const answer = await post(gateway.url, { extensions });
        expect(answer.body).toMatchObject({ errors: [{ extensions: { code } }] });
        const failed = gateway.log.filter((line) => line.includes('request.failed'));
        expect([answer.status, failed]).toEqual([200, []]);
      }
      const text = await post(open.url, { query: OTHER, extensions });
      expect(text.body).toEqual({ data: { __typename: 'Query' } });
      expect((await post(closed.url, { query: OTHER, extensions })).body).toMatchObject({
        errors: [{ extensions: { code: 'OPERATION_NOT_SERVED' } }],
      });
    },
  );

  it('adds to the operations of the product', async () => {
    const body = { documentId: `sha256:${PolicyVersions.digest}` };
    expect((await post(closed.url, body)).body).toMatchObject({
      data: { policyVersions: expect.any(Array) },
    });
  });

  const other = { digest: hash('sha256', OTHER), text: OTHER };
  const apollo = (operations: unknown) =>
    JSON.stringify({ format: 'apollo-persisted-query-manifest', version: 1, operations });

  it.each([
    ['bare digests, as this product and Relay write them', JSON.stringify({ [other.digest]: OTHER })],
    [
      'prefixed digests, as GraphQL Code Generator writes them',
      JSON.stringify({ [`sha256:${other.digest}`]: OTHER }),
    ],
    [
      "Apollo's manifest",
      apollo([{ id: other.digest, body: OTHER, name: 'Other', type: 'query', clientName: null }]),
    ],
  ])('may have %s, beside other files', async (_what, text) => {
    const first = join(folder, 'first.json');
    await writeFile(first, JSON.stringify({ [digest]: LISTED }));
    await writeFile(file, text);
    const served = await loadListedOperations([first, file], false);
    for (const [id, document] of [
      [digest, LISTED],
      [other.digest, OTHER],
    ] as const) {
      expect(served.textOf({ documentId: `sha256:${id}` })).toBe(document);
      expect(served.textOf({ query: document })).toBe(document);
    }
  });

  const NO_DIGEST = 'is no SHA-256 digest in lower-case hex, with or without sha256: before it';
  it.each([
    ['no JSON', '{', 'operations.json: line 1: not valid JSON, it ends too early'],
    ['a list', '[]', 'operations.json: must be an object'],
    ['a key that is no digest', '{"x":"{ a }"}', `operations.json: x: ${NO_DIGEST}`],
    [
      'MD5, which Relay makes unless it is asked for another',
      `{"${'0'.repeat(32)}":"{ a }"}`,
      'is an MD5 digest; have the compiler make SHA-256 (relay-compiler: algorithm SHA256)',
    ],
    [
      'SHA-1',
      `{"${'0'.repeat(40)}":"{ a }"}`,
      "is a SHA-1 digest; have the generator make SHA-256 (client-preset: hashAlgorithm: 'sha256')",
    ],
    ['no text', `{"${digest}":7}`, `operations.json: ${digest}: must be a string`],
    [
      'a document of another digest',
      `{"${digest}":"{ a }"}`,
      `operations.json: ${digest}: is not the SHA-256 digest of its document`,
    ],
    [
      "an entry of Apollo's without a body",
      apollo([{ id: digest, body: LISTED }, { id: other.digest }]),
      'operations.json: operations[1].body: is missing',
    ],
    [
      "an id of Apollo's that is no digest",
      apollo([{ id: 'x', body: OTHER }]),
      `operations.json: operations[0].id: ${NO_DIGEST}`,
    ],
    [
      "an id of Apollo's of another text",
      apollo([{ id: digest, body: OTHER }]),
      'operations.json: operations[0].id: is not the SHA-256 digest of its document',
    ],
    [
      "another version of Apollo's form",
      '{"format":"apollo-persisted-query-manifest","version":2,"operations":[]}',
      'operations.json: version: ',
    ],
  ])('is refused at startup when it has %s', async (_what, text, error) => {
    await writeFile(file, text);
    await expect(loadListedOperations([file], false)).rejects.toThrow(error);
  });

  it('is refused with the errors of all files together', async () => {
    const missing = join(folder, 'missing.json');
    await writeFile(file, '[]');
    await expect(loadListedOperations([file, missing], false)).rejects.toThrow(
      'operations.json: must be an object\nmissing.json: cannot be read (ENOENT); OPERATIONS names it by an absolute path',
    );
  });
});
