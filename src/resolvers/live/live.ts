// What the viewer can watch: their addresses and their rights requests, as they are after each change.
import { Arg, Ctx, ID, Resolver, Root, Subscription } from 'type-graphql';
import type { Entry } from '../../allowlist/writer.js';
import type { Context } from '../../graphql/context.js';
import { RegisteredAddress } from '../../schema/media-streamer/media-streamer.js';
import { RightsRequest } from '../../schema/rights/rights-request.js';
import type { RightsRequestRecord } from '../../services/rights/request-record.js';
import { actingSession } from '../acting-session.js';
import { registeredAddress } from '../media-streamer/media-streamer.js';
import { rightsRequestOf } from '../rights/rights-request-view.js';

@Resolver()
export class LiveResolver {
  @Subscription(() => [RegisteredAddress], {
    description:
      'The viewer’s registered addresses, after each change of one of them. The subscription ends with the session.',
    subscribe: ({ context }: { context: Context }) =>
      context.services.live.addresses(actingSession(context)) as never,
  })
  addressesChanged(@Root() entries: readonly Entry[], @Ctx() context: Context): RegisteredAddress[] {
    return entries.map((entry) => registeredAddress(entry, context));
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
