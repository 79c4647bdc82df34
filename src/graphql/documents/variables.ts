// Checks the variables before execution does, because the messages of graphql-js repeat invalid values.
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

const MAX_ERRORS = 10;

/** Messages of graphql-js and of our scalars that contain no value. */
const WITHOUT_VALUES =
  /^(?:Field "\w+" (?:of required type "[^"]+" was not provided|must be non-null)|Exactly one key must be specified for OneOf type "\w+"|(?:A Date|A Month|UsageRows) is .*|A text holds no NUL .*)\.$/;

export const variablesWithoutValues: ApolloServerPlugin<Context> = {
  async requestDidStart() {
    return {
      async didResolveOperation({ schema, operation, request }) {
        if (operation === undefined) return;
        if (operation.operation === 'subscription') throw notOverHttp();
        const errors = variableErrors(schema, operation, request.variables ?? {});
        if (errors.length === 0) return;
        throw new GraphQLError(errors.join(' '), {
          extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } },
        });
      },
    };
  },
};

function notOverHttp(): GraphQLError {
  return new GraphQLError('Subscriptions are served over WebSocket, and as events at /graphql/stream.', {
    extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } },
  });
}

/** One message for each invalid value, at most ten. None repeats a value. */
export function variableErrors(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): string[] {
  const errors: string[] = [];
  for (const definition of operation.variableDefinitions ?? []) {
    const name = definition.variable.name.value;
    const type = typeFromAST(schema, definition.type);
    // graphql-js reports what is absent or null: there is no value that it could repeat.
    if (!isInputType(type) || !Object.hasOwn(variables, name) || variables[name] === null) continue;
    coerceInputValue(variables[name], type, (path, _value, error) => {
      const place = path.length === 0 ? '' : ` at ${path.join('.')}`;
      const known = WITHOUT_VALUES.test(error.message);
      errors.push(
        `Variable "$${name}" is not valid${place}${known ? `: ${error.message}` : '; see its type in the schema.'}`,
      );
    });
  }
  return errors.slice(0, MAX_ERRORS);
}
