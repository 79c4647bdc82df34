// The fields that every input of an allowlist entry shares.
import { Field, ID, InputType } from 'type-graphql';
import type { Day } from '../../lib/calendar.js';
import { DateScalar } from '../date.js';

@InputType()
export abstract class EntryInput {
  @Field(() => ID, {
    nullable: true,
    description: 'The id of the region. The default is the product’s default region.',
  })
  regionId?: string | null;

  @Field(() => DateScalar, {
    nullable: true,
    description:
      'The last day (UTC) on which the entry is allowed: from today to five years from today. The default is an open-ended entry.',
  })
  lastDay?: Day | null;
}
