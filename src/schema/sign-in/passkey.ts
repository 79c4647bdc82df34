// GraphQL types of passkeys: registering and removing them, and signing in with one. Options and responses are those of
// Web Authentication Level 3 in JSON, as browsers read and write them.
import { GraphQLJSONObject } from 'graphql-scalars';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { Node } from '../node.js';
import { UserError } from '../user-error.js';
import { SecondFactorAdded, SecondFactorRemoval } from './second-factor-changes.js';
import { SessionDelivery } from './session.js';

@ObjectType({ description: 'A passkey of the viewer’s.', implements: Node, simpleResolvers: true })
export class Passkey {
  @Field(() => ID, { description: 'Random; for `removePasskey`.' })
  id!: string;

  @Field(() => String, { description: 'What the person calls it; may be empty.' })
  label!: string;

  @Field(() => Boolean, { description: 'Whether it is kept beyond one device.' })
  backedUp!: boolean;
}

@ObjectType({ description: 'What a browser needs to make a passkey.', simpleResolvers: true })
export class StartPasskeyRegistrationPayload {
  @Field(() => GraphQLJSONObject, {
    nullable: true,
    description:
      'For `PublicKeyCredential.parseCreationOptionsFromJSON()`; good for five minutes and for one passkey. Null when ' +
      'the input was refused.',
  })
  options!: object | null;

  @Field(() => [UserError], { description: 'Empty when there are options.' })
  userErrors!: UserError[];
}

@InputType({ description: 'A passkey to be registered.' })
export class RegisterPasskeyInput {
  @Field(() => String, { defaultValue: '', description: 'At most 64 characters.' })
  label!: string;

  @Field(() => GraphQLJSONObject, {
    description: 'What `navigator.credentials.create()` gave, by its `toJSON()`.',
  })
  response!: Record<string, unknown>;
}

@ObjectType({ description: 'The passkey is a second factor from now on.', simpleResolvers: true })
export class RegisterPasskeyPayload extends SecondFactorAdded {
  @Field(() => Passkey, { nullable: true, description: 'Null when it was refused.' })
  passkey!: Passkey | null;

  @Field(() => [UserError], { description: 'Empty when the passkey is registered.' })
  userErrors!: UserError[];
}

@InputType({ description: 'A passkey to be removed.' })
export class RemovePasskeyInput extends SecondFactorRemoval {
  @Field(() => ID, { description: 'Of `Passkey.id`.' })
  id!: string;
}

@ObjectType({ description: 'The passkey opens nothing any more.', simpleResolvers: true })
export class RemovePasskeyPayload {
  @Field(() => [UserError], { description: 'Empty when it was removed.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'What a browser needs to show a passkey.', simpleResolvers: true })
export class StartPasskeySignInPayload {
  @Field(() => GraphQLJSONObject, {
    description:
      'For `PublicKeyCredential.parseRequestOptionsFromJSON()`; good for five minutes and for one use. The same for ' +
      'everybody: the authenticator knows which passkeys it has.',
  })
  options!: object;

  @Field(() => [UserError], { description: 'Always empty.' })
  userErrors!: UserError[];
}

@InputType({ description: 'A passkey that is shown to sign in.' })
export class SignInWithPasskeyInput {
  @Field(() => GraphQLJSONObject, {
    description: 'What `navigator.credentials.get()` gave, by its `toJSON()`.',
  })
  response!: Record<string, unknown>;

  @Field(() => SessionDelivery, { defaultValue: 'COOKIE', description: 'How the token is to be delivered.' })
  delivery!: SessionDelivery;
}
