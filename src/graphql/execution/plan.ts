// The execution plan of a validated operation: compiled once, then run for each request. It gives what graphql-js would give:
// the same data, errors, paths and order. graphql-js decides for every request again what compile.ts decides once.
import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  type FragmentDefinitionNode,
  type GraphQLError,
  type GraphQLSchema,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  type OperationTypeNode,
  visit,
} from 'graphql';
import { OperationCompiler } from './compile.js';
import { type MaybePromise, type RootPlan, Run, runPlan } from './run.js';

/** Raw values of the operation's variables, as the request brings them. */
type Variables = Readonly<Record<string, unknown>>;

/** Runs the operation for one request. */
export type Execution<Context> = (context: Context) => MaybePromise<ExecutionResult>;

export interface Plan<Context> {
  readonly type: OperationTypeNode;
  /** The most variants that are kept: one for each combination of the variables in `@skip` and `@include`. */
  readonly variants: number;
  /** Coerces the values of the operation's variables. Returns the errors of those that do not fit their types. */
  prepare(variables: Variables): Execution<Context> | readonly GraphQLError[];
}

/** An operation with more variables in `@skip` and `@include` would have too many variants. graphql-js runs it. */
const MAX_CONDITIONS = 2;

/** `operation`: one of the document's, which is valid for the schema. */
export function planOperation<Context>(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): Plan<Context> {
  const conditions = conditionVariables(document);
  const definitions = operation.variableDefinitions ?? [];
  const isCompiled = conditions.length <= MAX_CONDITIONS;
  const byLibrary = runByLibrary(schema, document, operation);
  const execution = isCompiled ? runCompiled(schema, document, operation, conditions, byLibrary) : byLibrary;
  return {
    type: operation.operation,
    variants: isCompiled ? 2 ** conditions.length : 1,
    prepare(variables) {
      const { coerced, errors } = getVariableValues(schema, definitions, variables, { maxErrors: 50 });
      return errors ?? ((context) => execution(context, coerced, variables));
    },
  };
}

type OperationRun = (
  context: unknown,
  coerced: Record<string, unknown>,
  variables: Variables,
) => MaybePromise<ExecutionResult>;

function runCompiled(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  conditions: readonly string[],
  byLibrary: OperationRun,
): OperationRun {
  const fragments: Record<string, FragmentDefinitionNode> = Object.create(null);
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition;
  }
  const variants = new Map<string, RootPlan>();
  return (context, coerced, variables) => {
    // A condition that is null makes its selection fail, and graphql-js reports that.
    if (conditions.some((name) => coerced[name] === null)) return byLibrary(context, coerced, variables);
    const key = conditions.map((name) => Number(coerced[name] === true)).join('');
    let plan = variants.get(key);
    if (plan === undefined) {
      plan = new OperationCompiler(schema, operation, fragments, coerced).root();
      variants.set(key, plan);
    }
    return runPlan(plan, new Run(context, coerced));
  };
}

function runByLibrary(
  schema: GraphQLSchema,
  document: DocumentNode,
  { name }: OperationDefinitionNode,
): OperationRun {
  return (contextValue, _coerced, variableValues) =>
    execute({ schema, document, operationName: name?.value, contextValue, variableValues });
}

/** The variables in the arguments of directives, which are `@skip` and `@include`. */
function conditionVariables(document: DocumentNode): string[] {
  const names = new Set<string>();
  visit(document, {
    Directive({ arguments: given = [] }) {
      for (const { value } of given) if (value.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  });
  return [...names];
}
