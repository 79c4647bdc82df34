// Writes schema.graphql, the schema as clients see it: `npm run schema`. Its diff is reviewed with every change.
import { writeFile } from 'node:fs/promises';
import { productRoot } from '../config/catalogue.js';
import { printedSchema } from './print.js';

await writeFile(`${productRoot}schema.graphql`, printedSchema());
