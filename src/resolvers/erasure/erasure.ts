// Erasing an account: one's own, or that of a person who is too young.
import { Arg, Ctx, FieldResolver, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import { Viewer } from '../../schema/account/account.js';
import {
  CloseAccountPayload,
  MinorReport,
  ReportMinorInput,
  ReportMinorPayload,
  WithdrawMinorReportInput,
  WithdrawMinorReportPayload,
} from '../../schema/erasure/erasure.js';
import { userErrors } from '../../schema/user-error.js';
import { viewerId } from '../viewer-id.js';

@Resolver()
export class ErasureResolver {
  @Mutation(() => CloseAccountPayload, {
    description:
      'Erases the viewer’s account and everything that belongs to it, at once and for good; a last mail tells of it.',
  })
  async closeAccount(@Ctx() context: Context): Promise<CloseAccountPayload> {
    const userError = await context.services.staff.close(viewerId(context));
    if (userError !== null) return { userErrors: userErrors([userError]) };
    context.setSessionCookie(null);
    context.setKnownBrowserCookie(null);
    return { userErrors: [] };
  }

  @Mutation(() => ReportMinorPayload, {
    description:
      'Reports the account of a person who is too young to have one. Its owner gets a mail and can object; after seven days it is erased, as by `closeAccount`. For support and data protection officers.',
  })
  async reportMinor(
    @Arg('input', () => ReportMinorInput, { description: 'The account, and the case.' })
    { account, caseReference }: ReportMinorInput,
    @Ctx() context: Context,
  ): Promise<ReportMinorPayload> {
    const outcome = await context.services.minorReports.report(viewerId(context), {
      account: account.trim(),
      caseReference: caseReference.trim(),
    });
    return outcome.ok
      ? { report: outcome.value, userErrors: [] }
      : { report: null, userErrors: userErrors(outcome.userErrors) };
  }

  @Mutation(() => WithdrawMinorReportPayload, {
    description:
      'Withdraws a report of `reportMinor`: the account stays, and its owner gets a mail. For support and data protection officers.',
  })
  async withdrawMinorReport(
    @Arg('input', () => WithdrawMinorReportInput, { description: 'The account.' })
    { account }: WithdrawMinorReportInput,
    @Ctx() { services }: Context,
  ): Promise<WithdrawMinorReportPayload> {
    const outcome = await services.minorReports.withdraw(account.trim());
    return { userErrors: outcome.ok ? [] : userErrors(outcome.userErrors) };
  }
}

@Resolver(() => Viewer)
export class ViewerMinorReportResolver {
  @FieldResolver(() => MinorReport, {
    nullable: true,
    description: 'Set when staff have reported the viewer as too young: the account is erased on a day.',
  })
  minorReport(@Ctx() context: Context): Promise<MinorReport | null> {
    return context.services.minorReports.of(viewerId(context));
  }
}
