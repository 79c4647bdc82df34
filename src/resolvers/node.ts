// Any object by its id.
import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import type { Context } from '../graphql/context.js';
import { unauthenticated } from '../graphql/errors.js';
import { Node, type TypedNode } from '../schema/node.js';

@Resolver()
export class NodeResolver {
  @Query(() => Node, {
    nullable: true,
    description:
      'The object with this id: the viewer’s account, passkeys and rights requests; for staff, also what other fields ' +
      'show them of rights requests and their documents, campaigns and VPN nodes. Null when there is none, and when ' +
      'there is one that is not the viewer’s to see.',
  })
  async node(
    @Arg('id', () => ID, { description: 'Of any type that implements `Node`.' }) id: string,
    @Ctx() { services, session }: Context,
  ): Promise<TypedNode | null> {
    if (session === null) throw unauthenticated();
    const found = await services.nodes.find(id, session);
    return found === null ? null : { ...found.view, __typename: found.type };
  }
}
