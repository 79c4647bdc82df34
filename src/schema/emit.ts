// Writes schema.graphql, the schema as clients see it: `npm run schema`. Its diff is reviewed with every change.
import { readFile, writeFile } from 'node:fs/promises';
import { productRoot } from '../config/catalogue.js';
import { buildGuardedSchema } from './build-schema.js';
import { printedSchema } from './print.js';

const file = `${productRoot}schema.graphql`;

try {
  // A gateway would not start with it either: a schema that is written is one that can be served.
  buildGuardedSchema(() => {});
  const text = printedSchema();
  if (text !== (await readFile(file, 'utf8').catch(() => ''))) await writeFile(file, text);
} catch (error) {
  process.stderr.write(`schema.graphql is not written: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
