// Signing in with one or two factors, stepping up, and signing out.
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import {
  CompleteSignInInput,
  CompleteSignInPayload,
  type SecondFactorInput,
  SignInInput,
  SignInPayload,
  SignOutEverywherePayload,
  SignOutPayload,
  StepUpInput,
  StepUpPayload,
} from '../../schema/sign-in/session.js';
import type { SecondFactorProof } from '../../services/sign-in/second-factors/second-factor.js';
import { actingSession } from '../acting-session.js';
import { payload } from '../payload.js';
import { viewerId } from '../viewer-id.js';
import { checkDelivery, deliveredSession } from './signed-in.js';

@Resolver()
export class SessionResolver {
  @Mutation(() => SignInPayload, {
    description:
      'Begins a session, or returns a challenge when the account has a second factor. A wrong password and an unknown e-mail ' +
      'address get the same answer.',
  })
  async signIn(
    @Arg('input', () => SignInInput, { description: 'The credentials.' }) input: SignInInput,
    @Ctx() context: Context,
  ): Promise<SignInPayload> {
    checkDelivery(input.delivery, context);
    const outcome = await context.services.signIn.signIn(input, context.sourceAddress, context.knownBrowser);
    const { delivery } = input;
    return payload(outcome, (value): Omit<SignInPayload, 'userErrors'> => {
      if ('methods' in value) return { challenge: value };
      return { session: deliveredSession(value, delivery, context) };
    });
  }

  @Mutation(() => CompleteSignInPayload, {
    description: 'Begins the session of a sign-in that waits for a second factor.',
  })
  async completeSignIn(
    @Arg('input', () => CompleteSignInInput, { description: 'The challenge and a second factor.' })
    { challengeToken, factor, delivery }: CompleteSignInInput,
    @Ctx() context: Context,
  ): Promise<CompleteSignInPayload> {
    checkDelivery(delivery, context);
    const { signIn } = context.services;
    const outcome = await signIn.complete(challengeToken, proofOf(factor), context.knownBrowser);
    return payload(outcome, (signedIn) => ({ session: deliveredSession(signedIn, delivery, context) }));
  }

  @Mutation(() => StepUpPayload, {
    description:
      'Shows a factor again, which sensitive changes of the account require. An account with a second factor must show a second factor.',
  })
  async stepUp(
    @Arg('input', () => StepUpInput, { description: 'The factor.' }) { password, ...factor }: StepUpInput,
    @Ctx() context: Context,
  ): Promise<StepUpPayload> {
    const proof = password == null ? proofOf(factor) : { password };
    const outcome = await context.services.freshFactor.show(actingSession(context), proof);
    return payload(outcome, (stepUpToken) => ({ stepUpToken }));
  }

  @Mutation(() => SignOutPayload, {
    description:
      'Ends the session of the request, and deletes its cookie. It has no effect when there is no session.',
  })
  async signOut(@Ctx() context: Context): Promise<SignOutPayload> {
    const { services, token } = context;
    if (token !== null) await services.session.revoke(token);
    context.setSessionCookie(null);
    return { userErrors: [] };
  }

  @Mutation(() => SignOutEverywherePayload, {
    description: 'Ends all sessions of the account, including this one.',
  })
  async signOutEverywhere(@Ctx() context: Context): Promise<SignOutEverywherePayload> {
    await context.services.session.revokeAll(viewerId(context));
    context.setSessionCookie(null);
    return { userErrors: [] };
  }
}

/** GraphQL has checked that exactly one is given. */
function proofOf({ totpCode, recoveryCode, passkey }: SecondFactorInput): SecondFactorProof {
  if (totpCode != null) return { totpCode };
  return recoveryCode != null ? { recoveryCode } : { passkey: passkey! };
}
