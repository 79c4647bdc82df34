// GraphQL types of usage: what an account has used, by day and finer by nothing.
import { ArgsType, Field, ID, Int, ObjectType } from 'type-graphql';
import type { Day, Month } from '../../lib/calendar.js';
import { DateScalar } from '../date.js';
import { MegabytesScalar } from '../megabytes.js';
import { UserError } from '../user-error.js';

@ArgsType()
export class UsageArgs {
  @Field(() => DateScalar, { description: 'The first day.' })
  from!: Day;

  @Field(() => DateScalar, { description: 'The last day, which must be over; at most 400 days in all.' })
  to!: Day;
}

@ObjectType({
  description: 'A place to connect to. It has many servers, which are not told apart.',
  simpleResolvers: true,
})
export class VpnLocation {
  @Field(() => ID, { description: 'Such as `us-new-york`.' })
  id!: string;

  @Field(() => String, { description: 'In English.' })
  name!: string;

  @Field(() => String, { description: 'ISO 3166-1 alpha-2.' })
  country!: string;
}

@ObjectType({ description: 'What was used on a day.', simpleResolvers: true })
export class UsageDay {
  @Field(() => DateScalar, { description: 'The day.' })
  day!: Day;

  @Field(() => Boolean, { description: 'Whether a connection was made.' })
  connected!: boolean;

  @Field(() => MegabytesScalar, { description: 'Data in both directions.' })
  megabytes!: number;
}

@ObjectType({ simpleResolvers: true })
abstract class UsageShare {
  @Field(() => Int, { description: 'Days on which a connection was made.' })
  daysConnected!: number;

  @Field(() => MegabytesScalar, { description: 'Data in both directions.' })
  megabytes!: number;
}

@ObjectType({ description: 'What was used of a VPN location.', simpleResolvers: true })
export class LocationUsage extends UsageShare {
  @Field(() => VpnLocation, { description: 'The location.' })
  location!: VpnLocation;
}

@ObjectType({ description: 'What was used from a country.', simpleResolvers: true })
export class CountryUsage extends UsageShare {
  @Field(() => String, { description: 'ISO 3166-1 alpha-2; `ZZ` when it is not known.' })
  country!: string;
}

@ObjectType({ description: 'What was used through an internet provider.', simpleResolvers: true })
export class ProviderUsage extends UsageShare {
  @Field(() => Int, {
    description: 'The number of its autonomous system (RFC 6793); 0 when it is not known.',
  })
  provider!: number;
}

@ObjectType({ description: 'What was used in a month, as far as it was asked for.', simpleResolvers: true })
export class MonthUsage extends UsageShare {
  @Field(() => String, { description: 'A calendar month in UTC, such as `2026-10`.' })
  month!: Month;
}

@ObjectType({
  description:
    'The statistics that the privacy policy allows, from one day to another, and all that there is.',
  simpleResolvers: true,
})
export class UsageSummary extends UsageShare {
  @Field(() => DateScalar, { description: 'The first day.' })
  from!: Day;

  @Field(() => DateScalar, { description: 'The last day.' })
  to!: Day;

  @Field(() => [UsageDay], { description: 'Every day from the first to the last.' })
  days!: UsageDay[];

  @Field(() => [LocationUsage], { description: 'Most data first.' })
  byLocation!: LocationUsage[];

  @Field(() => [CountryUsage], { description: 'From where; most data first.' })
  byCountry!: CountryUsage[];

  @Field(() => [ProviderUsage], { description: 'Through whom; most data first.' })
  byProvider!: ProviderUsage[];

  @Field(() => [MonthUsage], { description: 'Every month that the days lie in.' })
  months!: MonthUsage[];

  @Field(() => DateScalar, {
    description: 'From this day on reports may be missing, or be corrected. Days before it change no more.',
  })
  openFrom!: Day;

  @Field(() => DateScalar, { description: 'The first day that is kept. What was used before it is deleted.' })
  keptFrom!: Day;
}

@ObjectType({ description: 'The new handle, or why it is still the old one.', simpleResolvers: true })
export class RotateUsageHandlePayload {
  @Field(() => ID, { nullable: true, description: 'Null when it was refused.' })
  usageHandle!: string | null;

  @Field(() => [UserError], { description: 'Empty when there is a new handle.' })
  userErrors!: UserError[];
}
