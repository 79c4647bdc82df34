// The viewer's second factors, and new recovery codes.
import { Ctx, FieldResolver, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import { Viewer } from '../../schema/account/account.js';
import { RenewRecoveryCodesPayload, SecondFactors } from '../../schema/sign-in/second-factors.js';
import { userErrors } from '../../schema/user-error.js';
import { ofAccount } from '../acting-session.js';
import { viewerId } from '../viewer-id.js';

@Resolver()
export class SecondFactorResolver {
  @Mutation(() => RenewRecoveryCodesPayload, {
    description: 'Gives new recovery codes; those of before are worth nothing then. A mail tells of it.',
  })
  async renewRecoveryCodes(@Ctx() context: Context): Promise<RenewRecoveryCodesPayload> {
    const outcome = ofAccount(await context.services.secondFactors.renewRecoveryCodes(viewerId(context)));
    return outcome.ok
      ? { recoveryCodes: outcome.value, userErrors: [] }
      : { recoveryCodes: null, userErrors: userErrors(outcome.userErrors) };
  }
}

@Resolver(() => Viewer)
export class ViewerSecondFactorResolver {
  @FieldResolver(() => SecondFactors, { description: 'What the viewer can show beside the password.' })
  secondFactors(@Ctx() context: Context): Promise<SecondFactors> {
    return context.services.secondFactors.view(viewerId(context));
  }
}
