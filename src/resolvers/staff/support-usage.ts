// What support sees: the usage data of one account for a case, and heavy users.
import { Arg, Args, Ctx, Query, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import { badInput } from '../../graphql/errors.js';
import type { Month } from '../../lib/calendar.js';
import { MonthScalar } from '../../schema/month.js';
import { HeavyUser, SupportUsage, SupportUsageArgs } from '../../schema/staff/support-usage.js';
import type { SupportUsageView } from '../../services/staff/support-usage.js';
import { inRange } from '../day-range.js';
import { viewerId } from '../viewer-id.js';

@Resolver()
export class SupportUsageResolver {
  @Query(() => SupportUsage, {
    description:
      'The usage data of an account, for a support case. The access is stored before anything is read, and the account’s ' +
      'owner sees it in `viewer.staffAccessLog`. An unknown account causes the error `BAD_USER_INPUT`. For support.',
  })
  async supportUsage(
    @Args(() => SupportUsageArgs) { account, caseReference, reason, days }: SupportUsageArgs,
    @Ctx() context: Context,
  ): Promise<SupportUsageView> {
    const result = await context.services.supportUsage.read(viewerId(context), {
      account: account.trim(),
      caseReference: caseReference.trim(),
      reason,
      days: days ?? null,
    });
    if (result === 'invalid-reference') {
      throw badInput(
        'caseReference must have 1 to 64 letters, digits, underscores and hyphens.',
        'caseReference',
      );
    }
    if (result === 'unknown-account') throw badInput('There is no such account.', 'account');
    if (result === 'restricted') throw badInput('The account’s owner has restricted processing.', 'account');
    return inRange(result);
  }

  @Query(() => [HeavyUser], {
    description:
      'The accounts that transferred more data in a month than thousands of others together, most data first. They are compared ' +
      'with the 2,000 accounts (`HEAVY_USAGE_ACCOUNTS`) in the middle of the ranking by data. The list is empty when no more ' +
      'accounts than that have transferred data. The owners see the access in `viewer.staffAccessLog`. For support.',
  })
  async heavyUsers(
    @Arg('month', () => MonthScalar, {
      description: 'The month. All of its days must be stored and closed.',
    })
    month: Month,
    @Ctx() context: Context,
  ): Promise<HeavyUser[]> {
    const users = await context.services.heavyUsers.list(viewerId(context), month);
    if (users === 'not-whole') {
      throw badInput(
        'All days of the month must be stored and closed. Choose an earlier or a later month.',
        'month',
      );
    }
    return users.map(({ account: accountId, ...user }) => ({ accountId, ...user }));
  }
}
