// Lists that can grow, as connections (Relay Cursor Connections Specification): the arguments, edges and pages that all of
// them share.
import { ArgsType, type ClassType, Field, Int, ObjectType } from 'type-graphql';
import { badInput } from '../graphql/errors.js';
import type { PageRequest } from '../lib/pages.js';

const DEFAULT_PAGE = 20;
const MAX_PAGE = 100;

@ObjectType({ description: 'Where a page lies in its list (Relay).', simpleResolvers: true })
export class PageInfo {
  @Field(() => Boolean, {
    description:
      'Whether entries follow: with `first` those after the page, with `last` those from `before` on.',
  })
  hasNextPage!: boolean;

  @Field(() => Boolean, {
    description:
      'Whether entries precede: with `last` those before the page, with `first` those up to `after`.',
  })
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: 'Cursor of the first entry; null when there is none.' })
  startCursor!: string | null;

  @Field(() => String, { nullable: true, description: 'Cursor of the last entry; null when there is none.' })
  endCursor!: string | null;
}

/** The base of a connection's edge. */
export function edgeOf<T extends object>(node: ClassType<T>) {
  @ObjectType({ simpleResolvers: true })
  abstract class Edge {
    @Field(() => node, { description: 'The entry.' })
    node!: T;

    @Field(() => String, { description: 'Opaque; keeps its place when the entry has gone.' })
    cursor!: string;
  }
  return Edge;
}

/** The base of a connection. */
export function connectionOf<E extends object>(edge: ClassType<E>) {
  @ObjectType({ simpleResolvers: true })
  abstract class Connection {
    @Field(() => [edge], { description: 'The entries of this page, in the order of the list.' })
    edges!: readonly E[];

    @Field(() => PageInfo, { description: 'Where the page lies in the list.' })
    pageInfo!: PageInfo;

    @Field(() => Int, { description: 'Of the whole list that was asked for, not of the page.' })
    totalCount!: number;
  }
  return Connection;
}

@ArgsType()
export class PageArgs {
  @Field(() => Int, {
    nullable: true,
    description: 'How many entries from the front, 1 to 100; 20 without `first` and `last`.',
  })
  first?: number | null;

  @Field(() => String, { nullable: true, description: 'The cursor after which the page begins.' })
  after?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'How many entries from the end, 1 to 100. Not together with `first`.',
  })
  last?: number | null;

  @Field(() => String, { nullable: true, description: 'The cursor before which the page ends.' })
  before?: string | null;
}

/** Throws BAD_USER_INPUT. */
export function pageRequest({ first, after, last, before }: PageArgs): PageRequest {
  if (first != null && last != null) throw badInput('Give first or last, and not both.', 'last');
  for (const [name, count] of Object.entries({ first, last })) {
    if (count != null && (count < 1 || count > MAX_PAGE))
      throw badInput(`${name} must be from 1 to 100.`, name);
  }
  return {
    size: first ?? last ?? DEFAULT_PAGE,
    fromEnd: last != null,
    after: after ?? null,
    before: before ?? null,
  };
}
