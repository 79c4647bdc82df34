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
      'The object with this id: the viewer’s account, their networks, passkeys and rights requests, and for staff the rights requests, ' +
      'documents, campaigns and VPN nodes that other fields show them. It is null when there is no such object, and when the ' +
      'viewer may not see it.',
  })
  async node(
    @Arg('id', () => ID, { description: 'The id of an object whose type implements `Node`.' }) id: string,
    @Ctx() { services, session }: Context,
  ): Promise<TypedNode | null> {
    if (session === null) throw unauthenticated();
    const found = await services.nodes.find(id, session);
    return found === null ? null : { ...found.view, __typename: found.type };
  }
}
