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
import { userErrors } from '../../schema/user-error.js';
import { actingSession, ofAccount } from '../acting-session.js';
import { viewerId } from '../viewer-id.js';

@Resolver()
export class TotpResolver {
  @Mutation(() => StartTotpPayload, {
    description: 'Gives a secret for an authenticator app. Another one that was not confirmed is forgotten.',
  })
  async startTotp(@Ctx() context: Context): Promise<StartTotpPayload> {
    const outcome = ofAccount(await context.services.totp.start(viewerId(context)));
    return outcome.ok
      ? { ...outcome.value, userErrors: [] }
      : { secret: null, uri: null, userErrors: userErrors(outcome.userErrors) };
  }

  @Mutation(() => ConfirmTotpPayload, {
    description:
      'Makes the app a second factor, which counts for this session at once. With the first second factor the ' +
      'account’s other sessions end. A mail tells of it.',
  })
  async confirmTotp(
    @Arg('input', () => ConfirmTotpInput, { description: 'A code of the app.' }) { code }: ConfirmTotpInput,
    @Ctx() context: Context,
  ): Promise<ConfirmTotpPayload> {
    const outcome = ofAccount(await context.services.totp.confirm(actingSession(context), code));
    return outcome.ok
      ? { recoveryCodes: outcome.value.recoveryCodes, userErrors: [] }
      : { recoveryCodes: null, userErrors: userErrors(outcome.userErrors) };
  }

  @Mutation(() => DisableTotpPayload, {
    description:
      'Takes the app away as a second factor. The account’s other sessions end, and a mail tells of it. With the last ' +
      'second factor, recovery codes end, too.',
  })
  async disableTotp(
    @Arg('input', () => DisableTotpInput, { description: 'The password, where it is needed.' })
    { password }: DisableTotpInput,
    @Ctx() context: Context,
  ): Promise<DisableTotpPayload> {
    const outcome = await context.services.totp.disable(actingSession(context), password ?? null);
    const result = ofAccount(outcome);
    return { userErrors: result.ok ? [] : userErrors(result.userErrors) };
  }
}
