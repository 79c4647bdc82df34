// Runs an operation by its plan and by graphql-js over what the resolvers gave, and keeps where the two answers differ.
import {
  type ExecutionResult,
  execute,
  type GraphQLFieldResolver,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isObjectType,
} from 'graphql';
import { pathToArray } from 'graphql/jsutils/Path.js';
import type * as plans from '../../src/graphql/execution/plan.js';

type Resolve = GraphQLFieldResolver<unknown, unknown>;

/** What resolvers gave in one execution, by their places in the answer. */
class Recording {
  private readonly outcomes = new Map<string, () => unknown>();

  record(info: GraphQLResolveInfo, resolve: () => unknown): unknown {
    const place = pathToArray(info.path).join('/');
    try {
      const value = resolve();
      this.outcomes.set(place, () => value);
      return value;
    } catch (error) {
      this.outcomes.set(place, () => {
        throw error;
      });
      throw error;
    }
  }

  outcome(info: GraphQLResolveInfo): unknown {
    const place = pathToArray(info.path).join('/');
    const given = this.outcomes.get(place);
    if (given === undefined) throw new Error(`only graphql-js resolves ${place}`);
    return given();
  }
}

/** By the context of the execution. */
const recordings = new WeakMap<object, Recording>();
const prepared = new WeakSet<GraphQLSchema>();
const differences: string[] = [];

/** What differed since the last call. */
export const takeDifferences = (): string[] => differences.splice(0);

function prepareSchema(schema: GraphQLSchema): void {
  if (prepared.has(schema)) return;
  prepared.add(schema);
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      if (field.resolve !== undefined) field.resolve = recorded(field.resolve);
    }
  }
}

function recorded(resolve: Resolve): Resolve {
  return (source, args, context, info) => {
    if (context instanceof Recording) return context.outcome(info);
    const run = () => resolve(source, args, context, info);
    return recordings.get(context as object)?.record(info, run) ?? run();
  };
}

/** The order of errors that happen at the same moment is nobody's promise. */
function comparable({ data, errors }: ExecutionResult): string {
  const told = errors?.map((error) => JSON.stringify([error.toJSON(), error.originalError?.message])).sort();
  return JSON.stringify({ data, errors: told });
}

/** Of the same form; its runs are compared. */
export function comparedWithGraphqlJs(planOperation: typeof plans.planOperation): typeof plans.planOperation {
  return (schema, document, operation) => {
    prepareSchema(schema);
    const plan = planOperation(schema, document, operation);
    return {
      ...plan,
      prepare(variables) {
        const run = plan.prepare(variables);
        if (typeof run !== 'function') return run;
        return async (context) => {
          const recording = new Recording();
          recordings.set(context as object, recording);
          const planned = await run(context);
          const operationName = operation.name?.value;
          const reference = await execute({
            schema,
            document,
            operationName,
            variableValues: variables,
            contextValue: recording,
          });
          if (comparable(planned) !== comparable(reference)) {
            differences.push(`plan: ${comparable(planned)}\ngraphql-js: ${comparable(reference)}`);
          }
          return planned;
        };
      },
    };
  };
}
