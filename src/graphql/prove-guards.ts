// Before anything is served, every root field is asked by somebody whom its rule refuses. A rule that stands in permissions.ts but
// was not attached would let them through.
import { GraphQLError, type GraphQLObjectType, type GraphQLSchema } from 'graphql';
import type { Context } from './context.js';

/** Somebody whom resolvers never meet: what stands around them sees a stranger who was let through, and goes no further. */
export class Stranger {
  readonly session = null;
  readonly hasFreshFactor = false;
  wasLetThrough = false;

  constructor(readonly node: Context['node']) {}
}

/** Nobody, and a VPN node: each rule refuses at least one of the two. */
const STRANGERS: readonly Context['node'][] = [null, {} as NonNullable<Context['node']>];

const REFUSALS = new Set(['UNAUTHENTICATED', 'FORBIDDEN']);

/** Throws with the names of the fields that refuse nobody. */
export async function proveGuards(schema: GraphQLSchema): Promise<void> {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const open: string[] = [];
  for (const root of roots) {
    if (root == null) continue;
    for (const field of Object.keys(root.getFields())) {
      const outcomes = await Promise.all(
        STRANGERS.map((node) => ask(schema, root, field, new Stranger(node))),
      );
      if (!outcomes.includes('refused')) open.push(`${root.name}.${field}`);
    }
  }
  if (open.length > 0) throw new Error(`no guard is attached to ${open.join(', ')}`);
}

async function ask(
  schema: GraphQLSchema,
  root: GraphQLObjectType,
  name: string,
  stranger: Stranger,
): Promise<'refused' | 'let through'> {
  const field = root.getFields()[name]!;
  const resolve = root === schema.getSubscriptionType() ? field.subscribe : field.resolve;
  const info = { fieldName: name, parentType: root, schema } as never;
  const given = await Promise.resolve()
    .then(() => resolve!({}, {}, stranger, info))
    .catch((error: unknown) => error);
  return !stranger.wasLetThrough &&
    given instanceof GraphQLError &&
    REFUSALS.has(String(given.extensions.code))
    ? 'refused'
    : 'let through';
}
