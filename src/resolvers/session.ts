// Signing in and out.
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../schema/context.js';
import { userErrors } from '../schema/errors.js';
import { SignInInput, SignInPayload, SignOutPayload } from '../schema/session.js';

@Resolver()
export class SessionResolver {
  @Mutation(() => SignInPayload, {
    description: 'Begins a session. A wrong password and an unknown e-mail address are answered alike.',
  })
  async signIn(
    @Arg('input', () => SignInInput, { description: 'Credentials.' }) input: SignInInput,
    @Ctx() { services, sourceAddress, setSessionCookie }: Context,
  ): Promise<SignInPayload> {
    const outcome = await services.signIn.signIn(input, sourceAddress);
    if (!outcome.ok) return { account: null, sessionToken: null, userErrors: userErrors(outcome.faults) };
    const { account, session } = outcome.value;
    if (input.delivery === 'BEARER') return { account, sessionToken: session.token, userErrors: [] };
    setSessionCookie(session);
    return { account, sessionToken: null, userErrors: [] };
  }

  @Mutation(() => SignOutPayload, {
    description: 'Ends the session that the request presents, and deletes its cookie.',
  })
  async signOut(@Ctx() { services, token, setSessionCookie }: Context): Promise<SignOutPayload> {
    if (token !== null) await services.session.revoke(token);
    setSessionCookie(null);
    return { userErrors: [] };
  }
}
