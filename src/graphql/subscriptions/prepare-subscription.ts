// Prepares a subscription: the same documents, limits and checks as over HTTP, and subscriptions alone, so that no other
// operation gets round what stands before /graphql.
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
import { variableErrors } from '../documents/variables.js';
import { badInput } from '../errors.js';
import type { GraphqlServer } from '../server.js';

/** The request of a client that wants to subscribe. Its form has not been checked. */
export interface SubscriptionRequest {
  readonly query?: unknown;
  readonly documentId?: unknown;
  readonly extensions?: unknown;
  readonly operationName?: unknown;
  readonly variables?: unknown;
}

/** The arguments for `subscribe` of graphql-js, or the errors. They are masked and repeat nothing of the request. */
export function prepareSubscription(
  graphql: GraphqlServer,
  request: SubscriptionRequest,
  contextValue: Context,
): ExecutionArgs | readonly GraphQLError[] {
  try {
    return argumentsOf(graphql, request, contextValue);
  } catch (error) {
    if (error instanceof GraphQLError) return [graphql.mask(error)];
    throw error;
  }
}

/** A result as clients may see it. */
export function withMaskedErrors(
  { mask }: GraphqlServer,
  { errors, ...result }: ExecutionResult,
): FormattedExecutionResult {
  return errors === undefined ? result : { ...result, errors: errors.map((error) => mask(error).toJSON()) };
}

function argumentsOf(
  { schema, listed, production, mask }: GraphqlServer,
  request: SubscriptionRequest,
  contextValue: Context,
): ExecutionArgs | readonly GraphQLError[] {
  const text = listed.textOf(request);
  if (typeof text !== 'string') throw badInput('Send the operation as text.');
  const document = parsed(() => parseWithinLimits(schema, text));
  const rules = production ? [...specifiedRules, NoSchemaIntrospectionCustomRule] : specifiedRules;
  const invalid = validate(schema, document, rules, { hideSuggestions: production });
  if (invalid.length > 0) return invalid.map((error) => mask(withCode(error, 'GRAPHQL_VALIDATION_FAILED')));
  const operationName = typeof request.operationName === 'string' ? request.operationName : undefined;
  const operation = getOperationAST(document, operationName);
  if (operation == null) {
    throw new GraphQLError(
      'The document has no operation with this name, or it has several operations and the request names none.',
      {
        extensions: { code: 'OPERATION_RESOLUTION_FAILURE' },
      },
    );
  }
  if (operation.operation !== 'subscription') {
    throw badInput('Only subscriptions are served here; send queries and mutations to /graphql.');
  }
  const variableValues = (request.variables ?? {}) as Record<string, unknown>;
  const wrong = variableErrors(schema, operation, variableValues);
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
