// GraphQL types of erasing accounts.
import { Field, InputType, ObjectType } from 'type-graphql';
import { UserError } from './errors.js';

@ObjectType({ description: 'Nothing is left of the account.', simpleResolvers: true })
export class CloseAccountPayload {
  @Field(() => [UserError], { description: 'Always empty.' })
  userErrors!: UserError[];
}

@InputType({ description: 'The account of a person who is too young to have one.' })
export class ReportMinorInput {
  @Field(() => String, { description: 'Its id or its e-mail address.' })
  account!: string;

  @Field(() => String, {
    description:
      'What staff call the case: at most 64 of `A-Z a-z 0-9 _ -`. It stands in the mail to the person, and is not kept.',
  })
  caseReference!: string;
}

@ObjectType({ description: 'What has become of the account.', simpleResolvers: true })
export class ReportMinorPayload {
  @Field(() => Boolean, { description: 'False when there was no such account.' })
  erased!: boolean;

  @Field(() => [UserError], { description: 'Empty when no such account is left.' })
  userErrors!: UserError[];
}
