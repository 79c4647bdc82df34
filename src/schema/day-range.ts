// A range of days, both included: how statistics are asked for.
import { Field, InputType } from 'type-graphql';
import type { Day } from '../lib/calendar.js';
import { DateScalar } from './date.js';

@InputType({ description: 'A range of 1 to 400 days, which includes its first and its last day.' })
export class DayRangeInput {
  @Field(() => DateScalar, { description: 'The first day.' })
  from!: Day;

  @Field(() => DateScalar, { description: 'The last day.' })
  to!: Day;
}
