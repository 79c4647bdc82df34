// GraphQL types of sessions: signing in and out.
import { Field, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { Account } from './account.js';
import { UserError } from './errors.js';

export const SessionDelivery = { COOKIE: 'COOKIE', BEARER: 'BEARER' } as const;
export type SessionDelivery = keyof typeof SessionDelivery;

registerEnumType(SessionDelivery, {
  name: 'SessionDelivery',
  description: 'How the session token reaches the client.',
  valuesConfig: {
    COOKIE: { description: 'As the cookie `__Host-session`, which scripts cannot read. For browsers.' },
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

@ObjectType({ description: 'The session and its account, or why there is none.', simpleResolvers: true })
export class SignInPayload {
  @Field(() => Account, { nullable: true, description: 'Null when the credentials were refused.' })
  account!: Account | null;

  @Field(() => String, {
    nullable: true,
    description: 'Opaque; only with `delivery: BEARER`. Good for at most 30 days.',
  })
  sessionToken!: string | null;

  @Field(() => [UserError], { description: 'Empty when the credentials were accepted.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'Nothing is left of the session.', simpleResolvers: true })
export class SignOutPayload {
  @Field(() => [UserError], { description: 'Always empty: a session that has ended may be ended again.' })
  userErrors!: UserError[];
}
