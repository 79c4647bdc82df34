// Erasing an account: one's own, or that of a person who is too young.
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../schema/context.js';
import { CloseAccountPayload, ReportMinorInput, ReportMinorPayload } from '../schema/erasure.js';
import { userErrors } from '../schema/errors.js';
import { viewerId } from './viewer-id.js';

@Resolver()
export class ErasureResolver {
  @Mutation(() => CloseAccountPayload, {
    description:
      'Erases the viewer’s account and everything that belongs to it, at once and for good; a last mail tells of it.',
  })
  async closeAccount(@Ctx() context: Context): Promise<CloseAccountPayload> {
    await context.services.erasure.erase(viewerId(context));
    context.setSessionCookie(null);
    return { userErrors: [] };
  }

  @Mutation(() => ReportMinorPayload, {
    description: 'Erases the account of a person who is too young to have one, as `closeAccount` does.',
  })
  async reportMinor(
    @Arg('input', () => ReportMinorInput, { description: 'The account, and the case.' })
    { account, caseReference }: ReportMinorInput,
    @Ctx() { services }: Context,
  ): Promise<ReportMinorPayload> {
    const outcome = await services.erasure.reportMinor(account.trim(), caseReference.trim());
    return outcome.ok
      ? { erased: outcome.value, userErrors: [] }
      : { erased: false, userErrors: userErrors(outcome.faults) };
  }
}
