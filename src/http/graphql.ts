// The GraphQL server: which limits, which plugins, and what it tells of errors.
import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { errorFields, type Logger } from '../operations/log.js';
import { buildGuardedSchema } from '../schema/build-schema.js';
import type { Context } from '../schema/context.js';
import { formatErrors } from '../schema/errors.js';
import type { GatewayMetrics } from './metrics.js';
import { variablesWithoutValues } from './variables.js';

/** Tokens in a document; the largest that a frontend needs has a few hundred. Bulk data goes into variables. */
const MAX_TOKENS = 2000;

/** Apollo writes errors' messages to its log, and messages may hold values. Ours is told by code alone. */
const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** Started; `stop` it when no request is in flight any more. */
export async function startGraphql(options: {
  production: boolean;
  log: Logger;
  metrics: GatewayMetrics;
}): Promise<ApolloServer<Context>> {
  const { production, log, metrics } = options;
  const schema = buildGuardedSchema(({ field, error, kind }) => {
    const fields = { part: 'http', field, ...errorFields(error) } as const;
    if (kind === 'unavailable') log.warn('request.failed', fields);
    else log.error('request.failed', fields);
  });
  const server = new ApolloServer<Context>({
    schema,
    introspection: !production,
    hideSchemaDetailsFromClientErrors: production,
    includeStacktraceInErrorResponses: false,
    formatError: formatErrors((error) =>
      log.error('request.failed', { part: 'http', ...errorFields(error) }),
    ),
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      metrics.plugin,
      variablesWithoutValues,
    ],
    parseOptions: { maxTokens: MAX_TOKENS },
    maxRecursiveSelections: true,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    csrfPrevention: true,
    stopOnTerminationSignals: false,
    logger: silent,
  });
  await server.start();
  return server;
}
