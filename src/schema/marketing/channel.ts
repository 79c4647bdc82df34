// GraphQL types of visits: the language that a browser keeps, and which marketing channel brought it.
import { Field, InputType, Int, ObjectType } from 'type-graphql';
import type { Day } from '../../lib/calendar.js';
import { DateScalar } from '../date.js';
import { UserError } from '../user-error.js';

@InputType({ description: 'A visit to the site.' })
export class RecordVisitInput {
  @Field(() => String, { description: 'The channel’s id; one that is not known is counted as `other`.' })
  channel!: string;

  @Field(() => String, { description: 'The platform’s id; one that is not known is counted as `other`.' })
  platform!: string;

  @Field(() => Boolean, {
    description: 'Whether the visitor agrees to analytics cookies. Never true before they have said so.',
  })
  analyticsConsent!: boolean;
}

@ObjectType({ description: 'What became of the visit.', simpleResolvers: true })
export class RecordVisitPayload {
  @Field(() => Boolean, {
    description:
      'False when it was not counted: it was refused, or the browser objects by Global Privacy Control.',
  })
  counted!: boolean;

  @Field(() => [UserError], { description: 'Empty when the input was accepted.' })
  userErrors!: UserError[];
}

@ObjectType({
  description: 'How many visits and sign-ups a channel brought on a day. There is nobody in these numbers.',
  simpleResolvers: true,
})
export class ChannelDay {
  @Field(() => DateScalar, { description: 'A day that is over.' })
  day!: Day;

  @Field(() => String, { description: 'The channel’s id, or `other`.' })
  channel!: string;

  @Field(() => String, { description: 'The platform’s id, or `other`.' })
  platform!: string;

  @Field(() => Int, { nullable: true, description: 'Null when there were fewer than 20.' })
  visits!: number | null;

  @Field(() => Int, { nullable: true, description: 'Null when there were fewer than 20.' })
  signUps!: number | null;
}
