// GraphQL types of service quality: where connections fail, with nobody in the numbers.
import { Field, Int, ObjectType } from 'type-graphql';
import type { Day } from '../../lib/calendar.js';
import { DateScalar } from '../date.js';
import { VpnLocation } from './usage.js';

@ObjectType({
  description:
    'How many accounts could connect to a location through a provider on a day. Both numbers are rounded down to multiples ' +
    'of 20, and what fewer than 20 accounts have in common is not told. They are written once, when no report about the day ' +
    'can come any more, and never change: no two answers differ by fewer than 20 accounts.',
  simpleResolvers: true,
})
export class ServiceQuality {
  @Field(() => DateScalar, { description: 'A day about which no report can come any more.' })
  day!: Day;

  @Field(() => VpnLocation, { description: 'The location.' })
  location!: VpnLocation;

  @Field(() => Int, {
    description: 'The number of the provider’s autonomous system (RFC 6793); 0 when it is not known.',
  })
  provider!: number;

  @Field(() => Int, { description: 'Accounts that tried to connect, rounded down to a multiple of 20.' })
  accounts!: number;

  @Field(() => Int, {
    description:
      'Those of them that could not connect on that day, rounded down to a multiple of 20; 0 when there were fewer than 20.',
  })
  failed!: number;
}
