// Passkeys: registering and removing them, and signing in with one.
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import {
  RegisterPasskeyInput,
  RegisterPasskeyPayload,
  RemovePasskeyInput,
  RemovePasskeyPayload,
  SignInWithPasskeyInput,
  SignInWithPasskeyPayload,
  StartPasskeyRegistrationPayload,
  StartPasskeySignInPayload,
} from '../../schema/sign-in/passkey.js';
import { actingSession, ofAccount } from '../acting-session.js';
import { payload } from '../payload.js';
import { viewerId } from '../viewer-id.js';
import { checkDelivery, deliveredSession } from './signed-in.js';

@Resolver()
export class PasskeyResolver {
  @Mutation(() => StartPasskeyRegistrationPayload, {
    description: 'Returns the options with which a browser creates a passkey. It requires a fresh factor.',
  })
  async startPasskeyRegistration(@Ctx() context: Context): Promise<StartPasskeyRegistrationPayload> {
    const outcome = ofAccount(await context.services.passkeys.startRegistration(viewerId(context)));
    return payload(outcome, (options) => ({ options }));
  }

  @Mutation(() => RegisterPasskeyPayload, {
    description:
      'Registers a passkey as a second factor, and counts it as shown in this session. The first second factor of an account ' +
      'ends its other sessions. A mail notifies the owner. It requires a fresh factor.',
  })
  async registerPasskey(
    @Arg('input', () => RegisterPasskeyInput, { description: 'The passkey.' }) input: RegisterPasskeyInput,
    @Ctx() context: Context,
  ): Promise<RegisterPasskeyPayload> {
    const outcome = ofAccount(await context.services.passkeys.register(actingSession(context), input));
    return payload(outcome, ({ added: passkey, recoveryCodes }) => ({ passkey, recoveryCodes }));
  }

  @Mutation(() => RemovePasskeyPayload, {
    description:
      'Removes a passkey. The account’s other sessions end, and a mail notifies the owner. Removing the last second factor also ' +
      'deletes the recovery codes. It requires a fresh factor.',
  })
  async removePasskey(
    @Arg('input', () => RemovePasskeyInput, { description: 'The passkey.' })
    { id, password }: RemovePasskeyInput,
    @Ctx() context: Context,
  ): Promise<RemovePasskeyPayload> {
    const outcome = await context.services.passkeys.remove(actingSession(context), id, password ?? null);
    return payload(ofAccount(outcome));
  }

  @Mutation(() => StartPasskeySignInPayload, {
    description:
      'Returns the options with which a browser shows a passkey, for `signInWithPasskey`, `completeSignIn` or `stepUp`.',
  })
  async startPasskeySignIn(@Ctx() { services }: Context): Promise<StartPasskeySignInPayload> {
    return { options: await services.passkeys.startAssertion(), userErrors: [] };
  }

  @Mutation(() => SignInWithPasskeyPayload, {
    description:
      'Begins a session with a passkey alone. A passkey counts as two factors: the device, and what unlocks it.',
  })
  async signInWithPasskey(
    @Arg('input', () => SignInWithPasskeyInput, { description: 'The passkey.' })
    { response, delivery }: SignInWithPasskeyInput,
    @Ctx() context: Context,
  ): Promise<SignInWithPasskeyPayload> {
    checkDelivery(delivery, context);
    const outcome = await context.services.passkeySignIn.signIn(response, context.sourceAddress);
    return payload(outcome, (signedIn) => ({ session: deliveredSession(signedIn, delivery, context) }));
  }
}
