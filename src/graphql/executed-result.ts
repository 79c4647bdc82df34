// Hands the result of an operation that has been executed with errors to Apollo Server, which formats the errors and must not
// execute it again. Apollo copies the context, so the result is kept in a property that is copied with it.
import type { ExecutionResult } from 'graphql';
import type { Context } from './context.js';

export interface ExecutedResult {
  readonly result: ExecutionResult;
  /** When the request began, by the clock of `performance`, in milliseconds. */
  readonly begun: number;
}

const EXECUTED = Symbol('executed');

type ExecutedContext = Context & { [EXECUTED]?: ExecutedResult };

export function attachResult(context: Context, executed: ExecutedResult): void {
  (context as ExecutedContext)[EXECUTED] = executed;
}

/** Undefined when the operation has not been executed yet. */
export function attachedResult(context: Context): ExecutedResult | undefined {
  return (context as ExecutedContext)[EXECUTED];
}
