// What the viewer can watch: their networks and their rights requests, as they are after each change.
import { Arg, Ctx, ID, Resolver, Root, Subscription } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import { Network } from '../../schema/media-streamer/networks.js';
import { RightsRequest } from '../../schema/rights/rights-request.js';
import type { NetworkView } from '../../services/media-streamer/views.js';
import type { RightsRequestRecord } from '../../services/rights/request-record.js';
import { actingSession } from '../acting-session.js';
import { rightsRequestOf } from '../rights/rights-request-view.js';

@Resolver()
export class LiveResolver {
  @Subscription(() => [Network], {
    description:
      'The viewer’s networks, after each change of one of them, also by a router. The subscription ends with the session.',
    subscribe: ({ context }: { context: Context }) =>
      context.services.live.networks(actingSession(context)) as never,
  })
  networksChanged(@Root() networks: readonly NetworkView[]): readonly Network[] {
    return networks;
  }

  @Subscription(() => RightsRequest, {
    description:
      'A rights request of the viewer, after each change of its status. The subscription ends with the session.',
    subscribe: ({ context, args }: { context: Context; args: { id?: string | null } }) =>
      context.services.live.rightsRequests(actingSession(context), args.id ?? null) as never,
  })
  rightsRequestChanged(
    @Arg('id', () => ID, {
      nullable: true,
      description: 'The id of a request. The default is all requests of the viewer.',
    })
    _id: string | null,
    @Root() record: RightsRequestRecord,
    @Ctx() { services }: Context,
  ): RightsRequest {
    return rightsRequestOf(services, record, 'owner');
  }
}
