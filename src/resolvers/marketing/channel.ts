// Visits by marketing channel: counting them, and the statistics.
import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import { DayRangeInput } from '../../schema/day-range.js';
import { ChannelDay, RecordVisitInput, RecordVisitPayload } from '../../schema/marketing/channel.js';
import { inRange } from '../day-range.js';
import { payload } from '../payload.js';

@Resolver()
export class ChannelResolver {
  @Query(() => [ChannelDay], {
    description:
      'The visits and sign-ups by day, channel and platform, on days that are over. Numbers below 20 are hidden. For admins.',
  })
  async channelStatistics(
    @Arg('days', () => DayRangeInput, { description: 'The days.' }) { from, to }: DayRangeInput,
    @Ctx() { services }: Context,
  ): Promise<ChannelDay[]> {
    return inRange(await services.channel.statistics(from, to));
  }

  @Mutation(() => RecordVisitPayload, {
    description:
      'Counts a visit from a marketing channel. With consent to analytics, the browser stores the channel in a cookie, which ' +
      'is the same for all visitors from that channel. Without consent, the cookie is deleted.',
  })
  async recordVisit(
    @Arg('input', () => RecordVisitInput, { description: 'The visit.' }) input: RecordVisitInput,
    @Ctx() context: Context,
  ): Promise<RecordVisitPayload> {
    const { services, globalPrivacyControl, sourceAddress } = context;
    if (globalPrivacyControl) {
      context.setChannelCookie(null);
      return { counted: false, userErrors: [] };
    }
    const consents = input.analyticsConsent && (await accountConsents(context));
    const outcome = await services.channel.countVisit(input, sourceAddress);
    context.setChannelCookie(consents && outcome.ok ? outcome.value : null);
    return payload(outcome, () => ({ counted: true }));
  }
}

/** The decision of an account applies to every browser in which its owner is signed in. */
async function accountConsents({ services, session }: Context): Promise<boolean> {
  return session === null || services.consent.permits(session.accountId, 'analytics-cookies');
}

/** Counts a sign-up for the channel in the browser’s cookie, and deletes the cookie. */
export async function countSignUp(context: Context): Promise<void> {
  const { services, channelCode, globalPrivacyControl } = context;
  if (channelCode === null) return;
  if (!globalPrivacyControl) await services.channel.countSignUp(channelCode);
  context.setChannelCookie(null);
}
