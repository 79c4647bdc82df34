// GraphQL types of what support sees: the usage data of one account for a case, and heavy users.
import { ArgsType, Field, ID, Int, ObjectType } from 'type-graphql';
import type { SupportReason } from '../../services/staff/staff-access.js';
import { DayRangeInput } from '../day-range.js';
import { MegabytesScalar } from '../megabytes.js';
import { AppVersion } from '../usage/app.js';
import { UsageSummary } from '../usage/usage.js';
import { SupportReasonEnum } from './staff-access.js';

@ArgsType()
export class SupportUsageArgs {
  @Field(() => ID, { description: 'The id or the e-mail address of the account.' })
  account!: string;

  @Field(() => String, {
    description:
      'The reference of the support case: 1 to 64 characters of `A-Z a-z 0-9 _ -`. The account’s owner can read it.',
  })
  caseReference!: string;

  @Field(() => SupportReasonEnum, {
    description: 'The reason for the access. The account’s owner can read it.',
  })
  reason!: SupportReason;

  @Field(() => DayRangeInput, {
    nullable: true,
    description: 'The days. The last one must be over (UTC). The default is the 31 days until yesterday.',
  })
  days?: DayRangeInput | null;
}

@ObjectType({ description: 'The data about an account that support can read.', simpleResolvers: true })
export class SupportUsage {
  @Field(() => UsageSummary, {
    nullable: true,
    description:
      'The usage data, as the account’s owner sees it. It is null while the owner objects to usage statistics.',
  })
  usage!: UsageSummary | null;

  @Field(() => [AppVersion], { description: 'The apps that the owner has activated.' })
  apps!: AppVersion[];

  @Field(() => Boolean, {
    description:
      'Whether the owner objects to usage statistics. While they do, no usage data is stored, and stored data is not shown.',
  })
  objectsToStatistics!: boolean;
}

@ObjectType({
  description: 'The draft of a mail, which staff can send from their own mail program.',
  simpleResolvers: true,
})
export class MailDraft {
  @Field(() => String, { description: 'The e-mail address of the recipient.' })
  to!: string;

  @Field(() => String, { description: 'The subject, in the language of the account.' })
  subject!: string;

  @Field(() => String, { description: 'The mail as plain text, in the language of the account.' })
  text!: string;

  @Field(() => String, { description: 'A `mailto` URL that opens the draft in a mail program (RFC 6068).' })
  mailto!: string;
}

@ObjectType({
  description:
    'An account that transferred more data in a month than thousands of others together. Nothing happens to the account.',
  simpleResolvers: true,
})
export class HeavyUser {
  @Field(() => ID, { description: 'The id of the account.' })
  accountId!: string;

  @Field(() => MegabytesScalar, { description: 'The data of the account in the month, in both directions.' })
  megabytes!: number;

  @Field(() => MegabytesScalar, {
    description:
      'The data of the other accounts together. As many accounts as `HEAVY_USAGE_ACCOUNTS` states are taken from the middle of the ranking.',
  })
  othersMegabytes!: number;

  @Field(() => Int, { description: 'The number of days of the month on which a connection was made.' })
  daysConnected!: number;

  @Field(() => MailDraft, {
    description:
      'The draft of a mail that asks the account’s owner about the usage. The product never sends it.',
  })
  draft!: MailDraft;
}
