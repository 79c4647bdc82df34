// GraphQL types of the erasure of accounts.
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import type { Day } from '../../lib/calendar.js';
import { DateScalar } from '../date.js';
import { Payload, payloadOf } from '../payload.js';

@ObjectType(payloadOf('closeAccount'))
export class CloseAccountPayload extends Payload {}

@ObjectType({
  description:
    'The report that an account’s owner is too young to have one. The account is erased unless the report is withdrawn.',
  simpleResolvers: true,
})
export class MinorReport {
  @Field(() => String, { description: 'The reference of the case. The owner names it when they object.' })
  caseReference!: string;

  @Field(() => DateScalar, { description: 'The day on which the account is erased.' })
  erasesOn!: Day;
}

@InputType({ description: 'The input of `reportMinor`.' })
export class ReportMinorInput {
  @Field(() => ID, { description: 'The id or the e-mail address of the account.' })
  account!: string;

  @Field(() => String, {
    description:
      'The reference of the case: 1 to 64 characters of `A-Z a-z 0-9 _ -`. The account’s owner can read it in the mail and in `viewer.minorReport`.',
  })
  caseReference!: string;
}

@ObjectType(payloadOf('reportMinor'))
export class ReportMinorPayload extends Payload {
  @Field(() => MinorReport, {
    nullable: true,
    description: 'The report. When the account was reported before, it is the earlier report.',
  })
  minorReport?: MinorReport | null;
}

@InputType({ description: 'The input of `withdrawMinorReport`.' })
export class WithdrawMinorReportInput {
  @Field(() => ID, { description: 'The id or the e-mail address of the account.' })
  account!: string;
}

@ObjectType(payloadOf('withdrawMinorReport'))
export class WithdrawMinorReportPayload extends Payload {}
