// GraphQL types of sessions: signing in with one or two factors, stepping up, and signing out.
import { GraphQLJSONObject } from 'graphql-scalars';
import { Field, InputType, ObjectType, registerEnumType } from 'type-graphql';
import type { SecondFactorMethod as Method } from '../../services/sign-in/second-factors/second-factor.js';
import { Account } from '../account/account.js';
import { OneOf } from '../one-of.js';
import { Payload, payloadOf } from '../payload.js';

export const SessionDelivery = { COOKIE: 'COOKIE', BEARER: 'BEARER' } as const;
export type SessionDelivery = keyof typeof SessionDelivery;

registerEnumType(SessionDelivery, {
  name: 'SessionDelivery',
  description: 'How the session token reaches the client.',
  valuesConfig: {
    COOKIE: {
      description:
        'The token is set as the cookie `__Host-session`, which scripts cannot read. This is for browsers. They store the cookie ' +
        'only for pages of the same site: a page of `localhost` must call the API at `localhost`, not at `127.0.0.1`.',
    },
    BEARER: {
      description:
        'The token is in the payload, and the client sends it as `Authorization: Bearer <token>`. This is for programs other than browsers.',
    },
  },
});

/** The field `delivery` of the inputs that begin a session. */
export const DELIVERY = {
  defaultValue: 'COOKIE',
  description: 'How the session token reaches the client.',
} as const;

@InputType({ description: 'The input of `signIn`.' })
export class SignInInput {
  @Field(() => String, { description: 'The e-mail address. Upper and lower case are the same.' })
  email!: string;

  @Field(() => String, { description: 'The password of the account.' })
  password!: string;

  @Field(() => SessionDelivery, DELIVERY)
  delivery!: SessionDelivery;
}

const SecondFactorMethod = {
  TOTP: 'TOTP',
  PASSKEY: 'PASSKEY',
  RECOVERY_CODE: 'RECOVERY_CODE',
} as const satisfies Record<Method, Method>;

registerEnumType(SecondFactorMethod, {
  name: 'SecondFactorMethod',
  description: 'A kind of second factor.',
  valuesConfig: {
    TOTP: { description: 'A code of an authenticator app (RFC 6238).' },
    PASSKEY: { description: 'A passkey (Web Authentication).' },
    RECOVERY_CODE: { description: 'A recovery code, for the case that all other second factors are lost.' },
  },
});

@OneOf()
@InputType({ description: 'A second factor. Exactly one field is given.' })
export class SecondFactorInput {
  @Field(() => String, { nullable: true, description: 'The six digits that an authenticator app shows.' })
  totpCode?: string | null;

  @Field(() => String, { nullable: true, description: 'A recovery code. It works once.' })
  recoveryCode?: string | null;

  @Field(() => GraphQLJSONObject, {
    nullable: true,
    description: 'The assertion of a passkey, as `PublicKeyCredential.toJSON()` returns it.',
  })
  passkey?: Record<string, unknown> | null;
}

@InputType({ description: 'The input of `completeSignIn`.' })
export class CompleteSignInInput {
  @Field(() => String, { description: '`SignInChallenge.token`, which `signIn` returned.' })
  challengeToken!: string;

  @Field(() => SecondFactorInput, { description: 'The second factor.' })
  factor!: SecondFactorInput;

  @Field(() => SessionDelivery, DELIVERY)
  delivery!: SessionDelivery;
}

@OneOf()
@InputType({ description: 'The input of `stepUp`: one factor. Exactly one field is given.' })
export class StepUpInput extends SecondFactorInput {
  @Field(() => String, {
    nullable: true,
    description: 'The password. It is accepted only for accounts without a second factor.',
  })
  password?: string | null;
}

@ObjectType({
  description: 'A sign-in that waits for a second factor. The password was correct.',
  simpleResolvers: true,
})
export class SignInChallenge {
  @Field(() => String, {
    description: 'The token for `completeSignIn`. It is valid for five minutes, and works for one session.',
  })
  token!: string;

  @Field(() => [SecondFactorMethod], { description: 'The second factors of the account.' })
  methods!: readonly Method[];
}

@ObjectType({ description: 'A session that has begun.', simpleResolvers: true })
export class Session {
  @Field(() => Account, { description: 'The account that is signed in.' })
  account!: Account;

  @Field(() => String, {
    nullable: true,
    description:
      'The session token. It is opaque, and valid for at most 30 days. It is null unless `delivery` is `BEARER`.',
  })
  token!: string | null;

  @Field(() => String, {
    description: 'A step-up token, as `stepUp` returns it: signing in shows a fresh factor.',
  })
  stepUpToken!: string;
}

/** The field `session` of the payloads that begin a session. */
export const SESSION = { nullable: true, description: 'The session.' } as const;

@ObjectType(payloadOf('signIn'))
export class SignInPayload extends Payload {
  @Field(() => Session, {
    nullable: true,
    description: 'The session. It is null when the account has a second factor.',
  })
  session?: Session | null;

  @Field(() => SignInChallenge, {
    nullable: true,
    description: 'The challenge for `completeSignIn`. It is null when the account has no second factor.',
  })
  challenge?: SignInChallenge | null;
}

@ObjectType(payloadOf('completeSignIn'))
export class CompleteSignInPayload extends Payload {
  @Field(() => Session, SESSION)
  session?: Session | null;
}

@ObjectType(payloadOf('stepUp'))
export class StepUpPayload extends Payload {
  @Field(() => String, {
    nullable: true,
    description:
      'The step-up token, which the client sends as the header `Step-Up-Token`. It is valid for ten minutes, and only with this session.',
  })
  stepUpToken?: string | null;
}

@ObjectType(payloadOf('signOut'))
export class SignOutPayload extends Payload {}

@ObjectType(payloadOf('signOutEverywhere'))
export class SignOutEverywherePayload extends Payload {}
