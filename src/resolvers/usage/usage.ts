// The viewer's usage data, the objection to usage statistics, and the handle under which usage is reported.
import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, FieldResolver, ID, Info, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import { Viewer } from '../../schema/account/account.js';
import { DayRangeInput } from '../../schema/day-range.js';
import { RotateUsageHandlePayload, UsageSummary } from '../../schema/usage/usage.js';
import type { UsageSummary as UsageSummaryView } from '../../services/usage/usage.js';
import { ofAccount } from '../acting-session.js';
import { inRange } from '../day-range.js';
import { payload } from '../payload.js';
import { viewerId } from '../viewer-id.js';
import { selects } from './selection.js';

const BREAKDOWNS = new Set(['byLocation', 'byCountry', 'byProvider']);

@Resolver()
export class UsageResolver {
  @Mutation(() => RotateUsageHandlePayload, {
    description:
      'Replaces the viewer’s usage handle. Nothing in the two handles shows that they belong to the same account.',
  })
  async rotateUsageHandle(@Ctx() context: Context): Promise<RotateUsageHandlePayload> {
    const outcome = await context.services.usageHandles.rotate(viewerId(context));
    return payload(outcome, (usageHandle) => ({ usageHandle: ofAccount(usageHandle) }));
  }
}

@Resolver(() => Viewer)
export class ViewerUsageResolver {
  @FieldResolver(() => UsageSummary, {
    description: 'The viewer’s usage data. No time finer than a day is stored.',
  })
  async usage(
    @Arg('days', () => DayRangeInput, { description: 'The days. The last one must be over (UTC).' })
    { from, to }: DayRangeInput,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<UsageSummaryView> {
    const breakdowns = selects(info, BREAKDOWNS);
    return inRange(await context.services.usage.summary(viewerId(context), from, to, { breakdowns }));
  }

  @FieldResolver(() => Boolean, {
    description:
      'Whether the viewer objects to usage statistics. No usage data about the viewer is stored while they do.',
  })
  async objectsToStatistics(@Ctx() context: Context): Promise<boolean> {
    return ofAccount(await context.services.statisticsObjection.has(viewerId(context)));
  }

  @FieldResolver(() => ID, {
    description: 'The random name by which VPN nodes know the viewer. They do not know the account.',
  })
  async usageHandle(@Ctx() context: Context): Promise<string> {
    return ofAccount(await context.services.usageHandles.current(viewerId(context)));
  }
}
