// GraphQL types of service quality: where connections fail. No account can be recognised in the numbers.
import { Field, Int, ObjectType } from 'type-graphql';
import type { Day } from '../../lib/calendar.js';
import { DateScalar } from '../date.js';
import { VpnLocation } from './usage.js';

@ObjectType({
  description:
    'How many accounts could connect to a location through a provider on a day. Both numbers are rounded down to a multiple ' +
    'of 20, and a row that fewer than 20 accounts share is left out. The numbers are stored once, when the day is closed, and ' +
    'never change. So no two results differ by fewer than 20 accounts.',
  simpleResolvers: true,
})
export class ServiceQuality {
  @Field(() => DateScalar, {
    description: 'The day. It is closed: no further reports about it are accepted.',
  })
  day!: Day;

  @Field(() => VpnLocation, { description: 'The VPN location.' })
  location!: VpnLocation;

  @Field(() => Int, {
    description:
      'The number of the provider’s autonomous system (RFC 6793). It is 0 when the provider is not known.',
  })
  provider!: number;

  @Field(() => Int, {
    description: 'The number of accounts that tried to connect, rounded down to a multiple of 20.',
  })
  accounts!: number;

  @Field(() => Int, {
    description:
      'The number of these accounts that could not connect on the day, rounded down to a multiple of 20. It is 0 for fewer than 20 accounts.',
  })
  failedAccounts!: number;
}
