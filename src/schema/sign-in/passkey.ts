// GraphQL types of passkeys: registering and removing them, and signing in with one. Options and responses are those of
// Web Authentication Level 3 in JSON, as browsers read and write them.
import { GraphQLJSONObject } from 'graphql-scalars';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { Node } from '../node.js';
import { Payload, payloadOf } from '../payload.js';
import { SecondFactorAdded, SecondFactorRemoval } from './second-factor-changes.js';
import { DELIVERY, SESSION, Session, SessionDelivery } from './session.js';

@ObjectType({ description: 'A passkey of the viewer.', implements: Node, simpleResolvers: true })
export class Passkey {
  @Field(() => ID, { description: 'The id of the passkey. It is random.' })
  id!: string;

  @Field(() => String, { description: 'The label that the person gave it. It may be empty.' })
  label!: string;

  @Field(() => Boolean, { description: 'Whether the passkey is stored on more than one device.' })
  backedUp!: boolean;
}

@ObjectType(payloadOf('startPasskeyRegistration'))
export class StartPasskeyRegistrationPayload extends Payload {
  @Field(() => GraphQLJSONObject, {
    nullable: true,
    description:
      'The options for `PublicKeyCredential.parseCreationOptionsFromJSON()`. They are valid for five minutes, and for one passkey.',
  })
  options?: object | null;
}

@InputType({ description: 'The input of `registerPasskey`.' })
export class RegisterPasskeyInput {
  @Field(() => String, { defaultValue: '', description: 'A label for the passkey: at most 64 characters.' })
  label!: string;

  @Field(() => GraphQLJSONObject, {
    description: 'The result of `navigator.credentials.create()`, as its `toJSON()` returns it.',
  })
  response!: Record<string, unknown>;
}

@ObjectType(payloadOf('registerPasskey'))
export class RegisterPasskeyPayload extends SecondFactorAdded {
  @Field(() => Passkey, { nullable: true, description: 'The new passkey.' })
  passkey?: Passkey | null;
}

@InputType({ description: 'The input of `removePasskey`.' })
export class RemovePasskeyInput extends SecondFactorRemoval {
  @Field(() => ID, { description: 'The id of the passkey.' })
  id!: string;
}

@ObjectType(payloadOf('removePasskey'))
export class RemovePasskeyPayload extends Payload {}

@ObjectType(payloadOf('startPasskeySignIn'))
export class StartPasskeySignInPayload extends Payload {
  @Field(() => GraphQLJSONObject, {
    nullable: true,
    description:
      'The options for `PublicKeyCredential.parseRequestOptionsFromJSON()`. They are valid for five minutes, and for one use. ' +
      'They do not depend on the account: the authenticator knows its passkeys.',
  })
  options?: object | null;
}

@InputType({ description: 'The input of `signInWithPasskey`.' })
export class SignInWithPasskeyInput {
  @Field(() => GraphQLJSONObject, {
    description: 'The result of `navigator.credentials.get()`, as its `toJSON()` returns it.',
  })
  response!: Record<string, unknown>;

  @Field(() => SessionDelivery, DELIVERY)
  delivery!: SessionDelivery;
}

@ObjectType(payloadOf('signInWithPasskey'))
export class SignInWithPasskeyPayload extends Payload {
  @Field(() => Session, SESSION)
  session?: Session | null;
}
