// GraphQL types of changing the password.
import { Field, InputType, ObjectType } from 'type-graphql';
import { Payload, payloadOf } from '../payload.js';

const NEW_PASSWORD =
  'The new password: 15 to 256 characters, or 8 to 256 in an account with a second factor. It must differ from the e-mail ' +
  'address, and must not be known from a breach.';

@InputType({ description: 'The input of `changePassword`.' })
export class ChangePasswordInput {
  @Field(() => String, { description: NEW_PASSWORD })
  newPassword!: string;
}

@ObjectType(payloadOf('changePassword'))
export class ChangePasswordPayload extends Payload {}

@InputType({ description: 'The input of `requestPasswordReset`.' })
export class RequestPasswordResetInput {
  @Field(() => String, { description: 'The e-mail address. Upper and lower case are the same.' })
  email!: string;
}

@ObjectType(payloadOf('requestPasswordReset'))
export class RequestPasswordResetPayload extends Payload {}

@InputType({ description: 'The input of `resetPassword`.' })
export class ResetPasswordInput {
  @Field(() => String, {
    description: 'The token of the link in the mail. It is valid for an hour, and works once.',
  })
  token!: string;

  @Field(() => String, { description: NEW_PASSWORD })
  newPassword!: string;
}

@ObjectType(payloadOf('resetPassword'))
export class ResetPasswordPayload extends Payload {}
