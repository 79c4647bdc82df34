// Starts Apollo Server over the guarded schema: its plugins, its limits, and which errors clients may see.
import { ApolloServer, type ApolloServerOptionsWithGateway, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { GraphQLError, type GraphQLSchema } from 'graphql';
import { errorFields, type Logger } from '../runtime/log.js';
import type { Context } from './context.js';
import { documentErrorStatus } from './document-errors.js';
import type { ListedOperations } from './documents/listed-operations.js';
import { MAX_TOKENS } from './documents/operation-limits.js';
import { variablesWithoutValues } from './documents/variables.js';
import { maskErrors } from './error-masking.js';
import { attachedResult } from './executed-result.js';
import { PlanCache } from './execution/plan-cache.js';
import { type Api, buildGuardedSchema } from './guards/guarded-schema.js';
import { proveGuards } from './guards/prove-guards.js';
import type { RequestMetrics } from './metrics.js';

/** Apollo logs the messages of errors, and messages may hold values. The product logs codes alone. */
const silent = { debug() {}, info() {}, warn() {}, error() {} };

export interface GraphqlServer {
  readonly schema: GraphQLSchema;
  readonly apollo: ApolloServer<Context>;
  readonly plans: PlanCache<Context>;
  readonly listed: ListedOperations;
  readonly production: boolean;
  /** The error as clients may see it: masked unless it has a code of ours. */
  readonly mask: (error: GraphQLError) => GraphQLError;
  readonly metrics: RequestMetrics;
}

/** Apollo is started. Stop it when no request is in flight any more. */
export async function startGraphql(options: {
  api: Api;
  production: boolean;
  listed: ListedOperations;
  log: Logger;
  metrics: RequestMetrics;
}): Promise<GraphqlServer> {
  const { api, production, listed, log, metrics } = options;
  const schema = buildGuardedSchema(api, ({ field, error, kind }) => {
    const fields = { part: 'http', field, ...errorFields(error) } as const;
    if (kind === 'unavailable') log.warn('request.failed', fields);
    else log.error('request.failed', fields);
  });
  await proveGuards(schema);
  const formatError = maskErrors((error) =>
    log.error('request.failed', { part: 'http', ...errorFields(error) }),
  );
  const mask = (error: GraphQLError) => {
    const { message, extensions = {}, path } = formatError(error.toJSON(), error);
    return new GraphQLError(message, { extensions, ...(path && { path }) });
  };
  const plans = new PlanCache<Context>(schema);
  const apollo = new ApolloServer<Context>({
    gateway: executor(schema, plans),
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
      documentErrorStatus,
    ] satisfies ApolloServerPlugin<Context>[],
    parseOptions: { maxTokens: MAX_TOKENS },
    // documents/operation-limits.ts has limited the selections before.
    maxRecursiveSelections: false,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    csrfPrevention: true,
    stopOnTerminationSignals: false,
    logger: silent,
  });
  await apollo.start();
  return { schema, apollo, plans, listed, production, mask, metrics };
}

/** As graphql-js reports it. Apollo adds the code. */
function unresolvedOperation(operationName: string | undefined): GraphQLError {
  return new GraphQLError(
    operationName === undefined
      ? 'Must provide operation name if query contains multiple operations.'
      : 'Unknown operation name.',
  );
}

/**
 * Apollo's option for other executors than graphql-js is made for its federation gateway. Apollo has validated the document
 * and checked the variables when it calls this one.
 */
function executor(
  schema: GraphQLSchema,
  plans: PlanCache<Context>,
): ApolloServerOptionsWithGateway<Context>['gateway'] {
  return {
    onSchemaLoadOrUpdate(load) {
      load({ apiSchema: schema, coreSupergraphSdl: '' });
      return () => {};
    },
    load: async () => ({
      executor: async ({ context, source, request, document, operation }) => {
        const caller = context as Context;
        const executed = attachedResult(caller);
        if (executed !== undefined) return executed.result;
        if (operation === undefined) return { errors: [unresolvedOperation(request.operationName)] };
        const plan = plans.plan(source, request.operationName, document, operation);
        const execution = plan.prepare(request.variables ?? {});
        return typeof execution === 'function' ? execution(caller) : { errors: execution };
      },
    }),
    stop: async () => {},
  };
}
