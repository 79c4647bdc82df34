// Writes schema.graphql, the schema as clients see it: `npm run schema`. Its diff is reviewed with every change.
import { writeFile } from 'node:fs/promises';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { productRoot } from '../config/catalogue.js';
import { buildOpenSchema } from './build-schema.js';

const schema = lexicographicSortSchema(buildOpenSchema());
await writeFile(`${productRoot}schema.graphql`, `${printSchema(schema)}\n`);
