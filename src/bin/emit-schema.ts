// Writes schema.graphql, the schema as clients see it: `npm run schema`. Its diff is reviewed with every change.
import { readFile, writeFile } from 'node:fs/promises';
import { openApi } from '../app/api.js';
import { productRoot } from '../config/catalogue.js';
import { buildGuardedSchema } from '../graphql/guards/guarded-schema.js';
import { printedSchema } from '../resolvers/print-schema.js';

async function writeChanged(path: string, text: string): Promise<void> {
  const file = `${productRoot}${path}`;
  if (text !== (await readFile(file, 'utf8').catch(() => ''))) await writeFile(file, text);
}

try {
  // A gateway would not start with it either: a schema that is written is one that can be served.
  buildGuardedSchema(openApi(), () => {});
  await writeChanged('schema.graphql', printedSchema());
} catch (error) {
  process.stderr.write(`schema.graphql is not written: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
