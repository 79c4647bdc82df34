// GraphQL types of campaigns, and of the numbers that tell what became of them.
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { Day } from '../../lib/calendar.js';
import { Locale } from '../account/language.js';
import { connectionOf, edgeOf } from '../connection.js';
import { DateScalar } from '../date.js';
import { Node } from '../node.js';
import { UserError } from '../user-error.js';

@InputType({ description: 'What a campaign says in a language.' })
export class CampaignTextInput {
  @Field(() => Locale, { description: 'The language.' })
  locale!: Locale;

  @Field(() => String, { description: 'The subject of the mail: at most 150 characters.' })
  subject!: string;

  @Field(() => String, {
    description:
      'Plain text of at most 10,000 characters; an empty line ends a paragraph, and `https://` addresses become links. ' +
      'The salutation and the way to unsubscribe are added.',
  })
  body!: string;
}

@InputType({ description: 'A campaign, which nobody is sent yet.' })
export class CreateCampaignInput {
  @Field(() => String, { description: 'For staff alone: at most 100 characters.' })
  name!: string;

  @Field(() => [CampaignTextInput], {
    description: 'One in English at least, for whoever reads none of the other languages.',
  })
  texts!: CampaignTextInput[];
}

@InputType({ description: 'Which campaign is to be sent.' })
export class SendCampaignInput {
  @Field(() => ID, { description: 'A campaign that has not been sent.' })
  campaignId!: string;
}

@ObjectType({ description: 'What a campaign says in a language.', simpleResolvers: true })
export class CampaignText {
  @Field(() => Locale, { description: 'The language.' })
  locale!: Locale;

  @Field(() => String, { description: 'The subject of the mail.' })
  subject!: string;

  @Field(() => String, { description: 'Plain text; empty lines stand between its paragraphs.' })
  body!: string;
}

@ObjectType({
  description:
    'What became of a campaign’s mails on a day. Nothing is known by recipient, and nothing is told as long as the ' +
    'campaign has been sent to fewer than 20.',
  simpleResolvers: true,
})
export class CampaignDay {
  @Field(() => DateScalar, { description: 'The day.' })
  day!: Day;

  @Field(() => Int, { nullable: true, description: 'Mails that the mail server has accepted.' })
  sent!: number | null;

  @Field(() => Int, { nullable: true, description: 'Mails whose first try failed; others follow for a day.' })
  delayed!: number | null;

  @Field(() => Int, { nullable: true, description: 'Mails that were refused for good, or given up.' })
  bounced!: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'How often the mail’s image was loaded, more than once for some readers. Only mails to people who have agreed to ' +
      'analytics have one, and browsers with Global Privacy Control are not counted.',
  })
  opened!: number | null;
}

@ObjectType({
  description: 'A marketing mail to everybody who may be sent one.',
  implements: Node,
  simpleResolvers: true,
})
export class Campaign {
  @Field(() => ID, { description: 'Names the campaign.' })
  id!: string;

  @Field(() => String, { description: 'For staff alone.' })
  name!: string;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'The day on which its mails were queued; null as long as it has not been sent.',
  })
  sentOn!: Day | null;

  @Field(() => [CampaignText], { description: 'One for each language.' })
  texts!: readonly CampaignText[];

  @Field(() => [CampaignDay], { description: 'Days on which something became of its mails, in their order.' })
  days!: readonly CampaignDay[];
}

@ObjectType({ description: 'A campaign, and its place among them.', simpleResolvers: true })
class CampaignEdge extends edgeOf(Campaign) {}

@ObjectType({
  description: 'A page of the campaigns: those that have not been sent first, then the newest.',
  simpleResolvers: true,
})
export class CampaignConnection extends connectionOf(CampaignEdge) {}

@ObjectType({ description: 'The campaign, or why there is none.', simpleResolvers: true })
export class CreateCampaignPayload {
  @Field(() => Campaign, { nullable: true, description: 'Null when the input was refused.' })
  campaign!: Campaign | null;

  @Field(() => [UserError], { description: 'Empty when the campaign was made.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'The campaign’s mails wait to be sent, or why not.', simpleResolvers: true })
export class SendCampaignPayload {
  @Field(() => Campaign, { nullable: true, description: 'Null when the input was refused.' })
  campaign!: Campaign | null;

  @Field(() => [UserError], { description: 'Empty when its mails were queued.' })
  userErrors!: UserError[];
}
