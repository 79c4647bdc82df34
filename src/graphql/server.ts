// The GraphQL server: which limits, which plugins, what runs operations, and what it tells of errors.
import { ApolloServer, type ApolloServerOptionsWithGateway, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { GraphQLError, type GraphQLSchema } from 'graphql';
import type { GatewayMetrics } from '../http/metrics.js';
import { errorFields, type Logger } from '../runtime/log.js';
import type { Context } from './context.js';
import { documentFaultStatus } from './document-errors.js';
import type { ServedOperations } from './documents/listed-operations.js';
import { MAX_TOKENS } from './documents/operation-limits.js';
import { variablesWithoutValues } from './documents/variables.js';
import { maskErrors } from './error-masking.js';
import { resumedOf } from './executed-result.js';
import { KnownOperations } from './execution/plan-cache.js';
import { buildGuardedSchema } from './guards/guarded-schema.js';
import { proveGuards } from './guards/prove-guards.js';

/** Apollo writes errors' messages to its log, and messages may hold values. Ours is told by code alone. */
const silent = { debug() {}, info() {}, warn() {}, error() {} };

export interface GraphqlServer {
  readonly schema: GraphQLSchema;
  readonly apollo: ApolloServer<Context>;
  readonly known: KnownOperations<Context>;
  readonly served: ServedOperations;
  readonly production: boolean;
  /** An error as clients may know it: masked unless it is ours. */
  readonly told: (error: GraphQLError) => GraphQLError;
  readonly metrics: GatewayMetrics;
}

/** Started; `stop` Apollo when no request is in flight any more. */
export async function startGraphql(options: {
  production: boolean;
  served: ServedOperations;
  log: Logger;
  metrics: GatewayMetrics;
}): Promise<GraphqlServer> {
  const { production, served, log, metrics } = options;
  const schema = buildGuardedSchema(({ field, error, kind }) => {
    const fields = { part: 'http', field, ...errorFields(error) } as const;
    if (kind === 'unavailable') log.warn('request.failed', fields);
    else log.error('request.failed', fields);
  });
  await proveGuards(schema);
  const formatError = maskErrors((error) =>
    log.error('request.failed', { part: 'http', ...errorFields(error) }),
  );
  const told = (error: GraphQLError) => {
    const { message, extensions = {}, path } = formatError(error.toJSON(), error);
    return new GraphQLError(message, { extensions, ...(path && { path }) });
  };
  const known = new KnownOperations<Context>(schema);
  const apollo = new ApolloServer<Context>({
    gateway: planned(schema, known),
    introspection: !production,
    hideSchemaDetailsFromClientErrors: production,
    includeStacktraceInErrorResponses: false,
    formatError,
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      metrics.plugin,
      variablesWithoutValues,
      documentFaultStatus,
    ] satisfies ApolloServerPlugin<Context>[],
    parseOptions: { maxTokens: MAX_TOKENS },
    // Limits of our own are asked before (execution/limits.ts).
    maxRecursiveSelections: false,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    csrfPrevention: true,
    stopOnTerminationSignals: false,
    logger: silent,
  });
  await apollo.start();
  return { schema, apollo, known, served, production, told, metrics };
}

/** As graphql-js reports it; Apollo adds the code. */
function unresolved(operationName: string | undefined): GraphQLError {
  return new GraphQLError(
    operationName === undefined
      ? 'Must provide operation name if query contains multiple operations.'
      : 'Unknown operation name.',
  );
}

/** Apollo's way to hand execution to somebody else. It has validated the document and checked the variables then. */
function planned(
  schema: GraphQLSchema,
  known: KnownOperations<Context>,
): ApolloServerOptionsWithGateway<Context>['gateway'] {
  return {
    onSchemaLoadOrUpdate(load) {
      load({ apiSchema: schema, coreSupergraphSdl: '' });
      return () => {};
    },
    load: async () => ({
      executor: async ({ context, source, request, document, operation }) => {
        const served = context as Context;
        const resumed = resumedOf(served);
        if (resumed !== undefined) return resumed.result;
        if (operation === undefined) return { errors: [unresolved(request.operationName)] };
        const plan = known.plan(source, request.operationName, document, operation);
        const execution = plan.prepare(request.variables ?? {});
        return typeof execution === 'function' ? execution(served) : { errors: execution };
      },
    }),
    stop: async () => {},
  };
}
