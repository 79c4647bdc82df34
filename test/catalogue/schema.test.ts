import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { knownDifferencesFile } from '../../src/catalogue/known-differences.js';
import { regionsFile, servicesFile } from '../../src/catalogue/schema.js';

const folder = fileURLToPath(new URL('../../catalogue/', import.meta.url));
const biome = fileURLToPath(new URL('../../node_modules/.bin/biome', import.meta.url));

/** The JSON Schema of what people write, formatted as the repository's files are. */
function jsonSchema(name: string, shape: z.ZodType): string {
  const json = JSON.stringify(z.toJSONSchema(shape, { io: 'input' }));
  return execFileSync(biome, ['format', `--stdin-file-path=${folder}${name}`], { input: json }).toString();
}

describe('the JSON Schemas beside the catalogue', () => {
  it('are those of the loader (vitest run test/catalogue --update writes them)', async () => {
    for (const [name, shape] of [
      ['services.schema.json', servicesFile],
      ['regions.schema.json', regionsFile],
      ['known-differences.schema.json', knownDifferencesFile],
    ] as const) {
      await expect(jsonSchema(name, shape)).toMatchFileSnapshot(`${folder}${name}`);
    }
  });
});
