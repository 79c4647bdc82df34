// GraphQL types of changing the e-mail address.
import { Field, InputType, ObjectType } from 'type-graphql';
import { UserError } from '../user-error.js';

@ObjectType({ description: 'A new e-mail address that is not the account’s yet.', simpleResolvers: true })
export class PendingEmailChange {
  @Field(() => String, { description: 'In lower case.' })
  newEmail!: string;

  @Field(() => Boolean, { description: 'Whether the link to the present address was opened.' })
  confirmedOld!: boolean;

  @Field(() => Boolean, { description: 'Whether the link to the new address was opened.' })
  confirmedNew!: boolean;
}

@InputType({ description: 'The e-mail address that the account is to have.' })
export class ChangeEmailInput {
  @Field(() => String, { description: 'At most 254 bytes. Upper and lower case are the same.' })
  newEmail!: string;
}

@ObjectType({
  description: 'The same whether or not the new address has an account.',
  simpleResolvers: true,
})
export class ChangeEmailPayload {
  @Field(() => [UserError], {
    description: 'Empty when mails to both addresses are on their way.',
  })
  userErrors!: UserError[];
}

@InputType({ description: 'One side’s consent to the new e-mail address.' })
export class ConfirmEmailChangeInput {
  @Field(() => String, { description: 'From the link in the mail. Good for a day, and once.' })
  token!: string;
}

@ObjectType({ description: 'How far the change is.', simpleResolvers: true })
export class ConfirmEmailChangePayload {
  @Field(() => Boolean, {
    description: 'Whether the account has the new address now; false while the other side has not confirmed.',
  })
  emailChanged!: boolean;

  @Field(() => [UserError], { description: 'Empty when the link was good.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'The e-mail address stays as it is.', simpleResolvers: true })
export class CancelEmailChangePayload {
  @Field(() => Boolean, { description: 'False when there was nothing to cancel.' })
  cancelled!: boolean;

  @Field(() => [UserError], { description: 'Always empty.' })
  userErrors!: UserError[];
}
