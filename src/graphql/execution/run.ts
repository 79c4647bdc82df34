// One execution of a compiled operation: its errors, the order in which fields run, and the result that comes of it.
import type { ExecutionResult, GraphQLError } from 'graphql';
import type { Path } from 'graphql/jsutils/Path.js';
import { promiseReduce } from 'graphql/jsutils/promiseReduce.js';

export type MaybePromise<T> = T | Promise<T>;

/** Runs the root fields. */
export type RootPlan = (run: Run) => unknown;
/** Runs the fields of an object: `source` is the value that the fields are read from. */
export type ObjectPlan = (run: Run, source: unknown, path: Path | undefined) => unknown;
/** `name`: the response key. */
export type FieldPlan = { readonly name: string; readonly run: ObjectPlan };

export class Run {
  readonly errors: GraphQLError[] = [];
  /** The paths that errors have made null; undefined is the whole of `data`. */
  private readonly nulled = new Set<Path | undefined>();

  constructor(
    readonly context: unknown,
    readonly variables: Record<string, unknown>,
  ) {}

  /** An error below a value that is null already is left out. */
  add(error: GraphQLError, path: Path | undefined): void {
    for (let at = path; at !== undefined; at = at.prev) if (this.nulled.has(at)) return;
    if (this.nulled.has(undefined)) return;
    this.nulled.add(path);
    this.errors.push(error);
  }
}

export function runPlan(plan: RootPlan, run: Run): MaybePromise<ExecutionResult> {
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

/** Objects of results have no prototype, so that no response key that a client chooses has a meaning. */
const ResultObject = function ResultObject() {} as unknown as new () => Record<string, unknown>;
ResultObject.prototype = Object.create(null);

/** Runs all fields at once. Returns a promise only if a field does. */
export function inParallel(fields: readonly FieldPlan[]): ObjectPlan {
  return (run, source, path) => {
    const values = new ResultObject();
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
      // The others may reject, too, and an unhandled rejection would end the process.
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

/** Runs one field after the other: the fields of a mutation (GraphQL specification, section 6.2.2). */
export function inSeries(fields: readonly FieldPlan[]): ObjectPlan {
  return (run, source, path) =>
    promiseReduce<FieldPlan, Record<string, unknown>>(
      fields,
      (values, { name, run: runField }) => {
        const value = runField(run, source, path);
        if (isPromise(value)) return value.then((each) => Object.assign(values, { [name]: each }));
        return Object.assign(values, { [name]: value });
      },
      new ResultObject(),
    );
}

export function isPromise(value: unknown): value is Promise<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';
}
