// The schema that is served: the rules of permissions.ts stand before every root field, and unexpected errors of resolvers are
// reported and replaced by coded ones.
import { GraphQLError, type GraphQLFieldResolver, type GraphQLSchema, isObjectType } from 'graphql';
import { applyMiddleware, type IMiddlewareFieldMap, type IMiddlewareFunction } from 'graphql-middleware';
import { TooManySubscriptions } from '../../db/account-changes.js';
import { isUnavailable } from '../../runtime/availability.js';
import { forbidden, internalError, serviceUnavailable, tooManySubscriptions } from '../errors.js';
import { GuardProbe } from './prove-guards.js';

/** `field` is the name of a field in the schema. */
export type OnFailure = (failure: {
  field: string;
  error: unknown;
  kind: 'unavailable' | 'unexpected';
}) => void;

/** The rule of a root field: true allows the call, false forbids it, an error refuses it with a reason. */
interface RootRule {
  resolve(parent: unknown, args: object, context: unknown, info: object, options: never): Promise<unknown>;
}

/** The schema with its resolvers, and the rule of each root field. */
export interface Api {
  readonly schema: GraphQLSchema;
  readonly operations: Readonly<
    Record<'Query' | 'Mutation' | 'Subscription', Readonly<Record<string, RootRule>>>
  >;
  readonly permissions: { generate(schema: GraphQLSchema): unknown };
}

/** Throws when a root field has no rule, although it would be denied anyway. */
export function buildGuardedSchema(api: Api, onFailure: OnFailure): GraphQLSchema {
  const { schema } = api;
  const reporting = reportFailures(onFailure);
  const guards = rootGuards(api);
  guardSubscriptions(api, reporting);
  // The guard is the outer middleware: it turns what the inner one throws into a result, which nothing can recognise as a failure.
  return applyMiddleware(schema, guards, onResolvedFields(schema, reporting));
}

/** Every field is reached through a root field, so the rules stand there and cost nothing on the fields below. */
function rootGuards({ schema, operations, permissions }: Api): Record<string, IMiddlewareFieldMap> {
  const guards = permissions.generate(schema) as Record<string, IMiddlewareFieldMap>;
  for (const root of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]) {
    const rules: object = operations[root!.name as keyof typeof operations];
    const unlisted = Object.keys(root!.getFields()).filter((field) => !(field in rules));
    if (unlisted.length > 0)
      throw new Error(`no rule in permissions.ts: ${root!.name}.${unlisted.join(', ')}`);
  }
  return { Query: guards.Query!, Mutation: guards.Mutation! };
}

/**
 * Middleware does not see the start of a subscription, and graphql-shield guards only the results that follow
 * (graphql-shield#27). So the rule is asked here, before anything is subscribed to.
 */
function guardSubscriptions({ schema, operations }: Api, reporting: Middleware): void {
  for (const field of Object.values(schema.getSubscriptionType()!.getFields())) {
    const guard = operations.Subscription[field.name]!;
    const subscribe = field.subscribe!;
    field.subscribe = async (parent, args, context, info) => {
      const allowed = await guard.resolve(parent, args, context, info, {} as never);
      if (allowed === true) return reporting(subscribe as never, parent, args, context, info);
      throw allowed === false ? forbidden() : allowed;
    };
  }
}

type Middleware = Extract<IMiddlewareFunction, (...args: never[]) => unknown>;

/** Passes unexpected errors of a resolver to `onFailure`, and throws coded ones in their place. */
function reportFailures(onFailure: OnFailure): Middleware {
  return async (resolve, parent, args, context, info) => {
    if (context instanceof GuardProbe) {
      context.reachedResolver = true;
      return null;
    }
    try {
      return await resolve(parent, args, context, info);
    } catch (error) {
      if (error instanceof GraphQLError) throw error;
      if (error instanceof TooManySubscriptions) throw tooManySubscriptions();
      const unavailable = isUnavailable(error);
      onFailure({ field: info.fieldName, error, kind: unavailable ? 'unavailable' : 'unexpected' });
      throw unavailable ? serviceUnavailable() : internalError();
    }
  };
}

/** Fields that are plain data have no resolver (`simpleResolvers`), and need no middleware. */
function onResolvedFields(
  schema: GraphQLSchema,
  middleware: Middleware,
): Record<string, IMiddlewareFieldMap> {
  const types = Object.values(schema.getTypeMap()).filter(isObjectType);
  return Object.fromEntries(
    types.flatMap((type) => {
      const resolved = Object.values(type.getFields()).filter(hasResolver);
      return resolved.length === 0 || type === schema.getSubscriptionType()
        ? []
        : [[type.name, Object.fromEntries(resolved.map(({ name }) => [name, middleware]))]];
    }),
  );
}

function hasResolver({ resolve }: { resolve?: GraphQLFieldResolver<unknown, unknown> }): boolean {
  return resolve !== undefined;
}
