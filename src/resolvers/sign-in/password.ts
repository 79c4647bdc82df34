// Changing the password, and resetting a forgotten one.
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import {
  ChangePasswordInput,
  ChangePasswordPayload,
  RequestPasswordResetInput,
  RequestPasswordResetPayload,
  ResetPasswordInput,
  ResetPasswordPayload,
} from '../../schema/sign-in/password.js';
import { actingSession, ofAccount } from '../acting-session.js';
import { payload } from '../payload.js';

@Resolver()
export class PasswordResolver {
  @Mutation(() => ChangePasswordPayload, {
    description:
      'Changes the password. The viewer’s other sessions end, and a mail notifies the viewer. It requires a fresh factor.',
  })
  async changePassword(
    @Arg('input', () => ChangePasswordInput, { description: 'The new password.' })
    { newPassword }: ChangePasswordInput,
    @Ctx() context: Context,
  ): Promise<ChangePasswordPayload> {
    const { accountId, token } = actingSession(context);
    return payload(ofAccount(await context.services.passwordChange.change(accountId, newPassword, token)));
  }

  @Mutation(() => RequestPasswordResetPayload, {
    description:
      'Sends a link to the e-mail address if it has an account. The answer is the same whether or not it has one.',
  })
  async requestPasswordReset(
    @Arg('input', () => RequestPasswordResetInput, { description: 'The e-mail address.' })
    { email }: RequestPasswordResetInput,
    @Ctx() { services, sourceAddress }: Context,
  ): Promise<RequestPasswordResetPayload> {
    return payload(await services.passwordReset.request(email, sourceAddress));
  }

  @Mutation(() => ResetPasswordPayload, {
    description:
      'Sets a new password and ends all sessions of the account. It begins no session, and second factors stay as they are.',
  })
  async resetPassword(
    @Arg('input', () => ResetPasswordInput, { description: 'The token of the link, and the new password.' })
    { token, newPassword }: ResetPasswordInput,
    @Ctx() { services, sourceAddress }: Context,
  ): Promise<ResetPasswordPayload> {
    return payload(await services.passwordReset.reset(token, newPassword, sourceAddress));
  }
}
