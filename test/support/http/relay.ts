// The pagination algorithm of Relay's Cursor Connections Specification, over a whole list in memory: what every page of every
// connection is compared with.

export interface RelayArguments {
  readonly first?: number;
  readonly last?: number;
  readonly after?: string;
  readonly before?: string;
}

export interface RelayPage {
  readonly cursors: readonly string[];
  readonly hasPreviousPage: boolean;
  readonly hasNextPage: boolean;
}

/** `all`: the cursors of the list, in its order. */
export function relayPage(all: readonly string[], { first, last, after, before }: RelayArguments): RelayPage {
  const afterAt = after === undefined ? -1 : all.indexOf(after);
  const beforeAt = before === undefined ? all.length : all.indexOf(before);
  const between = all.slice(afterAt + 1, Math.max(beforeAt, afterAt + 1));
  const fromFront = first === undefined ? between : between.slice(0, first);
  return {
    cursors: last === undefined ? fromFront : fromFront.slice(Math.max(0, fromFront.length - last)),
    hasPreviousPage: last === undefined ? afterAt >= 0 : between.length > last,
    hasNextPage: first === undefined ? beforeAt < all.length : between.length > first,
  };
}
