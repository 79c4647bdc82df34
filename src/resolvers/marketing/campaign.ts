// Campaigns, for admins: writing them, sending them, and their statistics.
import { Arg, Args, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import { PageArgs } from '../../schema/connection.js';
import {
  CampaignConnection,
  CreateCampaignInput,
  CreateCampaignPayload,
  SendCampaignInput,
  SendCampaignPayload,
} from '../../schema/marketing/campaign.js';
import { connection } from '../connection.js';
import { payload } from '../payload.js';

@Resolver()
export class CampaignResolver {
  @Query(() => CampaignConnection, {
    description: 'The campaigns. Those that have not been sent come first, then the newest. For admins.',
  })
  campaigns(@Args(() => PageArgs) args: PageArgs, @Ctx() { services }: Context): Promise<CampaignConnection> {
    return connection(
      args,
      (request) => services.campaign.page(request),
      (node) => ({ node }),
    );
  }

  @Mutation(() => CreateCampaignPayload, {
    description: 'Creates a campaign. Its mails are sent by `sendCampaign`. For admins.',
  })
  async createCampaign(
    @Arg('input', () => CreateCampaignInput, { description: 'The campaign.' })
    { name, texts }: CreateCampaignInput,
    @Ctx() { services }: Context,
  ): Promise<CreateCampaignPayload> {
    return payload(await services.campaign.create(name, texts), (campaign) => ({ campaign }));
  }

  @Mutation(() => SendCampaignPayload, {
    description:
      'Queues the mails of a campaign, one for each person who may receive marketing. Whether they still may is checked again ' +
      'before each mail is sent. A campaign can be sent once. For admins, with a fresh factor.',
  })
  async sendCampaign(
    @Arg('input', () => SendCampaignInput, { description: 'The campaign.' }) { id }: SendCampaignInput,
    @Ctx() { services }: Context,
  ): Promise<SendCampaignPayload> {
    return payload(await services.campaign.send(id), (campaign) => ({ campaign }));
  }
}
