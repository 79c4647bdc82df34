// The viewer's usage statistics, whether they object to them, and the handle under which usage is reported.
import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, FieldResolver, ID, Info, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import { Viewer } from '../../schema/account/account.js';
import { RotateUsageHandlePayload, UsageArgs, UsageSummary } from '../../schema/usage/usage.js';
import { userErrors } from '../../schema/user-error.js';
import type { UsageSummary as UsageSummaryView } from '../../services/usage/usage.js';
import { ofAccount } from '../acting-session.js';
import { daysAccepted } from '../days-accepted.js';
import { viewerId } from '../viewer-id.js';
import { selects } from './selection.js';

const BREAKDOWNS = new Set(['byLocation', 'byCountry', 'byProvider']);

@Resolver()
export class UsageResolver {
  @Mutation(() => RotateUsageHandlePayload, {
    description:
      'Gives the viewer another usage handle. Nothing in the two tells that they are of one account.',
  })
  async rotateUsageHandle(@Ctx() context: Context): Promise<RotateUsageHandlePayload> {
    const outcome = await context.services.usageHandles.rotate(viewerId(context));
    return outcome.ok
      ? { usageHandle: ofAccount(outcome.value), userErrors: [] }
      : { usageHandle: null, userErrors: userErrors(outcome.userErrors) };
  }
}

@Resolver(() => Viewer)
export class ViewerUsageResolver {
  @FieldResolver(() => UsageSummary, {
    description: 'What the viewer has used, on days that are over. The finest time that is known is a day.',
  })
  async usage(
    @Args(() => UsageArgs) { from, to }: UsageArgs,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<UsageSummaryView> {
    const breakdowns = selects(info, BREAKDOWNS);
    return daysAccepted(await context.services.usage.summary(viewerId(context), from, to, { breakdowns }));
  }

  @FieldResolver(() => Boolean, {
    description: 'Whether the viewer objects to usage statistics: nothing new is written as long as they do.',
  })
  async objectsToStatistics(@Ctx() context: Context): Promise<boolean> {
    return ofAccount(await context.services.statisticsObjection.has(viewerId(context)));
  }

  @FieldResolver(() => ID, {
    description: 'The random name by which VPN servers know the viewer, whose account they do not know.',
  })
  async usageHandle(@Ctx() context: Context): Promise<string> {
    return ofAccount(await context.services.usageHandles.current(viewerId(context)));
  }
}
