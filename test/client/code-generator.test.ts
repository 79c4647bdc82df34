import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import scalars from '../../client/scalars.json' with { type: 'json' };
import { loadListedOperations } from '../../src/graphql/documents/listed-operations.js';
import { read } from '../repo/source-files.js';

// From the same copies of the libraries as the plugins of the generator.
const require = createRequire(import.meta.url);
const { buildSchema, parse } = require('graphql') as typeof import('graphql');
const { codegen } = require('@graphql-codegen/core') as typeof import('@graphql-codegen/core');
const { preset } =
  require('@graphql-codegen/client-preset') as typeof import('@graphql-codegen/client-preset');

const OPERATION = 'query Usage($days: DayRangeInput!) { viewer { usage(days: $days) { megabytes } } }';

describe('what GraphQL Code Generator makes of a frontend with operations of its own', () => {
  let folder: string;
  let files: ReadonlyMap<string, string>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gateway-test-'));
    const schemaText = read('schema.graphql');
    const sections = await preset.buildGeneratesSection({
      baseOutputDir: `${folder}/`,
      schema: parse(schemaText),
      schemaAst: buildSchema(schemaText),
      documents: [{ location: 'usage.ts', document: parse(OPERATION), rawSDL: OPERATION }],
      config: { scalars, strictScalars: true },
      presetConfig: { persistedDocuments: { hashAlgorithm: 'sha256' } },
      plugins: [],
      pluginMap: {},
    });
    const made = await Promise.all(
      sections.map(async (section) => [section.filename, await codegen(section)] as const),
    );
    files = new Map(made.map(([path, content]) => [path.replace(`${folder}/`, ''), content]));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('is a file that the gateway takes as it is, and requests whose ids it knows', async () => {
    const persisted = files.get('persisted-documents.json')!;
    const file = join(folder, 'persisted-documents.json');
    await writeFile(file, persisted);
    const served = await loadListedOperations([file], false);
    const [id, text] = Object.entries(JSON.parse(persisted) as Record<string, string>)[0]!;
    expect(text).toContain('query Usage');
    const documentId = id.startsWith('sha256:') ? id : `sha256:${id}`;
    expect(served.textOf({ documentId })).toBe(text);
    expect(files.get('graphql.ts')).toContain(id);
  });

  it('has types for every scalar, with those of the package', () => {
    expect(files.get('graphql.ts')).toMatch(/DayRangeInput = \{[\s\S]*from: string/);
    expect(files.get('graphql.ts')).not.toMatch(/input: any|: any;/);
  });
});
