// A request whose operation has been executed already, and has failed: it goes on under Apollo Server, which must not execute it
// again. Apollo hands copies of the context on, so what is known stands in the context, where it is copied, too.
import type { ExecutionResult } from 'graphql';
import type { Context } from './context.js';

export interface Resumed {
  readonly result: ExecutionResult;
  /** When it began, on the clock of `performance`. */
  readonly begun: number;
}

const RESUMED = Symbol('resumed');

type ResumedContext = Context & { [RESUMED]?: Resumed };

export function resume(context: Context, resumed: Resumed): void {
  (context as ResumedContext)[RESUMED] = resumed;
}

/** Undefined when nothing has been executed for it yet. */
export function resumedOf(context: Context): Resumed | undefined {
  return (context as ResumedContext)[RESUMED];
}
