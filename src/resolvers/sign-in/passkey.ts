// Passkeys: registering and removing them, and signing in with one.
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import {
  RegisterPasskeyInput,
  RegisterPasskeyPayload,
  RemovePasskeyInput,
  RemovePasskeyPayload,
  SignInWithPasskeyInput,
  StartPasskeyRegistrationPayload,
  StartPasskeySignInPayload,
} from '../../schema/sign-in/passkey.js';
import { SignInPayload } from '../../schema/sign-in/session.js';
import { userErrors } from '../../schema/user-error.js';
import { actingSession, ofAccount } from '../acting-session.js';
import { viewerId } from '../viewer-id.js';
import { checkDelivery, notSignedInPayload, signedInPayload } from './signed-in.js';

@Resolver()
export class PasskeyResolver {
  @Mutation(() => StartPasskeyRegistrationPayload, {
    description: 'Gives what a browser needs to make a passkey.',
  })
  async startPasskeyRegistration(@Ctx() context: Context): Promise<StartPasskeyRegistrationPayload> {
    const outcome = ofAccount(await context.services.passkeys.startRegistration(viewerId(context)));
    return outcome.ok
      ? { options: outcome.value, userErrors: [] }
      : { options: null, userErrors: userErrors(outcome.userErrors) };
  }

  @Mutation(() => RegisterPasskeyPayload, {
    description:
      'Makes the passkey a second factor, which counts for this session at once. With the first second factor the ' +
      'account’s other sessions end. A mail tells of it.',
  })
  async registerPasskey(
    @Arg('input', () => RegisterPasskeyInput, { description: 'The passkey.' }) input: RegisterPasskeyInput,
    @Ctx() context: Context,
  ): Promise<RegisterPasskeyPayload> {
    const outcome = ofAccount(await context.services.passkeys.register(actingSession(context), input));
    if (!outcome.ok)
      return { passkey: null, recoveryCodes: null, userErrors: userErrors(outcome.userErrors) };
    const { added: passkey, recoveryCodes } = outcome.value;
    return { passkey, recoveryCodes, userErrors: [] };
  }

  @Mutation(() => RemovePasskeyPayload, {
    description:
      'Takes the passkey away. The account’s other sessions end, and a mail tells of it. With the last second factor, ' +
      'recovery codes end, too.',
  })
  async removePasskey(
    @Arg('input', () => RemovePasskeyInput, { description: 'The passkey.' })
    { id, password }: RemovePasskeyInput,
    @Ctx() context: Context,
  ): Promise<RemovePasskeyPayload> {
    const outcome = await context.services.passkeys.remove(actingSession(context), id, password ?? null);
    const result = ofAccount(outcome);
    return { userErrors: result.ok ? [] : userErrors(result.userErrors) };
  }

  @Mutation(() => StartPasskeySignInPayload, {
    description:
      'Gives what a browser needs to show a passkey: for `signInWithPasskey`, or as the factor of `completeSignIn` or ' +
      '`stepUp`.',
  })
  async startPasskeySignIn(@Ctx() { services }: Context): Promise<StartPasskeySignInPayload> {
    return { options: await services.passkeys.startAssertion(), userErrors: [] };
  }

  @Mutation(() => SignInPayload, {
    description:
      'Begins a session with a passkey alone, which is two factors: the device, and what unlocks it.',
  })
  async signInWithPasskey(
    @Arg('input', () => SignInWithPasskeyInput, { description: 'The passkey.' })
    { response, delivery }: SignInWithPasskeyInput,
    @Ctx() context: Context,
  ): Promise<SignInPayload> {
    checkDelivery(delivery, context);
    const outcome = await context.services.passkeySignIn.signIn(response, context.sourceAddress);
    return outcome.ok ? signedInPayload(outcome.value, delivery, context) : notSignedInPayload(outcome);
  }
}
