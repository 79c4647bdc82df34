// GraphQL types of sessions: signing in with one or two factors, stepping up, and signing out.
import { GraphQLJSONObject } from 'graphql-scalars';
import { Field, InputType, ObjectType, registerEnumType } from 'type-graphql';
import type { SecondFactorMethod as Method } from '../../services/sign-in/second-factors/second-factor.js';
import { Account } from '../account/account.js';
import { UserError } from '../user-error.js';

export const SessionDelivery = { COOKIE: 'COOKIE', BEARER: 'BEARER' } as const;
export type SessionDelivery = keyof typeof SessionDelivery;

registerEnumType(SessionDelivery, {
  name: 'SessionDelivery',
  description: 'How the session token reaches the client.',
  valuesConfig: {
    COOKIE: {
      description:
        'As the cookie `__Host-session`, which scripts cannot read. For browsers, which keep it for pages of the same ' +
        'site alone: a page of `localhost` must call the API at `localhost`, and not at `127.0.0.1`.',
    },
    BEARER: {
      description:
        'In the payload, to be sent as `Authorization: Bearer <token>`. For programs outside browsers.',
    },
  },
});

@InputType({ description: 'Credentials.' })
export class SignInInput {
  @Field(() => String, { description: 'Upper and lower case are the same.' })
  email!: string;

  @Field(() => String, { description: 'The account’s password.' })
  password!: string;

  @Field(() => SessionDelivery, { defaultValue: 'COOKIE', description: 'How the token is to be delivered.' })
  delivery!: SessionDelivery;
}

const SecondFactorMethod = {
  TOTP: 'TOTP',
  PASSKEY: 'PASSKEY',
  RECOVERY_CODE: 'RECOVERY_CODE',
} as const satisfies Record<Method, Method>;

registerEnumType(SecondFactorMethod, {
  name: 'SecondFactorMethod',
  description: 'What an account can show beside its password.',
  valuesConfig: {
    TOTP: { description: 'A code of an authenticator app (RFC 6238).' },
    PASSKEY: { description: 'A passkey (Web Authentication).' },
    RECOVERY_CODE: {
      description: 'One of the codes that were handed out for the day on which all else is lost.',
    },
  },
});

@InputType()
abstract class SecondFactorInput {
  @Field(() => String, { nullable: true, description: 'Six digits of an authenticator app.' })
  totpCode?: string | null;

  @Field(() => String, { nullable: true, description: 'Good once.' })
  recoveryCode?: string | null;

  @Field(() => GraphQLJSONObject, {
    nullable: true,
    description: 'The assertion of a passkey, as `PublicKeyCredential.toJSON()` gives it.',
  })
  passkey?: Record<string, unknown> | null;
}

@InputType({ description: 'The second half of signing in: the challenge, and exactly one factor.' })
export class CompleteSignInInput extends SecondFactorInput {
  @Field(() => String, { description: 'The token of the challenge that `signIn` gave.' })
  challenge!: string;

  @Field(() => SessionDelivery, { defaultValue: 'COOKIE', description: 'How the token is to be delivered.' })
  delivery!: SessionDelivery;
}

@InputType({ description: 'A factor to be shown again: exactly one of the fields.' })
export class StepUpInput extends SecondFactorInput {
  @Field(() => String, {
    nullable: true,
    description: 'Does for accounts without a second factor only.',
  })
  password?: string | null;
}

@ObjectType({ description: 'The password was right; a second factor is to follow.', simpleResolvers: true })
export class SignInChallenge {
  @Field(() => String, { description: 'For `completeSignIn`; good for five minutes and for one session.' })
  token!: string;

  @Field(() => [SecondFactorMethod], { description: 'What the account can show.' })
  methods!: readonly Method[];
}

@ObjectType({
  description: 'The session and its account, or what is missing, or why there is none.',
  simpleResolvers: true,
})
export class SignInPayload {
  @Field(() => Account, { nullable: true, description: 'Null when there is no session.' })
  account!: Account | null;

  @Field(() => String, {
    nullable: true,
    description: 'Opaque; only with `delivery: BEARER`. Good for at most 30 days.',
  })
  sessionToken!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'As that of `stepUp`: who has just signed in has shown a factor.',
  })
  stepUpToken!: string | null;

  @Field(() => SignInChallenge, {
    nullable: true,
    description: 'When the account has a second factor: what `completeSignIn` asks for.',
  })
  challenge!: SignInChallenge | null;

  @Field(() => [UserError], { description: 'Empty when the credentials were accepted.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'The proof that a factor was shown now.', simpleResolvers: true })
export class StepUpPayload {
  @Field(() => String, {
    nullable: true,
    description: 'To be sent as the header `Step-Up-Token`; good for ten minutes, with this session only.',
  })
  stepUpToken!: string | null;

  @Field(() => [UserError], { description: 'Empty when the factor was accepted.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'Nothing is left of the session.', simpleResolvers: true })
export class SignOutPayload {
  @Field(() => [UserError], { description: 'Always empty: a session that has ended may be ended again.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'No session of the account is left.', simpleResolvers: true })
export class SignOutEverywherePayload {
  @Field(() => [UserError], { description: 'Always empty.' })
  userErrors!: UserError[];
}
