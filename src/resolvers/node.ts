// Any object by its id.
import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import type { Services } from '../app/services.js';
import type { Context } from '../graphql/context.js';
import { unauthenticated } from '../graphql/errors.js';
import { Node, type TypedNode } from '../schema/node.js';
import type { FoundNode } from '../services/node.js';
import { rightsRequestOf } from './rights/rights-request-view.js';

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
    return found === null ? null : { ...shown(services, found), __typename: found.type };
  }
}

/** Requests are found here by their owners and the officer, who see all of them; other views are what the API shows. */
function shown(services: Services, { type, view }: FoundNode): Node {
  return type === 'RightsRequest' ? rightsRequestOf(services, view, 'owner') : view;
}
