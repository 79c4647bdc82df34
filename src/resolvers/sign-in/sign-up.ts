// Signing up, and confirming it.
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import {
  ConfirmSignUpInput,
  ConfirmSignUpPayload,
  SignUpInput,
  SignUpPayload,
} from '../../schema/sign-in/sign-up.js';
import { countSignUp } from '../marketing/channel.js';
import { payload } from '../payload.js';
import { checkDelivery, deliveredSession } from './signed-in.js';

@Resolver()
export class SignUpResolver {
  @Mutation(() => SignUpPayload, {
    description:
      'Signs up for an account, and sends a mail to the e-mail address. The answer is the same whether or not the address has an ' +
      'account; only the mail depends on it. `confirmSignUp` creates the account.',
  })
  async signUp(
    @Arg('input', () => SignUpInput, { description: 'The new account.' })
    { name, subdivision, ...input }: SignUpInput,
    @Ctx() context: Context,
  ): Promise<SignUpPayload> {
    const { services, sourceAddress } = context;
    const request = { ...input, name: name ?? null, subdivision: subdivision ?? null };
    const outcome = await services.signUp.begin(request, sourceAddress);
    if (outcome.ok) await countSignUp(context);
    return payload(outcome);
  }

  @Mutation(() => ConfirmSignUpPayload, {
    description:
      'Creates the account and begins a session. It requires both the token of the link and the password of the sign-up, so that ' +
      'neither the mailbox nor the password alone is enough.',
  })
  async confirmSignUp(
    @Arg('input', () => ConfirmSignUpInput, { description: 'The token of the link, and the password.' })
    { token, password, delivery }: ConfirmSignUpInput,
    @Ctx() context: Context,
  ): Promise<ConfirmSignUpPayload> {
    checkDelivery(delivery, context);
    const outcome = await context.services.signUp.confirm(token, password);
    return payload(outcome, (signedIn) => ({ session: deliveredSession(signedIn, delivery, context) }));
  }
}
