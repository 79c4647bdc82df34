// GraphQL types of erasing accounts.
import { Field, InputType, ObjectType } from 'type-graphql';
import type { Day } from '../../lib/calendar.js';
import { DateScalar } from '../date.js';
import { UserError } from '../user-error.js';

@ObjectType({ description: 'Nothing is left of the account.', simpleResolvers: true })
export class CloseAccountPayload {
  @Field(() => [UserError], { description: 'Empty when it is closed; the only admin cannot be.' })
  userErrors!: UserError[];
}

@ObjectType({
  description: 'An account that is to be erased because its owner was reported as too young to have one.',
  simpleResolvers: true,
})
export class MinorReport {
  @Field(() => String, { description: 'What staff call the case; a mail about a mistake names it.' })
  caseReference!: string;

  @Field(() => DateScalar, {
    description: 'The day on which the account is erased, unless the report is withdrawn before.',
  })
  erasesOn!: Day;
}

@InputType({ description: 'The account of a person who is too young to have one.' })
export class ReportMinorInput {
  @Field(() => String, { description: 'Its id or its e-mail address.' })
  account!: string;

  @Field(() => String, {
    description:
      'What staff call the case: at most 64 of `A-Z a-z 0-9 _ -`. The account’s owner can read it in the mail and in `viewer.minorReport`.',
  })
  caseReference!: string;
}

@ObjectType({ description: 'The report as it stands.', simpleResolvers: true })
export class ReportMinorPayload {
  @Field(() => MinorReport, {
    nullable: true,
    description: 'Null when nothing was reported. An account that was reported before keeps that report.',
  })
  report!: MinorReport | null;

  @Field(() => [UserError], { description: 'Empty when the account is reported.' })
  userErrors!: UserError[];
}

@InputType({ description: 'An account that was reported by mistake.' })
export class WithdrawMinorReportInput {
  @Field(() => String, { description: 'Its id or its e-mail address.' })
  account!: string;
}

@ObjectType({ description: 'Whether the account stays.', simpleResolvers: true })
export class WithdrawMinorReportPayload {
  @Field(() => [UserError], { description: 'Empty when the account stays.' })
  userErrors!: UserError[];
}
