// The API that is served: the schema with its resolvers, and the rules of its root fields.
import type { Api } from '../graphql/guards/guarded-schema.js';
import { buildOpenSchema } from '../resolvers/build-schema.js';
import { operations, permissions } from '../schema/permissions.js';

export function openApi(): Api {
  return { schema: buildOpenSchema(), operations, permissions };
}
