// GraphQL types of what support sees: the usage of one account for a case, and who has used far more than others.
import { ArgsType, Field, ID, Int, ObjectType } from 'type-graphql';
import type { Day } from '../../lib/calendar.js';
import type { SupportReason } from '../../services/staff/staff-access.js';
import { DateScalar } from '../date.js';
import { MegabytesScalar } from '../megabytes.js';
import { AppVersion } from '../usage/app.js';
import { UsageSummary } from '../usage/usage.js';
import { SupportReasonEnum } from './staff-access.js';

@ArgsType()
export class SupportUsageArgs {
  @Field(() => ID, { description: 'The account’s id or its e-mail address.' })
  account!: string;

  @Field(() => String, {
    description: 'What staff call the case: 1 to 64 of `A-Z a-z 0-9 _ -`. The account’s owner can read it.',
  })
  caseReference!: string;

  @Field(() => SupportReasonEnum, { description: 'Why. The account’s owner can read it.' })
  reason!: SupportReason;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'The first day; 31 days in all when it is left out.',
  })
  from?: Day | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'The last day, which must be over: yesterday when it is left out; at most 400 days in all.',
  })
  to?: Day | null;
}

@ObjectType({ description: 'What support may know of an account’s usage.', simpleResolvers: true })
export class SupportUsage {
  @Field(() => UsageSummary, {
    nullable: true,
    description: 'As the account’s owner sees it; null while they object to statistics.',
  })
  usage!: UsageSummary | null;

  @Field(() => [AppVersion], { description: 'The apps that were activated.' })
  apps!: AppVersion[];

  @Field(() => Boolean, {
    description:
      'Whether the owner objects to statistics: nothing new is written, and what there is is not shown.',
  })
  objectsToStatistics!: boolean;
}

@ObjectType({ description: 'A mail to be sent by a person, or not.', simpleResolvers: true })
export class MailDraft {
  @Field(() => String, { description: 'The e-mail address that it goes to.' })
  to!: string;

  @Field(() => String, { description: 'In the language of the account, as is the text.' })
  subject!: string;

  @Field(() => String, { description: 'Plain text.' })
  text!: string;

  @Field(() => String, { description: 'Opens the draft in a mail program: a `mailto` URL (RFC 6068).' })
  mailto!: string;
}

@ObjectType({
  description: 'An account with more data than thousands of others together. Nothing happens to it.',
  simpleResolvers: true,
})
export class HeavyUser {
  @Field(() => ID, { description: 'The account’s id.' })
  account!: string;

  @Field(() => MegabytesScalar, { description: 'Data in both directions in the month.' })
  megabytes!: number;

  @Field(() => MegabytesScalar, {
    description:
      'What the others had together that it outdid: as many as `HEAVY_USAGE_ACCOUNTS` says, from the middle of the ranking.',
  })
  othersMegabytes!: number;

  @Field(() => Int, { description: 'Days of the month on which a connection was made.' })
  daysConnected!: number;

  @Field(() => MailDraft, {
    description: 'Asks the account’s owner what it is about. Nobody sends it but you.',
  })
  draft!: MailDraft;
}
