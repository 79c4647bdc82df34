// GraphQL types of MediaStreamer: what a customer sees of it, and their own addresses.
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import type { Entry } from '../../allowlist/writer.js';
import type { Day } from '../../lib/calendar.js';
import { DateScalar } from '../date.js';
import { UserError } from '../user-error.js';

@ObjectType({ description: 'Where a device appears to be.', simpleResolvers: true })
export class Region {
  @Field(() => ID, { description: 'Short and stable, such as `us`.' })
  id!: string;

  @Field(() => String, { description: 'For people, in English.' })
  name!: string;
}

@ObjectType({ description: 'A streaming service that MediaStreamer relays.', simpleResolvers: true })
export class StreamingService {
  @Field(() => ID, { description: 'Short and stable.' })
  id!: string;

  @Field(() => String, { description: 'For people.' })
  name!: string;

  @Field(() => [String], { description: 'These names and all names below them are relayed.' })
  domains!: readonly string[];
}

@ObjectType({ description: 'An address whose DNS questions MediaStreamer answers.', simpleResolvers: true })
export class RegisteredAddress {
  @Field(() => String, {
    description: 'An IPv4 address, or an IPv6 prefix of 64 bits such as `2001:db8:1:2::/64` (RFC 5952).',
  })
  address!: string;

  @Field(() => String, { description: 'What the person calls it; may be empty.' })
  label!: string;

  @Field(() => Region, {
    description:
      'What the viewer has chosen for this address. Where devices appear to be at the address that the viewer is calling ' +
      'from: `MediaStreamer.currentRegion`.',
  })
  region!: Region;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'The last day of registration; null is open-ended.',
  })
  lastDay!: Day | null;
}

/** Its fields have resolvers. */
@ObjectType({ description: 'Smart DNS for devices that cannot run a VPN, as the viewer has it.' })
export class MediaStreamer {
  /** No field of the schema: reads the viewer's own entries when a field first wants them, and once. */
  ownEntries!: () => Promise<readonly Entry[]>;
}

@InputType({ description: 'What to say of the address that the request comes from.' })
export class RegisterCurrentAddressInput {
  @Field(() => String, { defaultValue: '', description: 'At most 64 characters.' })
  label!: string;

  @Field(() => ID, {
    nullable: true,
    description: 'A region’s id; by default the product’s default region.',
  })
  region?: string | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'From today (UTC) to five years from today; by default the registration is open-ended.',
  })
  lastDay?: Day | null;
}

@InputType({ description: 'Changes to an address of the viewer’s own. What is left out stays as it is.' })
export class UpdateAddressInput {
  @Field(() => String, { description: 'As `RegisteredAddress.address` shows it, or any address in it.' })
  address!: string;

  @Field(() => String, { nullable: true, description: 'At most 64 characters. Null changes nothing.' })
  label?: string | null;

  @Field(() => ID, { nullable: true, description: 'A region’s id. Null changes nothing.' })
  region?: string | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'From today (UTC) to five years from today. Null makes the registration open-ended.',
  })
  lastDay?: Day | null;
}

@InputType({ description: 'An address of the viewer’s own.' })
export class RemoveAddressInput {
  @Field(() => String, { description: 'As `RegisteredAddress.address` shows it, or any address in it.' })
  address!: string;
}

@ObjectType({ description: 'The address as it is registered now.', simpleResolvers: true })
export class AddressPayload {
  @Field(() => RegisteredAddress, { nullable: true, description: 'Null when the input was refused.' })
  address!: RegisteredAddress | null;

  @Field(() => [UserError], { description: 'Empty when the address is registered as the input asked.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'The address that is no longer the viewer’s.', simpleResolvers: true })
export class RemoveAddressPayload {
  @Field(() => String, { nullable: true, description: 'Null when nothing was removed.' })
  removedAddress!: string | null;

  @Field(() => [UserError], { description: 'Empty when the address was removed.' })
  userErrors!: UserError[];
}
