// Authenticator apps as a second factor: enabling and disabling one.
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import {
  ConfirmTotpInput,
  ConfirmTotpPayload,
  DisableTotpInput,
  DisableTotpPayload,
  StartTotpPayload,
} from '../../schema/sign-in/totp.js';
import { actingSession, ofAccount } from '../acting-session.js';
import { payload } from '../payload.js';
import { viewerId } from '../viewer-id.js';

@Resolver()
export class TotpResolver {
  @Mutation(() => StartTotpPayload, {
    description:
      'Returns a secret for an authenticator app. The app is enabled by `confirmTotp`. An earlier secret that was not confirmed is deleted. It requires a fresh factor.',
  })
  async startTotp(@Ctx() context: Context): Promise<StartTotpPayload> {
    return payload(ofAccount(await context.services.totp.start(viewerId(context))), (secret) => secret);
  }

  @Mutation(() => ConfirmTotpPayload, {
    description:
      'Enables the app as a second factor, and counts it as shown in this session. The first second factor of an account ends ' +
      'its other sessions. A mail notifies the owner. It requires a fresh factor.',
  })
  async confirmTotp(
    @Arg('input', () => ConfirmTotpInput, { description: 'A code of the app.' }) { code }: ConfirmTotpInput,
    @Ctx() context: Context,
  ): Promise<ConfirmTotpPayload> {
    const outcome = ofAccount(await context.services.totp.confirm(actingSession(context), code));
    return payload(outcome, ({ recoveryCodes }) => ({ recoveryCodes }));
  }

  @Mutation(() => DisableTotpPayload, {
    description:
      'Disables the app. The account’s other sessions end, and a mail notifies the owner. Removing the last second factor also ' +
      'deletes the recovery codes. It requires a fresh factor.',
  })
  async disableTotp(
    @Arg('input', () => DisableTotpInput, { description: 'The password, where it is required.' })
    { password }: DisableTotpInput,
    @Ctx() context: Context,
  ): Promise<DisableTotpPayload> {
    const outcome = await context.services.totp.disable(actingSession(context), password ?? null);
    return payload(ofAccount(outcome));
  }
}
