// What support sees: the usage of one account for a case, and who has used far more than others.
import { Arg, Args, Ctx, Query, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import { badInput } from '../../graphql/errors.js';
import { parseMonth } from '../../lib/calendar.js';
import { HeavyUser, SupportUsage, SupportUsageArgs } from '../../schema/staff/support-usage.js';
import type { SupportUsageView } from '../../services/staff/support-usage.js';
import { daysAccepted } from '../days-accepted.js';
import { viewerId } from '../viewer-id.js';

@Resolver()
export class SupportUsageResolver {
  @Query(() => SupportUsage, {
    description:
      'What an account has used, for a case of support. That staff looked is written down before anything is read, and the ' +
      'account’s owner sees it in `viewer.staffAccessLog`. `BAD_USER_INPUT` when there is no such account. For support.',
  })
  async supportUsage(
    @Args(() => SupportUsageArgs) { account, caseReference, reason, from, to }: SupportUsageArgs,
    @Ctx() context: Context,
  ): Promise<SupportUsageView> {
    const answer = await context.services.supportUsage.look(viewerId(context), {
      account: account.trim(),
      caseReference: caseReference.trim(),
      reason,
      from: from ?? null,
      to: to ?? null,
    });
    if (answer === 'invalid-reference') {
      throw badInput(
        'caseReference must have 1 to 64 letters, digits, underscores and hyphens.',
        'caseReference',
      );
    }
    if (answer === 'unknown-account') throw badInput('There is no such account.', 'account');
    if (answer === 'restricted') throw badInput('The account’s owner has restricted processing.', 'account');
    return daysAccepted(answer);
  }

  @Query(() => [HeavyUser], {
    description:
      'Accounts that transferred more in a month than thousands of others together: than the 2,000 (`HEAVY_USAGE_ACCOUNTS`) ' +
      'in the middle of the ranking by data. Most data first; empty when no more accounts than that have transferred any. ' +
      'Nothing happens to them; their owners see in `viewer.staffAccessLog` that they were looked at. For support.',
  })
  async heavyUsers(
    @Arg('month', () => String, {
      description: 'A calendar month in UTC, such as `2026-10`, all of whose days are kept and closed.',
    })
    text: string,
    @Ctx() context: Context,
  ): Promise<HeavyUser[]> {
    const month = parseMonth(text);
    if (month === null) throw badInput('month must be a calendar month: YYYY-MM.', 'month');
    const users = await context.services.heavyUsers.list(viewerId(context), month);
    if (users === 'not-whole') {
      throw badInput(
        'month must be one of which all days are kept, and no report can come any more.',
        'month',
      );
    }
    return users;
  }
}
