// Signing up, and confirming it.
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import { SignInPayload } from '../../schema/sign-in/session.js';
import { ConfirmSignUpInput, SignUpInput, SignUpPayload } from '../../schema/sign-in/sign-up.js';
import { userErrors } from '../../schema/user-error.js';
import { countSignUp } from '../marketing/channel.js';
import { checkDelivery, notSignedInPayload, signedInPayload } from './signed-in.js';

@Resolver()
export class SignUpResolver {
  @Mutation(() => SignUpPayload, {
    description:
      'Asks for an account. The answer does not tell whether the e-mail address has one already: the mail that comes ' +
      'there does. `confirmSignUp` makes the account.',
  })
  async signUp(
    @Arg('input', () => SignUpInput, { description: 'The account to be made.' })
    { name, subdivision, ...input }: SignUpInput,
    @Ctx() context: Context,
  ): Promise<SignUpPayload> {
    const { services, sourceAddress } = context;
    const asked = { ...input, name: name ?? null, subdivision: subdivision ?? null };
    const outcome = await services.signUp.begin(asked, sourceAddress);
    if (outcome.ok) await countSignUp(context);
    return { userErrors: outcome.ok ? [] : userErrors(outcome.userErrors) };
  }

  @Mutation(() => SignInPayload, {
    description:
      'Makes the account and begins a session. It takes the link’s token and the password that was chosen: whoever ' +
      'signed up with another person’s address never gets in, and nobody gets an account with another’s password.',
  })
  async confirmSignUp(
    @Arg('input', () => ConfirmSignUpInput, { description: 'The link’s token, and the password.' })
    { token, password, delivery }: ConfirmSignUpInput,
    @Ctx() context: Context,
  ): Promise<SignInPayload> {
    checkDelivery(delivery, context);
    const outcome = await context.services.signUp.confirm(token, password);
    return outcome.ok ? signedInPayload(outcome.value, delivery, context) : notSignedInPayload(outcome);
  }
}
