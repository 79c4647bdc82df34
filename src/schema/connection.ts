// Lists that can grow, as connections (Relay Cursor Connections Specification): the arguments, edges and pages that all of
// them share.
import { ArgsType, type ClassType, Field, Int, ObjectType } from 'type-graphql';
import { badInput } from '../graphql/errors.js';
import type { PageRequest } from '../lib/pages.js';

const DEFAULT_PAGE = 20;
const MAX_PAGE = 100;

@ObjectType({ description: 'The position of a page in its list.', simpleResolvers: true })
export class PageInfo {
  @Field(() => Boolean, {
    description:
      'Whether the list continues: after the page when `first` was given, from `before` on when `last` was given.',
  })
  hasNextPage!: boolean;

  @Field(() => Boolean, {
    description:
      'Whether the list has earlier elements: before the page when `last` was given, up to `after` when `first` was given.',
  })
  hasPreviousPage!: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'The cursor of the first element of the page. It is null when the page is empty.',
  })
  startCursor!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The cursor of the last element of the page. It is null when the page is empty.',
  })
  endCursor!: string | null;
}

/** The base of a connection's edge. */
export function edgeOf<T extends object>(node: ClassType<T>) {
  @ObjectType({ simpleResolvers: true })
  abstract class Edge {
    @Field(() => node, { description: 'The element of the list.' })
    node!: T;

    @Field(() => String, {
      description: 'The position of the element. It is opaque, and stays valid when the element is removed.',
    })
    cursor!: string;
  }
  return Edge;
}

/** The base of a connection. */
export function connectionOf<E extends object>(edge: ClassType<E>) {
  @ObjectType({ simpleResolvers: true })
  abstract class Connection {
    @Field(() => [edge], { description: 'The elements of the page, in the order of the list.' })
    edges!: readonly E[];

    @Field(() => PageInfo, { description: 'The position of the page in the list.' })
    pageInfo!: PageInfo;

    @Field(() => Int, { description: 'The number of elements in the whole list.' })
    totalCount!: number;
  }
  return Connection;
}

@ArgsType()
export class PageArgs {
  @Field(() => Int, {
    nullable: true,
    description:
      'The number of elements from the start of the list, from 1 to 100. The default is 20 when `last` is not given.',
  })
  first?: number | null;

  @Field(() => String, { nullable: true, description: 'The page begins after this cursor.' })
  after?: string | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'The number of elements from the end of the list, from 1 to 100. It cannot be combined with `first`.',
  })
  last?: number | null;

  @Field(() => String, { nullable: true, description: 'The page ends before this cursor.' })
  before?: string | null;
}

/** Throws BAD_USER_INPUT. */
export function pageRequest({ first, after, last, before }: PageArgs): PageRequest {
  if (first != null && last != null) throw badInput('Give either first or last.', 'last');
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
