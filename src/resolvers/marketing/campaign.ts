// Campaigns, for admins: writing them, sending them, and what became of them.
import { Arg, Args, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import { PageArgs } from '../../schema/connection.js';
import {
  Campaign,
  CampaignConnection,
  CreateCampaignInput,
  CreateCampaignPayload,
  SendCampaignInput,
  SendCampaignPayload,
} from '../../schema/marketing/campaign.js';
import { userErrors } from '../../schema/user-error.js';
import { connection } from '../connection.js';

@Resolver()
export class CampaignResolver {
  @Query(() => CampaignConnection, {
    description: 'The campaigns: those that have not been sent first, then the newest. For admins.',
  })
  marketingCampaigns(
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { services }: Context,
  ): Promise<CampaignConnection> {
    return connection(
      args,
      (request) => services.campaign.page(request),
      (node) => ({ node }),
    );
  }

  @Query(() => [Campaign], {
    description: 'All of `marketingCampaigns` at once. For admins.',
    deprecationReason: 'Use `marketingCampaigns`. Goes on 2027-06-01.',
  })
  campaigns(@Ctx() { services }: Context): Promise<Campaign[]> {
    return services.campaign.all();
  }

  @Mutation(() => CreateCampaignPayload, {
    description: 'Writes a campaign. Nobody is sent it yet. For admins.',
  })
  async createCampaign(
    @Arg('input', () => CreateCampaignInput, { description: 'The campaign.' })
    { name, texts }: CreateCampaignInput,
    @Ctx() { services }: Context,
  ): Promise<CreateCampaignPayload> {
    const outcome = await services.campaign.create(name, texts);
    return outcome.ok
      ? { campaign: outcome.value, userErrors: [] }
      : { campaign: null, userErrors: userErrors(outcome.userErrors) };
  }

  @Mutation(() => SendCampaignPayload, {
    description:
      'Queues the campaign’s mails, one for everybody who may be sent marketing at this moment; whether they still may is ' +
      'asked again when their turn comes. A campaign can be sent once. For admins, who show a factor again.',
  })
  async sendCampaign(
    @Arg('input', () => SendCampaignInput, { description: 'The campaign.' })
    { campaignId }: SendCampaignInput,
    @Ctx() { services }: Context,
  ): Promise<SendCampaignPayload> {
    const outcome = await services.campaign.send(campaignId);
    return outcome.ok
      ? { campaign: outcome.value, userErrors: [] }
      : { campaign: null, userErrors: userErrors(outcome.userErrors) };
  }
}
