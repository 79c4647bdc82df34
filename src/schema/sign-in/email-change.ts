// GraphQL types of changing the e-mail address.
import { Field, InputType, ObjectType } from 'type-graphql';
import { Payload, payloadOf } from '../payload.js';

@ObjectType({
  description: 'A change of the e-mail address that waits for its links to be opened.',
  simpleResolvers: true,
})
export class PendingEmailChange {
  @Field(() => String, { description: 'The new e-mail address, in lower case.' })
  newEmail!: string;

  @Field(() => Boolean, { description: 'Whether the link to the current e-mail address was opened.' })
  confirmedByCurrentEmail!: boolean;

  @Field(() => Boolean, { description: 'Whether the link to the new e-mail address was opened.' })
  confirmedByNewEmail!: boolean;
}

@InputType({ description: 'The input of `changeEmail`.' })
export class ChangeEmailInput {
  @Field(() => String, {
    description: 'The new e-mail address: at most 254 bytes. Upper and lower case are the same.',
  })
  newEmail!: string;
}

@ObjectType(payloadOf('changeEmail'))
export class ChangeEmailPayload extends Payload {}

@InputType({ description: 'The input of `confirmEmailChange`.' })
export class ConfirmEmailChangeInput {
  @Field(() => String, {
    description: 'The token of the link in the mail. It is valid for a day, and works once.',
  })
  token!: string;
}

@ObjectType(payloadOf('confirmEmailChange'))
export class ConfirmEmailChangePayload extends Payload {
  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether the account has the new e-mail address now. It is false while the other link has not been opened.',
  })
  emailChanged?: boolean | null;
}

@ObjectType(payloadOf('cancelEmailChange'))
export class CancelEmailChangePayload extends Payload {
  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether a change was cancelled. It is false when none was pending.',
  })
  cancelled?: boolean | null;
}
