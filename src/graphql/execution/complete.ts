// Value completion (GraphQL specification, section 6.4.3): for each type, the function that turns what a resolver returned into
// its place in the result. Which function it is is decided when the operation is compiled.
import {
  defaultTypeResolver,
  type FieldNode,
  type GraphQLAbstractType,
  GraphQLError,
  type GraphQLField,
  type GraphQLLeafType,
  type GraphQLNonNull,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  locatedError,
} from 'graphql';
import { inspect } from 'graphql/jsutils/inspect.js';
import { addPath, type Path, pathToArray } from 'graphql/jsutils/Path.js';
import { isPromise, type ObjectPlan, type Run } from './run.js';

/** What is fixed about a field when the operation is compiled. */
export interface Place {
  readonly parentType: GraphQLObjectType;
  readonly field: GraphQLField<unknown, unknown>;
  readonly nodes: readonly FieldNode[];
  info(run: Run, path: Path): GraphQLResolveInfo;
}

/** Takes what a resolver returned, and returns the completed value. Throws the error of the field. */
export type Complete = (run: Run, value: unknown, path: Path) => unknown;

type NullableOutputType = Exclude<
  GraphQLOutputType,
  GraphQLNonNull<NonNullable<unknown> & GraphQLOutputType>
>;

export class CompletionCompiler {
  /** `compileSubfields`: the plan of the fields that `nodes` select in an object of the type. */
  constructor(
    private readonly schema: GraphQLSchema,
    private readonly compileSubfields: (type: GraphQLObjectType, nodes: readonly FieldNode[]) => ObjectPlan,
  ) {}

  completion(type: GraphQLOutputType, place: Place): Complete {
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

  /** For values that are neither null nor undefined. */
  private presentCompletion(type: NullableOutputType, place: Place): Complete {
    if (isLeafType(type)) return (_run, value) => serialised(type, value);
    if (isListType(type)) return this.listCompletion(type.ofType, place);
    return isObjectType(type) ? this.objectCompletion(type, place) : this.abstractCompletion(type, place);
  }

  private listCompletion(itemType: GraphQLOutputType, place: Place): Complete {
    const { parentType, field } = place;
    const complete = this.completion(itemType, place);
    const handleError = errorHandler(itemType, place);
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
          const handled = completed.then(undefined, (error) => handleError(run, error, itemPath));
          pending.push(handled);
          return handled;
        } catch (error) {
          return handleError(run, error, itemPath);
        }
      };
      try {
        const items = Array.from(value, completeItem);
        return pending.length === 0 ? items : Promise.all(items);
      } catch (error) {
        // The items before it may reject, too, and an unhandled rejection would end the process.
        Promise.allSettled(pending);
        throw error;
      }
    };
  }

  private objectCompletion(type: GraphQLObjectType, place: Place): Complete {
    const complete = this.compileSubfields(type, place.nodes);
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

  /** For an interface or union. Each of its object types is compiled when the first value of that type comes. */
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

/** Records the error and returns null, or throws it where the type is non-null, so that the parent becomes null. */
export function errorHandler(type: GraphQLOutputType, { nodes }: Place) {
  return (run: Run, thrown: unknown, path: Path): null => {
    const error = locatedError(thrown, nodes, pathToArray(path));
    if (isNonNullType(type)) throw error;
    run.add(error, path);
    return null;
  };
}

function serialised(type: GraphQLLeafType, value: unknown): unknown {
  const result = type.serialize(value);
  if (result != null) return result;
  throw new Error(
    `Expected \`${inspect(type)}.serialize(${inspect(value)})\` to return non-nullable value, returned: ${inspect(result)}`,
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

/** The path of the field in whose list, or list of lists, a value stands. */
function fieldPath(path: Path): Path {
  let at = path;
  while (typeof at.key === 'number' && at.prev !== undefined) at = at.prev;
  return at;
}

function isIterableObject(value: unknown): value is Iterable<unknown> {
  return (
    typeof value === 'object' && typeof (value as Iterable<unknown> | null)?.[Symbol.iterator] === 'function'
  );
}
