// Visits by marketing channel: counting them, and the counts.
import { Arg, Args, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import { ChannelDay, RecordVisitInput, RecordVisitPayload } from '../../schema/marketing/channel.js';
import { SpanArgs } from '../../schema/span.js';
import { userErrors } from '../../schema/user-error.js';
import { daysAccepted } from '../days-accepted.js';

@Resolver()
export class ChannelResolver {
  @Query(() => [ChannelDay], {
    description:
      'Visits and sign-ups by day, channel and platform, as far as the days are over. Numbers under 20 are hidden. ' +
      'For admins.',
  })
  async channelStatistics(
    @Args(() => SpanArgs) { from, to }: SpanArgs,
    @Ctx() { services }: Context,
  ): Promise<ChannelDay[]> {
    return daysAccepted(await services.channel.statistics(from, to));
  }

  @Mutation(() => RecordVisitPayload, {
    description:
      'Counts a visit for a marketing channel. With consent the browser keeps the channel, in a cookie that is the same ' +
      'for everybody who comes from there; without it, that cookie is deleted.',
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
    const agreed = input.analyticsConsent && (await accountAgrees(context));
    const outcome = await services.channel.countVisit(input, sourceAddress);
    context.setChannelCookie(agreed && outcome.ok ? outcome.value : null);
    return outcome.ok
      ? { counted: true, userErrors: [] }
      : { counted: false, userErrors: userErrors(outcome.userErrors) };
  }
}

/** What a person has said with their account holds for the browsers in which they are signed in. */
async function accountAgrees({ services, session }: Context): Promise<boolean> {
  return session === null || services.consent.permits(session.accountId, 'analytics-cookies');
}

/** Counts a sign-up for the channel that the browser keeps, which it has no use for any more. */
export async function countSignUp(context: Context): Promise<void> {
  const { services, channelCode, globalPrivacyControl } = context;
  if (channelCode === null) return;
  if (!globalPrivacyControl) await services.channel.countSignUp(channelCode);
  context.setChannelCookie(null);
}
