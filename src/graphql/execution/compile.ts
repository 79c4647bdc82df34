// Compiles an operation into functions: which fields are selected, what their arguments are, and how each value is completed is
// decided here, once. No source text is generated.
import {
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getArgumentValues,
  getNullableType,
  isLeafType,
  type OperationDefinitionNode,
  visit,
} from 'graphql';
import { collectFields, collectSubfields } from 'graphql/execution/collectFields.js';
import { getFieldDef } from 'graphql/execution/execute.js';
import { addPath, type Path } from 'graphql/jsutils/Path.js';
import { CompletionCompiler, errorHandler, type Place } from './complete.js';
import {
  type FieldPlan,
  inParallel,
  inSeries,
  isPromise,
  type ObjectPlan,
  type RootPlan,
  type Run,
} from './run.js';

export class OperationCompiler {
  private readonly completions: CompletionCompiler;

  /** `conditions`: coerced variables, of which only those in `@skip` and `@include` are read. */
  constructor(
    private readonly schema: GraphQLSchema,
    private readonly operation: OperationDefinitionNode,
    private readonly fragments: Record<string, FragmentDefinitionNode>,
    private readonly conditions: Record<string, unknown>,
  ) {
    this.completions = new CompletionCompiler(schema, (type, nodes) => this.subfields(type, nodes));
  }

  root(): RootPlan {
    const { schema, operation, fragments, conditions } = this;
    const type = schema.getRootType(operation.operation);
    if (type == null) {
      const { operation: kind } = operation;
      throw new GraphQLError(`Schema is not configured to execute ${kind} operation.`, { nodes: operation });
    }
    const selected = collectFields(schema, fragments, conditions, type, operation.selectionSet);
    const fields = this.fields(type, selected);
    const runFields = operation.operation === 'mutation' ? inSeries(fields) : inParallel(fields);
    return (run) => runFields(run, undefined, undefined);
  }

  private subfields(type: GraphQLObjectType, nodes: readonly FieldNode[]): ObjectPlan {
    const selected = collectSubfields(this.schema, this.fragments, this.conditions, type, nodes);
    return inParallel(this.fields(type, selected));
  }

  private fields(
    type: GraphQLObjectType,
    selected: ReadonlyMap<string, readonly FieldNode[]>,
  ): readonly FieldPlan[] {
    const plans: FieldPlan[] = [];
    for (const [name, nodes] of selected) {
      const field = getFieldDef(this.schema, type, nodes[0]!);
      if (field != null) plans.push({ name, run: this.field(name, this.place(type, field, nodes)) });
    }
    return plans;
  }

  private place(
    parentType: GraphQLObjectType,
    field: GraphQLField<unknown, unknown>,
    nodes: readonly FieldNode[],
  ): Place {
    const { schema, fragments, operation } = this;
    return {
      parentType,
      field,
      nodes,
      info: (run, path) => ({
        fieldName: field.name,
        fieldNodes: nodes,
        returnType: field.type,
        parentType,
        path,
        schema,
        fragments,
        rootValue: undefined,
        operation,
        variableValues: run.variables,
      }),
    };
  }

  private field(name: string, place: Place): ObjectPlan {
    const { field, parentType } = place;
    const resolve = fieldResolver(place);
    const complete = this.completions.completion(field.type, place);
    const handleError = errorHandler(field.type, place);
    const general = (run: Run, source: unknown, parent: Path | undefined): unknown => {
      const path = addPath(parent, name, parentType.name);
      try {
        const value = resolve(run, source, path);
        const completed = isPromise(value)
          ? value.then((each) => complete(run, each, path))
          : complete(run, value, path);
        return isPromise(completed)
          ? completed.then(undefined, (error) => handleError(run, error, path))
          : completed;
      } catch (error) {
        return handleError(run, error, path);
      }
    };
    return plainLeaf(field, general) ?? general;
  }
}

/** Calls the field's resolver, or without one reads the source's property of the field's name. */
function fieldResolver({ field, nodes, info }: Place): (run: Run, source: unknown, path: Path) => unknown {
  const argumentsOf = argumentReader(field, nodes[0]!);
  const { resolve, name } = field;
  if (resolve !== undefined) {
    return (run, source, path) => resolve(source, argumentsOf(run), run.context, info(run, path));
  }
  return (run, source, path) => {
    const given = argumentsOf(run);
    if (typeof source !== 'object' || source === null) return undefined;
    const value = (source as Record<string, unknown>)[name];
    return typeof value === 'function' ? value.call(source, given, run.context, info(run, path)) : value;
  };
}

/**
 * The fast path: most fields are a string, a number or a boolean that stands in the source as it is. They need no path, no
 * arguments and no check for a promise. Any other value, and every error, takes the general path. Returns null for fields that
 * cannot be plain.
 */
function plainLeaf(field: GraphQLField<unknown, unknown>, general: ObjectPlan): ObjectPlan | null {
  const type = getNullableType(field.type);
  if (field.resolve !== undefined || field.args.length > 0 || !isLeafType(type)) return null;
  const { name } = field;
  return (run, source, parent) => {
    if (typeof source !== 'object' || source === null) return general(run, source, parent);
    const value = (source as Record<string, unknown>)[name];
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
      return general(run, source, parent);
    }
    try {
      return type.serialize(value) ?? general(run, source, parent);
    } catch {
      return general(run, source, parent);
    }
  };
}

/** Arguments without a variable are coerced once. Invalid ones throw in each run. */
function argumentReader(
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
): (run: Run) => Record<string, unknown> {
  if (field.args.length === 0) return () => NO_ARGUMENTS;
  let variable = false;
  for (const argument of node.arguments ?? []) {
    visit(argument, {
      Variable() {
        variable = true;
      },
    });
  }
  if (variable) return (run) => getArgumentValues(field, node, run.variables);
  let given: Record<string, unknown> | undefined;
  return () => {
    given ??= Object.freeze(getArgumentValues(field, node));
    return given;
  };
}

const NO_ARGUMENTS: Record<string, unknown> = Object.freeze(Object.create(null));
