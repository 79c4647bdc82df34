// Signing in with one or two factors, stepping up, and signing out.
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import type { UserError } from '../../input/user-error.js';
import {
  CompleteSignInInput,
  SignInInput,
  SignInPayload,
  SignOutEverywherePayload,
  SignOutPayload,
  StepUpInput,
  StepUpPayload,
} from '../../schema/sign-in/session.js';
import { userErrors } from '../../schema/user-error.js';
import type { SecondFactorProof } from '../../services/sign-in/second-factors/second-factor.js';
import { actingSession } from '../acting-session.js';
import { viewerId } from '../viewer-id.js';
import { checkDelivery, notSignedInPayload, signedInPayload } from './signed-in.js';

const ONE_FACTOR: UserError = { field: null, code: 'ONE_FACTOR' };

@Resolver()
export class SessionResolver {
  @Mutation(() => SignInPayload, {
    description:
      'Begins a session, or gives a challenge to an account with a second factor. A wrong password and an unknown ' +
      'e-mail address are answered alike.',
  })
  async signIn(
    @Arg('input', () => SignInInput, { description: 'Credentials.' }) input: SignInInput,
    @Ctx() context: Context,
  ): Promise<SignInPayload> {
    checkDelivery(input.delivery, context);
    const outcome = await context.services.signIn.signIn(input, context.sourceAddress, context.knownBrowser);
    if (!outcome.ok) return notSignedInPayload(outcome);
    const { value } = outcome;
    return 'methods' in value
      ? notSignedInPayload({ challenge: value })
      : signedInPayload(value, input.delivery, context);
  }

  @Mutation(() => SignInPayload, { description: 'Begins the session that a challenge stands for.' })
  async completeSignIn(
    @Arg('input', () => CompleteSignInInput, { description: 'The challenge, and a second factor.' })
    input: CompleteSignInInput,
    @Ctx() context: Context,
  ): Promise<SignInPayload> {
    checkDelivery(input.delivery, context);
    const proof = onlyOne<SecondFactorProof>(secondFactorsOf(input));
    if (proof === null) return notSignedInPayload({ userErrors: [ONE_FACTOR] });
    const outcome = await context.services.signIn.complete(input.challenge, proof, context.knownBrowser);
    return outcome.ok ? signedInPayload(outcome.value, input.delivery, context) : notSignedInPayload(outcome);
  }

  @Mutation(() => StepUpPayload, {
    description:
      'Shows a factor again, which changes of the account ask for. An account with a second factor has to show that ' +
      'one.',
  })
  async stepUp(
    @Arg('input', () => StepUpInput, { description: 'A factor.' }) input: StepUpInput,
    @Ctx() context: Context,
  ): Promise<StepUpPayload> {
    const password = typeof input.password === 'string' ? [{ password: input.password }] : [];
    const factor = onlyOne([...password, ...secondFactorsOf(input)]);
    if (factor === null) return { stepUpToken: null, userErrors: userErrors([ONE_FACTOR]) };
    const outcome = await context.services.freshFactor.show(actingSession(context), factor);
    return outcome.ok
      ? { stepUpToken: outcome.value, userErrors: [] }
      : { stepUpToken: null, userErrors: userErrors(outcome.userErrors) };
  }

  @Mutation(() => SignOutPayload, {
    description: 'Ends the session that the request presents, and deletes its cookie.',
  })
  async signOut(@Ctx() context: Context): Promise<SignOutPayload> {
    const { services, token } = context;
    if (token !== null) await services.session.revoke(token);
    context.setSessionCookie(null);
    return { userErrors: [] };
  }

  @Mutation(() => SignOutEverywherePayload, {
    description: 'Ends all sessions of the account, this one among them.',
  })
  async signOutEverywhere(@Ctx() context: Context): Promise<SignOutEverywherePayload> {
    await context.services.session.revokeAll(viewerId(context));
    context.setSessionCookie(null);
    return { userErrors: [] };
  }
}

function secondFactorsOf(
  input: Pick<StepUpInput, 'totpCode' | 'recoveryCode' | 'passkey'>,
): SecondFactorProof[] {
  const { totpCode, recoveryCode, passkey } = input;
  return [
    ...(typeof totpCode === 'string' ? [{ totpCode }] : []),
    ...(typeof recoveryCode === 'string' ? [{ recoveryCode }] : []),
    ...(passkey ? [{ passkey }] : []),
  ];
}

function onlyOne<T>(items: readonly T[]): T | null {
  return items.length === 1 ? items[0]! : null;
}
