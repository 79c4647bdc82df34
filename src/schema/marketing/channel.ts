// GraphQL types of visits by marketing channel.
import { Field, InputType, Int, ObjectType } from 'type-graphql';
import type { Day } from '../../lib/calendar.js';
import { DateScalar } from '../date.js';
import { Payload, payloadOf } from '../payload.js';

@InputType({ description: 'The input of `recordVisit`.' })
export class RecordVisitInput {
  @Field(() => String, {
    description: 'The id of the marketing channel. A visit from an unknown channel is counted as `other`.',
  })
  channel!: string;

  @Field(() => String, {
    description: 'The id of the platform. A visit about an unknown platform is counted as `other`.',
  })
  platform!: string;

  @Field(() => Boolean, {
    description:
      'Whether the visitor consents to analytics cookies. It must be false until they have given consent.',
  })
  analyticsConsent!: boolean;
}

@ObjectType(payloadOf('recordVisit'))
export class RecordVisitPayload extends Payload {
  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether the visit was counted. It is false when the browser sends Global Privacy Control.',
  })
  counted?: boolean | null;
}

@ObjectType({
  description:
    'The number of visits and sign-ups from a marketing channel on one day. No person can be recognised in the numbers.',
  simpleResolvers: true,
})
export class ChannelDay {
  @Field(() => DateScalar, { description: 'The day, which is over.' })
  day!: Day;

  @Field(() => String, { description: 'The id of the channel, or `other`.' })
  channel!: string;

  @Field(() => String, { description: 'The id of the platform, or `other`.' })
  platform!: string;

  @Field(() => Int, { nullable: true, description: 'The number of visits. It is null for fewer than 20.' })
  visits!: number | null;

  @Field(() => Int, { nullable: true, description: 'The number of sign-ups. It is null for fewer than 20.' })
  signUps!: number | null;
}
