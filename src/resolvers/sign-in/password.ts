// Setting a new password: by choice, or for a forgotten one.
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
import { userErrors } from '../../schema/user-error.js';
import { actingSession, ofAccount } from '../acting-session.js';

@Resolver()
export class PasswordResolver {
  @Mutation(() => ChangePasswordPayload, {
    description: 'Sets a new password. The viewer’s other sessions end, and a mail tells of it.',
  })
  async changePassword(
    @Arg('input', () => ChangePasswordInput, { description: 'The new password.' })
    { newPassword }: ChangePasswordInput,
    @Ctx() context: Context,
  ): Promise<ChangePasswordPayload> {
    const { accountId, token } = actingSession(context);
    const outcome = ofAccount(await context.services.passwordChange.change(accountId, newPassword, token));
    return { userErrors: outcome.ok ? [] : userErrors(outcome.userErrors) };
  }

  @Mutation(() => RequestPasswordResetPayload, {
    description:
      'Sends a link to the e-mail address, if it has an account. The answer does not tell whether it has one.',
  })
  async requestPasswordReset(
    @Arg('input', () => RequestPasswordResetInput, { description: 'The e-mail address.' })
    { email }: RequestPasswordResetInput,
    @Ctx() { services, sourceAddress }: Context,
  ): Promise<RequestPasswordResetPayload> {
    const outcome = await services.passwordReset.request(email, sourceAddress);
    return { userErrors: outcome.ok ? [] : userErrors(outcome.userErrors) };
  }

  @Mutation(() => ResetPasswordPayload, {
    description: 'Sets a new password, ends all sessions of the account, and begins none: sign in next.',
  })
  async resetPassword(
    @Arg('input', () => ResetPasswordInput, { description: 'The link’s token, and the new password.' })
    { token, newPassword }: ResetPasswordInput,
    @Ctx() { services, sourceAddress }: Context,
  ): Promise<ResetPasswordPayload> {
    const outcome = await services.passwordReset.reset(token, newPassword, sourceAddress);
    return { userErrors: outcome.ok ? [] : userErrors(outcome.userErrors) };
  }
}
