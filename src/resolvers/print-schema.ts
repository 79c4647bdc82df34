// The schema as text, in an order that does not depend on how the code is arranged.
import { lexicographicSortSchema, printSchema } from 'graphql';
import { buildOpenSchema } from './build-schema.js';

export function printedSchema(): string {
  return `${printSchema(lexicographicSortSchema(buildOpenSchema()))}\n`;
}
