// Erasing an account: one's own, or that of a person who is too young.
import { Arg, Ctx, FieldResolver, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import { refused } from '../../input/user-error.js';
import { Viewer } from '../../schema/account/account.js';
import {
  CloseAccountPayload,
  MinorReport,
  ReportMinorInput,
  ReportMinorPayload,
  WithdrawMinorReportInput,
  WithdrawMinorReportPayload,
} from '../../schema/erasure/erasure.js';
import { payload } from '../payload.js';
import { viewerId } from '../viewer-id.js';

@Resolver()
export class ErasureResolver {
  @Mutation(() => CloseAccountPayload, {
    description:
      'Erases the viewer’s account and everything that belongs to it, immediately and permanently. A last mail confirms it. The ' +
      'last admin cannot close their account. It requires a fresh factor.',
  })
  async closeAccount(@Ctx() context: Context): Promise<CloseAccountPayload> {
    const userError = await context.services.staff.close(viewerId(context));
    if (userError !== null) return payload(refused(userError));
    context.setSessionCookie(null);
    context.setKnownBrowserCookie(null);
    return { userErrors: [] };
  }

  @Mutation(() => ReportMinorPayload, {
    description:
      'Reports that the owner of an account is too young to have one. A mail notifies the owner, who can object. The account is ' +
      'erased after seven days, as by `closeAccount`. For support and data protection officers, with a fresh factor.',
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
    return payload(outcome, (minorReport) => ({ minorReport }));
  }

  @Mutation(() => WithdrawMinorReportPayload, {
    description:
      'Withdraws a minor report. The account stays, and a mail notifies its owner. For support and data protection officers, ' +
      'with a fresh factor.',
  })
  async withdrawMinorReport(
    @Arg('input', () => WithdrawMinorReportInput, { description: 'The account.' })
    { account }: WithdrawMinorReportInput,
    @Ctx() { services }: Context,
  ): Promise<WithdrawMinorReportPayload> {
    return payload(await services.minorReports.withdraw(account.trim()));
  }
}

@Resolver(() => Viewer)
export class ViewerMinorReportResolver {
  @FieldResolver(() => MinorReport, {
    nullable: true,
    description: 'The report that the viewer is too young to have an account. It is null when there is none.',
  })
  minorReport(@Ctx() context: Context): Promise<MinorReport | null> {
    return context.services.minorReports.of(viewerId(context));
  }
}
