// The days that statistics are asked for.
import { ArgsType, Field } from 'type-graphql';
import type { Day } from '../lib/calendar.js';
import { DateScalar } from './date.js';

@ArgsType()
export class SpanArgs {
  @Field(() => DateScalar, { description: 'The first day.' })
  from!: Day;

  @Field(() => DateScalar, { description: 'The last day; at most 400 days in all.' })
  to!: Day;
}
