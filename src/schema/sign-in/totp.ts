// GraphQL types of authenticator apps: enabling and disabling one.
import { Field, InputType, ObjectType } from 'type-graphql';
import { UserError } from '../user-error.js';
import { SecondFactorAdded, SecondFactorRemoval } from './second-factor-changes.js';

@ObjectType({
  description: 'The secret for an authenticator app, which opens nothing before `confirmTotp`.',
  simpleResolvers: true,
})
export class StartTotpPayload {
  @Field(() => String, {
    nullable: true,
    description: 'To be typed: base32 (RFC 4648). Shown this once. Null when the input was refused.',
  })
  secret!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The same as `otpauth://…`, to be shown as a QR code.',
  })
  uri!: string | null;

  @Field(() => [UserError], { description: 'Empty when there is a new secret.' })
  userErrors!: UserError[];
}

@InputType({ description: 'What shows that the app has the secret.' })
export class ConfirmTotpInput {
  @Field(() => String, { description: 'The six digits that the app shows.' })
  code!: string;
}

@ObjectType({ description: 'The app is a second factor from now on.', simpleResolvers: true })
export class ConfirmTotpPayload extends SecondFactorAdded {
  @Field(() => [UserError], { description: 'Empty when the code was right.' })
  userErrors!: UserError[];
}

@InputType({ description: 'What disabling asks for.' })
export class DisableTotpInput extends SecondFactorRemoval {}

@ObjectType({ description: 'The app is no second factor any more.', simpleResolvers: true })
export class DisableTotpPayload {
  @Field(() => [UserError], { description: 'Empty when it was disabled.' })
  userErrors!: UserError[];
}
