// A test at startup: every root field is called with callers whom its rule must refuse. A rule that stands in permissions.ts
// but is not attached to its field would let them through.
import { GraphQLError, type GraphQLObjectType, type GraphQLSchema } from 'graphql';
import type { Context } from '../context.js';

/** The context of a call that must be refused. It never reaches a resolver: the innermost middleware stops it. */
export class GuardProbe {
  readonly session = null;
  readonly hasFreshFactor = false;
  reachedResolver = false;

  constructor(readonly node: Context['node']) {}
}

/** An anonymous caller and a VPN node: each rule refuses at least one of the two. */
const CALLERS: readonly Context['node'][] = [null, {} as NonNullable<Context['node']>];

const REFUSALS = new Set(['UNAUTHENTICATED', 'FORBIDDEN']);

/** Throws with the names of the fields that refuse neither caller. */
export async function proveGuards(schema: GraphQLSchema): Promise<void> {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const open: string[] = [];
  for (const root of roots) {
    if (root == null) continue;
    for (const field of Object.keys(root.getFields())) {
      const refused = await Promise.all(
        CALLERS.map((node) => isRefused(schema, root, field, new GuardProbe(node))),
      );
      if (!refused.includes(true)) open.push(`${root.name}.${field}`);
    }
  }
  if (open.length > 0) throw new Error(`no guard is attached to ${open.join(', ')}`);
}

async function isRefused(
  schema: GraphQLSchema,
  root: GraphQLObjectType,
  name: string,
  probe: GuardProbe,
): Promise<boolean> {
  const field = root.getFields()[name]!;
  const resolve = root === schema.getSubscriptionType() ? field.subscribe : field.resolve;
  const info = { fieldName: name, parentType: root, schema } as never;
  const outcome = await Promise.resolve()
    .then(() => resolve!({}, {}, probe, info))
    .catch((error: unknown) => error);
  return (
    !probe.reachedResolver && outcome instanceof GraphQLError && REFUSALS.has(String(outcome.extensions.code))
  );
}
