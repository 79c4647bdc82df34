// A page of a list, as a connection.

import { badInput } from '../graphql/errors.js';
import { InvalidCursor, type Page, type PageRequest } from '../lib/pages.js';
import { type PageArgs, type PageInfo, pageRequest } from '../schema/connection.js';

/** Throws BAD_USER_INPUT. `edge`: what an edge has beside its cursor. */
export async function connection<T, Edge extends { readonly node: object }>(
  args: PageArgs,
  read: (request: PageRequest) => Promise<Page<T>>,
  edge: (value: T) => Edge | Promise<Edge>,
): Promise<{ edges: (Edge & { cursor: string })[]; pageInfo: PageInfo; totalCount: number }> {
  const { entries, hasNextPage, hasPreviousPage, totalCount } = await pageFor(args, read);
  const edges = await Promise.all(
    entries.map(async ({ value, cursor }) => ({ ...(await edge(value)), cursor })),
  );
  const startCursor = edges[0]?.cursor ?? null;
  const endCursor = edges.at(-1)?.cursor ?? null;
  return { edges, pageInfo: { hasNextPage, hasPreviousPage, startCursor, endCursor }, totalCount };
}

async function pageFor<T>(
  args: PageArgs,
  read: (request: PageRequest) => Promise<Page<T>>,
): Promise<Page<T>> {
  try {
    return await read(pageRequest(args));
  } catch (error) {
    if (error instanceof InvalidCursor)
      throw badInput(`${error.argument} must be a cursor of this list.`, error.argument);
    throw error;
  }
}
