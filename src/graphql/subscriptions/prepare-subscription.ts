// Whether somebody may be given what they ask to watch: the same documents, limits and checks as over HTTP, and subscriptions
// alone, so that nothing else goes round what stands before /graphql.
import {
  type ExecutionArgs,
  type ExecutionResult,
  type FormattedExecutionResult,
  GraphQLError,
  getOperationAST,
  NoSchemaIntrospectionCustomRule,
  specifiedRules,
  validate,
} from 'graphql';
import type { Context } from '../context.js';
import { parseWithinLimits } from '../documents/parse-document.js';
import { variableFaults } from '../documents/variables.js';
import { badInput } from '../errors.js';
import type { GraphqlServer } from '../server.js';

/** What a client sends to begin one, of which nothing is known yet. */
export interface SubscriptionRequest {
  readonly query?: unknown;
  readonly documentId?: unknown;
  readonly extensions?: unknown;
  readonly operationName?: unknown;
  readonly variables?: unknown;
}

/** What graphql-js subscribes with, or why not; the errors hold nothing of the request. */
export function admitSubscription(
  graphql: GraphqlServer,
  request: SubscriptionRequest,
  contextValue: Context,
): ExecutionArgs | readonly GraphQLError[] {
  try {
    return argumentsOf(graphql, request, contextValue);
  } catch (error) {
    if (error instanceof GraphQLError) return [graphql.told(error)];
    throw error;
  }
}

/** A result as clients may know it. */
export function tellingErrors(
  { told }: GraphqlServer,
  { errors, ...result }: ExecutionResult,
): FormattedExecutionResult {
  return errors === undefined ? result : { ...result, errors: errors.map((error) => told(error).toJSON()) };
}

function argumentsOf(
  { schema, served, production, told }: GraphqlServer,
  request: SubscriptionRequest,
  contextValue: Context,
): ExecutionArgs | readonly GraphQLError[] {
  const text = served.textOf(request);
  if (typeof text !== 'string') throw badInput('Send the operation as text.');
  const document = parsed(() => parseWithinLimits(schema, text));
  const rules = production ? [...specifiedRules, NoSchemaIntrospectionCustomRule] : specifiedRules;
  const faults = validate(schema, document, rules, { hideSuggestions: production });
  if (faults.length > 0) return faults.map((fault) => told(withCode(fault, 'GRAPHQL_VALIDATION_FAILED')));
  const operationName = typeof request.operationName === 'string' ? request.operationName : undefined;
  const operation = getOperationAST(document, operationName);
  if (operation == null) {
    throw new GraphQLError('The document has no one operation of that name.', {
      extensions: { code: 'OPERATION_RESOLUTION_FAILURE' },
    });
  }
  if (operation.operation !== 'subscription') {
    throw badInput('Only subscriptions are served here; send queries and mutations to /graphql.');
  }
  const variableValues = (request.variables ?? {}) as Record<string, unknown>;
  const wrong = variableFaults(schema, operation, variableValues);
  if (wrong.length > 0) throw badInput(wrong.join(' '));
  return { schema, document, operationName, variableValues, contextValue };
}

function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof GraphQLError) || error.extensions.code !== undefined) throw error;
    throw withCode(error, 'GRAPHQL_PARSE_FAILED');
  }
}

function withCode(error: GraphQLError, code: string): GraphQLError {
  const { source, positions } = error;
  return new GraphQLError(error.message, { source, positions, extensions: { code } });
}
