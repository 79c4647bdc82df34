// GraphQL types of usage data: what an account has used. Nothing is finer than a day.
import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { Day, Month } from '../../lib/calendar.js';
import { DateScalar } from '../date.js';
import { MegabytesScalar } from '../megabytes.js';
import { MonthScalar } from '../month.js';
import { Payload, payloadOf } from '../payload.js';

@ObjectType({
  description:
    'A place to connect to. It has many VPN servers, and usage data does not distinguish between them.',
  simpleResolvers: true,
})
export class VpnLocation {
  @Field(() => ID, { description: 'The id of the location, such as `us-new-york`.' })
  id!: string;

  @Field(() => String, { description: 'The name of the location, in English.' })
  name!: string;

  @Field(() => String, { description: 'The country of the location (ISO 3166-1 alpha-2).' })
  country!: string;
}

@ObjectType({ description: 'The usage on one day.', simpleResolvers: true })
export class DayUsage {
  @Field(() => DateScalar, { description: 'The day.' })
  day!: Day;

  @Field(() => Boolean, { description: 'Whether a connection was made on the day.' })
  connected!: boolean;

  @Field(() => MegabytesScalar, { description: 'The data in both directions.' })
  megabytes!: number;
}

@ObjectType({ simpleResolvers: true })
abstract class UsageShare {
  @Field(() => Int, { description: 'The number of days on which a connection was made.' })
  daysConnected!: number;

  @Field(() => MegabytesScalar, { description: 'The data in both directions.' })
  megabytes!: number;
}

@ObjectType({ description: 'The usage of one VPN location.', simpleResolvers: true })
export class LocationUsage extends UsageShare {
  @Field(() => VpnLocation, { description: 'The location.' })
  location!: VpnLocation;
}

@ObjectType({ description: 'The usage from one country.', simpleResolvers: true })
export class CountryUsage extends UsageShare {
  @Field(() => String, {
    description: 'The country (ISO 3166-1 alpha-2). It is `ZZ` when the country is not known.',
  })
  country!: string;
}

@ObjectType({ description: 'The usage through one internet provider.', simpleResolvers: true })
export class ProviderUsage extends UsageShare {
  @Field(() => Int, {
    description:
      'The number of the provider’s autonomous system (RFC 6793). It is 0 when the provider is not known.',
  })
  provider!: number;
}

@ObjectType({
  description: 'The usage in one month. Only the days of the range count.',
  simpleResolvers: true,
})
export class MonthUsage extends UsageShare {
  @Field(() => MonthScalar, { description: 'The month.' })
  month!: Month;
}

@ObjectType({
  description: 'The usage data of an account in a range of days: everything that the privacy policy allows.',
  simpleResolvers: true,
})
export class UsageSummary extends UsageShare {
  @Field(() => DateScalar, { description: 'The first day of the range.' })
  from!: Day;

  @Field(() => DateScalar, { description: 'The last day of the range.' })
  to!: Day;

  @Field(() => [DayUsage], { description: 'The usage by day: every day of the range.' })
  byDay!: DayUsage[];

  @Field(() => [MonthUsage], { description: 'The usage by month: every month of the range.' })
  byMonth!: MonthUsage[];

  @Field(() => [LocationUsage], { description: 'The usage by VPN location, most data first.' })
  byLocation!: LocationUsage[];

  @Field(() => [CountryUsage], { description: 'The usage by country, most data first.' })
  byCountry!: CountryUsage[];

  @Field(() => [ProviderUsage], { description: 'The usage by internet provider, most data first.' })
  byProvider!: ProviderUsage[];

  @Field(() => DateScalar, {
    description:
      'The first day that is still open. Reports about it and about later days may be missing or may be corrected. Earlier days do not change.',
  })
  openFrom!: Day;

  @Field(() => DateScalar, {
    description: 'The first day that is stored. The usage data of earlier days is deleted.',
  })
  keptFrom!: Day;
}

@ObjectType(payloadOf('rotateUsageHandle'))
export class RotateUsageHandlePayload extends Payload {
  @Field(() => ID, { nullable: true, description: 'The new usage handle.' })
  usageHandle?: string | null;
}
