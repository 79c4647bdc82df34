// The viewer's second factors, and new recovery codes.
import { Ctx, FieldResolver, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import { Viewer } from '../../schema/account/account.js';
import { RotateRecoveryCodesPayload, SecondFactors } from '../../schema/sign-in/second-factors.js';
import { ofAccount } from '../acting-session.js';
import { payload } from '../payload.js';
import { viewerId } from '../viewer-id.js';

@Resolver()
export class SecondFactorResolver {
  @Mutation(() => RotateRecoveryCodesPayload, {
    description:
      'Replaces the recovery codes. The old codes stop working immediately, and a mail notifies the owner. It requires a fresh factor.',
  })
  async rotateRecoveryCodes(@Ctx() context: Context): Promise<RotateRecoveryCodesPayload> {
    const outcome = ofAccount(await context.services.secondFactors.renewRecoveryCodes(viewerId(context)));
    return payload(outcome, (recoveryCodes) => ({ recoveryCodes }));
  }
}

@Resolver(() => Viewer)
export class ViewerSecondFactorResolver {
  @FieldResolver(() => SecondFactors, { description: 'The viewer’s second factors.' })
  async secondFactors(@Ctx() context: Context): Promise<SecondFactors> {
    const { totp: totpEnabled, ...others } = await context.services.secondFactors.view(viewerId(context));
    return { totpEnabled, ...others };
  }
}
