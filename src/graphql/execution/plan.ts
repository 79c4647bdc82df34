// A validated operation, compiled once into functions that run it and give what graphql-js would: the same data, errors, paths
// and order. What graphql-js works out for every request anew – which fields are selected, what their arguments are, how
// each value is completed – is worked out here before the first one. Nothing is made of source text.
import {
  type DocumentNode,
  defaultTypeResolver,
  type ExecutionResult,
  execute,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLAbstractType,
  GraphQLError,
  type GraphQLField,
  type GraphQLLeafType,
  type GraphQLNonNull,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getArgumentValues,
  getNullableType,
  getVariableValues,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  locatedError,
  type OperationDefinitionNode,
  type OperationTypeNode,
  visit,
} from 'graphql';
import { collectFields, collectSubfields } from 'graphql/execution/collectFields.js';
import { getFieldDef } from 'graphql/execution/execute.js';
import { inspect } from 'graphql/jsutils/inspect.js';
import { addPath, type Path, pathToArray } from 'graphql/jsutils/Path.js';
import { promiseReduce } from 'graphql/jsutils/promiseReduce.js';

/** Raw values of the operation's variables, as the request brings them. */
type Variables = Readonly<Record<string, unknown>>;

type NullableOutputType = Exclude<
  GraphQLOutputType,
  GraphQLNonNull<NonNullable<unknown> & GraphQLOutputType>
>;

type MaybePromise<T> = T | Promise<T>;

/** Runs the operation for one request. */
export type Execution<Context> = (context: Context) => MaybePromise<ExecutionResult>;

export interface Plan<Context> {
  readonly type: OperationTypeNode;
  /** How many ways to run it are kept, at most: one for each set of values of its conditions. */
  readonly variants: number;
  /** Takes the values of the operation's variables, as the request brings them, or says which do not fit their types. */
  prepare(variables: Variables): Execution<Context> | readonly GraphQLError[];
}

/** More variables than these in `@skip` and `@include` would make too many plans of one operation. */
const MAX_CONDITIONS = 2;

/** `operation`: one of the document's, which is valid for the schema. */
export function planOperation<Context>(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): Plan<Context> {
  const conditions = conditionVariables(document);
  const definitions = operation.variableDefinitions ?? [];
  const isPlanned = conditions.length <= MAX_CONDITIONS;
  const byLibrary = unplanned(schema, document, operation);
  const execution = isPlanned ? planned(schema, document, operation, conditions, byLibrary) : byLibrary;
  return {
    type: operation.operation,
    variants: isPlanned ? 2 ** conditions.length : 1,
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

function planned(
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
  const plans = new Map<string, RootPlan>();
  return (context, coerced, variables) => {
    // A condition that is null fails the selection that it stands in, which the library reports.
    if (conditions.some((name) => coerced[name] === null)) return byLibrary(context, coerced, variables);
    const key = conditions.map((name) => Number(coerced[name] === true)).join('');
    let plan = plans.get(key);
    if (plan === undefined) {
      plan = new OperationCompiler(schema, operation, fragments, coerced).root();
      plans.set(key, plan);
    }
    return answer(plan, new Run(context, coerced));
  };
}

function unplanned(
  schema: GraphQLSchema,
  document: DocumentNode,
  { name }: OperationDefinitionNode,
): OperationRun {
  return (contextValue, _coerced, variableValues) =>
    execute({ schema, document, operationName: name?.value, contextValue, variableValues });
}

/** The variables that decide in `@skip` and `@include` what is selected. */
function conditionVariables(document: DocumentNode): string[] {
  const names = new Set<string>();
  visit(document, {
    Directive({ arguments: given = [] }) {
      for (const { value } of given) if (value.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  });
  return [...names];
}

/** One execution. */
class Run {
  readonly errors: GraphQLError[] = [];
  /** Where errors have made a value null; undefined is all of the data. */
  private readonly nulled = new Set<Path | undefined>();

  constructor(
    readonly context: unknown,
    readonly variables: Record<string, unknown>,
  ) {}

  /** An error below a value that is null already is not told. */
  add(error: GraphQLError, path: Path | undefined): void {
    for (let at = path; at !== undefined; at = at.prev) if (this.nulled.has(at)) return;
    if (this.nulled.has(undefined)) return;
    this.nulled.add(path);
    this.errors.push(error);
  }
}

type RootPlan = (run: Run) => unknown;
/** Completes the fields of an object. */
type ObjectPlan = (run: Run, source: unknown, path: Path | undefined) => unknown;
/** Undefined when the field has no value. */
type FieldPlan = { readonly name: string; readonly run: ObjectPlan };
/** What a resolver gave, as it stands in the answer. Throws what went wrong. */
type Complete = (run: Run, value: unknown, path: Path) => unknown;

/** Everything that a field is known by before it is run. */
interface Place {
  readonly parentType: GraphQLObjectType;
  readonly field: GraphQLField<unknown, unknown>;
  readonly nodes: readonly FieldNode[];
  info(run: Run, path: Path): GraphQLResolveInfo;
}

/** Objects of answers have no prototype, so that no name a client chooses means anything to them. */
const Answer = function Answer() {} as unknown as new () => Record<string, unknown>;
Answer.prototype = Object.create(null);

function answer(plan: RootPlan, run: Run): MaybePromise<ExecutionResult> {
  const { errors } = run;
  const complete = (data: unknown): ExecutionResult => {
    const result = { data: data as Record<string, unknown> | null };
    return errors.length === 0 ? result : { errors, ...result };
  };
  const failed = (error: GraphQLError): ExecutionResult => {
    run.add(error, undefined);
    return complete(null);
  };
  try {
    const data = plan(run);
    return isPromise(data) ? data.then(complete, failed) : complete(data);
  } catch (error) {
    return failed(error as GraphQLError);
  }
}

class OperationCompiler {
  constructor(
    private readonly schema: GraphQLSchema,
    private readonly operation: OperationDefinitionNode,
    private readonly fragments: Record<string, FragmentDefinitionNode>,
    /** Of these only those that conditions read are looked at. */
    private readonly conditions: Record<string, unknown>,
  ) {}

  root(): RootPlan {
    const { schema, operation, fragments, conditions } = this;
    const type = schema.getRootType(operation.operation);
    if (type == null) {
      const { operation: kind } = operation;
      throw new GraphQLError(`Schema is not configured to execute ${kind} operation.`, { nodes: operation });
    }
    const selected = collectFields(schema, fragments, conditions, type, operation.selectionSet);
    const fields = this.fields(type, selected);
    const runFields = operation.operation === 'mutation' ? inSeries(fields) : together(fields);
    return (run) => runFields(run, undefined, undefined);
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
    const read = reading(place);
    const complete = this.completion(field.type, place);
    const failed = failing(field.type, place);
    const general = (run: Run, source: unknown, parent: Path | undefined): unknown => {
      const path = addPath(parent, name, parentType.name);
      try {
        const value = read(run, source, path);
        const completed = isPromise(value)
          ? value.then((each) => complete(run, each, path))
          : complete(run, value, path);
        return isPromise(completed)
          ? completed.then(undefined, (error) => failed(run, error, path))
          : completed;
      } catch (error) {
        return failed(run, error, path);
      }
    };
    return plainLeaf(field, general) ?? general;
  }

  private completion(type: GraphQLOutputType, place: Place): Complete {
    const { parentType, field } = place;
    if (isNonNullType(type)) {
      const nullable = this.completion(type.ofType, place);
      const message = `Cannot return null for non-nullable field ${parentType.name}.${field.name}.`;
      return (run, value, path) => {
        const completed = nullable(run, value, path);
        if (completed === null) throw new Error(message);
        return completed;
      };
    }
    const present = this.presentCompletion(type, place);
    return (run, value, path) => {
      if (value instanceof Error) throw value;
      return value == null ? null : present(run, value, path);
    };
  }

  /** Of values that are there. */
  private presentCompletion(type: NullableOutputType, place: Place): Complete {
    if (isLeafType(type)) return (_run, value) => serialised(type, value);
    if (isListType(type)) return this.listCompletion(type.ofType, place);
    return isObjectType(type) ? this.objectCompletion(type, place) : this.abstractCompletion(type, place);
  }

  private listCompletion(itemType: GraphQLOutputType, place: Place): Complete {
    const { parentType, field } = place;
    const complete = this.completion(itemType, place);
    const failed = failing(itemType, place);
    return (run, value, path) => {
      if (!isIterableObject(value)) {
        const { name } = parentType;
        throw new GraphQLError(`Expected Iterable, but did not find one for field "${name}.${field.name}".`);
      }
      const pending: Promise<unknown>[] = [];
      const completeItem = (item: unknown, index: number) => {
        const itemPath = addPath(path, index, undefined);
        try {
          const completed = isPromise(item)
            ? item.then((each) => complete(run, each, itemPath))
            : complete(run, item, itemPath);
          if (!isPromise(completed)) return completed;
          const heard = completed.then(undefined, (error) => failed(run, error, itemPath));
          pending.push(heard);
          return heard;
        } catch (error) {
          return failed(run, error, itemPath);
        }
      };
      try {
        const items = Array.from(value, completeItem);
        return pending.length === 0 ? items : Promise.all(items);
      } catch (error) {
        // The items before it may fail, too, and would otherwise do so unheard, which ends the process.
        Promise.allSettled(pending);
        throw error;
      }
    };
  }

  private objectCompletion(type: GraphQLObjectType, place: Place): Complete {
    const selected = collectSubfields(this.schema, this.fragments, this.conditions, type, place.nodes);
    const complete = together(this.fields(type, selected));
    const { isTypeOf } = type;
    if (isTypeOf == null) return complete;
    const checked = (run: Run, value: unknown, path: Path, isOne: boolean) => {
      if (isOne) return complete(run, value, path);
      throw new GraphQLError(`Expected value of type "${type.name}" but got: ${inspect(value)}.`, {
        nodes: place.nodes,
      });
    };
    return (run, value, path) => {
      const isOne = isTypeOf(value, run.context, place.info(run, fieldPath(path)));
      return isPromise(isOne)
        ? isOne.then((each) => checked(run, value, path, each))
        : checked(run, value, path, isOne);
    };
  }

  /** Of an interface or union: its object types are compiled when a value of theirs first comes. */
  private abstractCompletion(type: GraphQLAbstractType, place: Place): Complete {
    const resolveType = type.resolveType ?? defaultTypeResolver;
    const completions = new Map<GraphQLObjectType, Complete>();
    const completeAs = (run: Run, value: unknown, path: Path, name: unknown) => {
      const concrete = concreteType(this.schema, type, name, place);
      let complete = completions.get(concrete);
      if (complete === undefined) {
        complete = this.objectCompletion(concrete, place);
        completions.set(concrete, complete);
      }
      return complete(run, value, path);
    };
    return (run, value, path) => {
      const name = resolveType(value, run.context, place.info(run, fieldPath(path)), type);
      return isPromise(name)
        ? name.then((each) => completeAs(run, value, path, each))
        : completeAs(run, value, path, name);
    };
  }
}

/** What the field's resolver gives, or without one the source's property of its name. */
function reading({ field, nodes, info }: Place): (run: Run, source: unknown, path: Path) => unknown {
  const argumentsOf = argumentReading(field, nodes[0]!);
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
 * Most fields of most answers are a text, a number or a truth value that stands in the source as it is: those need no path, no
 * look for a promise and no argument. Whatever else stands there, and what is faulty, is the general way's. Null of other fields.
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

/** Arguments that no variable changes are coerced once; faulty ones throw for each run. */
function argumentReading(
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

/** Tells the error and gives null, or throws it on to what has to be null instead. */
function failing(type: GraphQLOutputType, { nodes }: Place) {
  return (run: Run, thrown: unknown, path: Path): null => {
    const error = locatedError(thrown, nodes, pathToArray(path));
    if (isNonNullType(type)) throw error;
    run.add(error, path);
    return null;
  };
}

function serialised(type: GraphQLLeafType, value: unknown): unknown {
  const text = type.serialize(value);
  if (text != null) return text;
  throw new Error(
    `Expected \`${inspect(type)}.serialize(${inspect(value)})\` to return non-nullable value, returned: ${inspect(text)}`,
  );
}

function concreteType(
  schema: GraphQLSchema,
  type: GraphQLAbstractType,
  name: unknown,
  { parentType, field, nodes }: Place,
): GraphQLObjectType {
  const concrete = typeof name === 'string' ? schema.getType(name) : undefined;
  if (isObjectType(concrete) && schema.isSubType(type, concrete)) return concrete;
  throw new GraphQLError(
    `Abstract type "${type.name}" must resolve to one of its object types for field "${parentType.name}.${field.name}".`,
    { nodes },
  );
}

/** All fields at once; a promise only when one of them is. */
function together(fields: readonly FieldPlan[]): ObjectPlan {
  return (run, source, path) => {
    const values = new Answer();
    let pending: PendingField[] | undefined;
    try {
      for (const field of fields) {
        const value = field.run(run, source, path);
        values[field.name] = value;
        if (isPromise(value)) {
          pending ??= [];
          pending.push({ name: field.name, value });
        }
      }
    } catch (error) {
      if (pending === undefined) throw error;
      // The others may fail, too, and would otherwise do so unheard.
      return settled(values, pending).finally(() => {
        throw error;
      });
    }
    return pending === undefined ? values : settled(values, pending);
  };
}

interface PendingField {
  readonly name: string;
  readonly value: Promise<unknown>;
}

async function settled(values: object, pending: readonly PendingField[]): Promise<unknown> {
  const results = await Promise.all(pending.map(({ value }) => value));
  return Object.assign(values, Object.fromEntries(pending.map(({ name }, index) => [name, results[index]])));
}

/** One field after the other, as mutations want it. */
function inSeries(fields: readonly FieldPlan[]): ObjectPlan {
  return (run, source, path) =>
    promiseReduce<FieldPlan, Record<string, unknown>>(
      fields,
      (values, { name, run: runField }) => {
        const value = runField(run, source, path);
        if (isPromise(value)) return value.then((each) => Object.assign(values, { [name]: each }));
        return Object.assign(values, { [name]: value });
      },
      new Answer(),
    );
}

/** The path of the field in whose lists a value stands. */
function fieldPath(path: Path): Path {
  let at = path;
  while (typeof at.key === 'number' && at.prev !== undefined) at = at.prev;
  return at;
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';
}

function isIterableObject(value: unknown): value is Iterable<unknown> {
  return (
    typeof value === 'object' && typeof (value as Iterable<unknown> | null)?.[Symbol.iterator] === 'function'
  );
}
