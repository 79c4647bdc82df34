import { hash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadServedOperations } from '../../src/http/served-operations.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { post } from '../support/http.js';

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
    const config = { production: true, operationsFile: file };
    [closed, open] = await Promise.all([
      startTestGateway({ config: { ...config, openOperations: false } }),
      startTestGateway({ config: { ...config, openOperations: true } }),
    ]);
  });
  afterAll(async () => {
    await Promise.all([closed?.stop(), open?.stop()]);
    await rm(folder, { recursive: true, force: true });
  });

  it('is served by id and by text, the first time and ever after', async () => {
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
  ])('has no document by %s, and says so without repeating it', async (_what, documentId) => {
    for (const gateway of [closed, open]) {
      expect((await post(gateway.url, { documentId, query: LISTED })).body).toEqual({
        errors: [
          {
            message: 'The manifest of operations has no document of that id.',
            extensions: { code: 'OPERATION_NOT_SERVED' },
          },
        ],
      });
    }
  });

  it.each([
    ['no JSON', '{', 'operations.json: line 1: not valid JSON, it ends too early'],
    ['a list', '[]', 'operations.json: must be an object'],
    ['a key that is no digest', '{"x":"{ a }"}', 'operations.json: x: is no SHA-256 digest'],
    [
      'a text of another digest',
      `{"${digest}":"{ a }"}`,
      `operations.json: ${digest}: is not the digest of its document`,
    ],
  ])('is refused at start when it is %s', async (_what, text, fault) => {
    await writeFile(file, text);
    await expect(loadServedOperations(file, false)).rejects.toThrow(fault);
  });
});
