// GraphQL types of campaigns and of their statistics.
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { Day } from '../../lib/calendar.js';
import { Locale } from '../account/language.js';
import { connectionOf, edgeOf } from '../connection.js';
import { DateScalar } from '../date.js';
import { Node } from '../node.js';
import { Payload, payloadOf } from '../payload.js';

@InputType({ description: 'The mail of a campaign in one language.' })
export class CampaignTextInput {
  @Field(() => Locale, { description: 'The language.' })
  locale!: Locale;

  @Field(() => String, { description: 'The subject of the mail: at most 150 characters.' })
  subject!: string;

  @Field(() => String, {
    description:
      'Plain text of at most 10,000 characters. An empty line ends a paragraph, and `https://` addresses become links. ' +
      'The salutation and the unsubscribe link are added.',
  })
  body!: string;
}

@InputType({ description: 'The input of `createCampaign`.' })
export class CreateCampaignInput {
  @Field(() => String, {
    description: 'The name of the campaign, which only staff see: at most 100 characters.',
  })
  name!: string;

  @Field(() => [CampaignTextInput], {
    description:
      'The mail in each language. English is required: people whose language is missing receive it.',
  })
  texts!: CampaignTextInput[];
}

@InputType({ description: 'The input of `sendCampaign`.' })
export class SendCampaignInput {
  @Field(() => ID, { description: 'The id of a campaign that has not been sent.' })
  id!: string;
}

@ObjectType({ description: 'The mail of a campaign in one language.', simpleResolvers: true })
export class CampaignText {
  @Field(() => Locale, { description: 'The language.' })
  locale!: Locale;

  @Field(() => String, { description: 'The subject of the mail.' })
  subject!: string;

  @Field(() => String, { description: 'Plain text. Empty lines separate its paragraphs.' })
  body!: string;
}

@ObjectType({
  description:
    'The statistics of a campaign on one day. They hold no recipients. All numbers are null while the campaign has been sent ' +
    'to fewer than 20 people.',
  simpleResolvers: true,
})
export class CampaignDay {
  @Field(() => DateScalar, { description: 'The day.' })
  day!: Day;

  @Field(() => Int, { nullable: true, description: 'The number of mails that the mail server accepted.' })
  sent!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'The number of mails whose first attempt failed. They are tried again for a day.',
  })
  delayed!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'The number of mails that the mail server refused for good, or that were given up.',
  })
  bounced!: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'How often the image in the mails was loaded. One reader can load it several times. Only mails to people who consented ' +
      'to analytics have the image, and browsers that send Global Privacy Control are not counted.',
  })
  opened!: number | null;
}

@ObjectType({
  description: 'A marketing mail to every person who may receive marketing.',
  implements: Node,
  simpleResolvers: true,
})
export class Campaign {
  @Field(() => ID, { description: 'The id of the campaign.' })
  id!: string;

  @Field(() => String, { description: 'The name of the campaign, which only staff see.' })
  name!: string;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'The day on which the mails were queued. It is null until the campaign is sent.',
  })
  sentOn!: Day | null;

  @Field(() => [CampaignText], { description: 'The mail in each language.' })
  texts!: readonly CampaignText[];

  @Field(() => [CampaignDay], { description: 'The statistics by day. Days without any event are left out.' })
  statistics!: readonly CampaignDay[];
}

@ObjectType({ description: 'A campaign in a list.', simpleResolvers: true })
class CampaignEdge extends edgeOf(Campaign) {}

@ObjectType({ description: 'A page of campaigns.', simpleResolvers: true })
export class CampaignConnection extends connectionOf(CampaignEdge) {}

@ObjectType(payloadOf('createCampaign'))
export class CreateCampaignPayload extends Payload {
  @Field(() => Campaign, { nullable: true, description: 'The new campaign.' })
  campaign?: Campaign | null;
}

@ObjectType(payloadOf('sendCampaign'))
export class SendCampaignPayload extends Payload {
  @Field(() => Campaign, { nullable: true, description: 'The campaign, whose mails are queued now.' })
  campaign?: Campaign | null;
}
