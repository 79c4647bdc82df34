// Checks an operation and its variables before execution does, because graphql-js repeats faulty values in its messages.
import type { ApolloServerPlugin } from '@apollo/server';
import {
  coerceInputValue,
  GraphQLError,
  type GraphQLSchema,
  isInputType,
  type OperationDefinitionNode,
  typeFromAST,
} from 'graphql';
import type { Context } from '../context.js';

const MAX_FAULTS = 10;

/** The library's messages that name fields and types, and no value. */
const WITHOUT_VALUES =
  /^(?:Field "\w+" of required type "[^"]+" was not provided|(?:A Date|UsageRows) is .*|A text holds no NUL .*)\.$/;

export const variablesWithoutValues: ApolloServerPlugin<Context> = {
  async requestDidStart() {
    return {
      async didResolveOperation({ schema, operation, request }) {
        if (operation === undefined) return;
        if (operation.operation === 'subscription') throw overHttp();
        const faults = variableFaults(schema, operation, request.variables ?? {});
        if (faults.length === 0) return;
        throw new GraphQLError(faults.join(' '), {
          extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } },
        });
      },
    };
  },
};

function overHttp(): GraphQLError {
  return new GraphQLError('Subscriptions are served over WebSocket, and as events at /graphql/stream.', {
    extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } },
  });
}

/** What is wrong with each variable, at most ten, without a value. */
export function variableFaults(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): string[] {
  const faults: string[] = [];
  for (const definition of operation.variableDefinitions ?? []) {
    const name = definition.variable.name.value;
    const type = typeFromAST(schema, definition.type);
    // What is absent or null is told by graphql-js, which has no value to repeat then.
    if (!isInputType(type) || !Object.hasOwn(variables, name) || variables[name] === null) continue;
    coerceInputValue(variables[name], type, (path, _value, error) => {
      const place = path.length === 0 ? '' : ` at ${path.join('.')}`;
      const known = WITHOUT_VALUES.test(error.message);
      faults.push(
        `Variable "$${name}" is not valid${place}${known ? `: ${error.message}` : '; see its type in the schema.'}`,
      );
    });
  }
  return faults.slice(0, MAX_FAULTS);
}
