// A page of a list: how it is requested, and whether pages lie before and after it, as in Relay's Cursor Connections Specification
// (https://relay.dev/graphql/connections.htm). It is independent of the store.

/** The page lies between two cursors, which are excluded; null is the end of the list. */
export interface PageRequest {
  /** The most entries, at least 1. */
  readonly size: number;
  /** Whether the entries are the last of those that lie there, and not the first. */
  readonly fromEnd: boolean;
  readonly after: string | null;
  readonly before: string | null;
}

export interface PageEntry<T> {
  readonly value: T;
  /** Keeps its place even when the entry has gone. */
  readonly cursor: string;
}

export interface Page<T> {
  /** In the order of the list, whichever end they were counted from. */
  readonly entries: readonly PageEntry<T>[];
  readonly hasPreviousPage: boolean;
  readonly hasNextPage: boolean;
  /** Of the whole list. */
  readonly totalCount: number;
}

/** The string that was given as a cursor is not a cursor of this list. */
export class InvalidCursor extends Error {
  override readonly name = 'InvalidCursor';

  constructor(readonly argument: 'after' | 'before') {
    super('not a cursor of this list');
  }
}

/** The first entries of a list, or those after a cursor. */
export function fromStart(size: number, after: string | null = null): PageRequest {
  return { size, fromEnd: false, after, before: null };
}

/** What a store has found for a PageRequest. */
interface Found<T> {
  /** In the order in which they were counted; one more than was asked for, if there is one. */
  readonly entries: readonly PageEntry<T>[];
  /** Whether the list has entries up to `after`. */
  readonly precedes: boolean;
  /** Whether the list has entries from `before` on. */
  readonly follows: boolean;
  readonly totalCount: number;
}

/** Its neighbours are those of HasPreviousPage() and HasNextPage() in the specification's section on PageInfo. */
export function pageOf<T>(
  { size, fromEnd }: PageRequest,
  { entries, precedes, follows, totalCount }: Found<T>,
): Page<T> {
  const more = entries.length > size;
  const shown = entries.slice(0, size);
  return {
    entries: fromEnd ? shown.toReversed() : shown,
    hasPreviousPage: fromEnd ? more : precedes,
    hasNextPage: fromEnd ? follows : more,
    totalCount,
  };
}
