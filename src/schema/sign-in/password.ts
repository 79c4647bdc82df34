// GraphQL types of setting a new password.
import { Field, InputType, ObjectType } from 'type-graphql';
import { UserError } from '../user-error.js';

const NEW_PASSWORD =
  '15 to 256 characters, or 8 to 256 with a second factor; not the e-mail address, and not known from a breach.';

@InputType({ description: 'A new password for the viewer.' })
export class ChangePasswordInput {
  @Field(() => String, { description: NEW_PASSWORD })
  newPassword!: string;
}

@ObjectType({ description: 'The viewer’s other sessions have ended.', simpleResolvers: true })
export class ChangePasswordPayload {
  @Field(() => [UserError], { description: 'Empty when the password is the new one.' })
  userErrors!: UserError[];
}

@InputType({ description: 'Whose password is forgotten.' })
export class RequestPasswordResetInput {
  @Field(() => String, { description: 'Upper and lower case are the same.' })
  email!: string;
}

@ObjectType({
  description: 'The same whether or not the e-mail address has an account.',
  simpleResolvers: true,
})
export class RequestPasswordResetPayload {
  @Field(() => [UserError], { description: 'Empty when the request was accepted.' })
  userErrors!: UserError[];
}

@InputType({ description: 'A new password in the place of a forgotten one.' })
export class ResetPasswordInput {
  @Field(() => String, { description: 'From the link in the mail. Good for an hour, and once.' })
  token!: string;

  @Field(() => String, { description: NEW_PASSWORD })
  newPassword!: string;
}

@ObjectType({
  description: 'All sessions of the account have ended, and none has begun. A second factor stays.',
  simpleResolvers: true,
})
export class ResetPasswordPayload {
  @Field(() => [UserError], { description: 'Empty when the password is the new one.' })
  userErrors!: UserError[];
}
