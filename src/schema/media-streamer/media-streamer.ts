// GraphQL types of MediaStreamer: what a customer sees of it, and their registered addresses.
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import type { Entry } from '../../allowlist/writer.js';
import type { Day } from '../../lib/calendar.js';
import { DateScalar } from '../date.js';
import { Payload, payloadOf } from '../payload.js';
import { EntryInput } from './entry.js';

@ObjectType({ description: 'A place where devices appear to be.', simpleResolvers: true })
export class Region {
  @Field(() => ID, { description: 'The id of the region, such as `us`. It does not change.' })
  id!: string;

  @Field(() => String, { description: 'The name of the region, in English.' })
  name!: string;
}

@ObjectType({ description: 'A streaming service that MediaStreamer relays.', simpleResolvers: true })
export class StreamingService {
  @Field(() => ID, { description: 'The id of the service. It does not change.' })
  id!: string;

  @Field(() => String, { description: 'The name of the service.' })
  name!: string;

  @Field(() => [String], {
    description: 'The domain names that are relayed. All names below them are relayed too.',
  })
  domains!: readonly string[];
}

@ObjectType({
  description: 'An IP address or prefix of the viewer whose DNS queries MediaStreamer answers.',
  simpleResolvers: true,
})
export class RegisteredAddress {
  @Field(() => String, {
    description: 'An IPv4 address, or an IPv6 prefix of 64 bits such as `2001:db8:1:2::/64` (RFC 5952).',
  })
  address!: string;

  @Field(() => String, { description: 'The label that the person gave it. It may be empty.' })
  label!: string;

  @Field(() => Region, {
    description:
      'The region that the viewer has chosen for this address. `MediaStreamer.currentRegion` is the region that is in effect at ' +
      'the address of the request.',
  })
  region!: Region;

  @Field(() => DateScalar, {
    nullable: true,
    description:
      'The last day (UTC) on which the address is registered. It is null when the registration is open-ended.',
  })
  lastDay!: Day | null;
}

/** Its fields have resolvers. */
@ObjectType({ description: 'The viewer’s MediaStreamer: smart DNS for devices that cannot run a VPN.' })
export class MediaStreamer {
  /** No field of the schema. It reads the viewer's entries when a field first needs them, and only once. */
  ownEntries!: () => Promise<readonly Entry[]>;
}

@InputType({ description: 'The input of `registerCurrentAddress`.' })
export class RegisterCurrentAddressInput extends EntryInput {
  @Field(() => String, { defaultValue: '', description: 'A label of at most 64 characters.' })
  label!: string;
}

const ADDRESS = 'The address as `RegisteredAddress.address` returns it, or any address inside the prefix.';

@InputType({ description: 'The input of `updateAddress`. Fields that are not given do not change.' })
export class UpdateAddressInput {
  @Field(() => String, { description: ADDRESS })
  address!: string;

  @Field(() => String, {
    nullable: true,
    description: 'A label of at most 64 characters. Null changes nothing.',
  })
  label?: string | null;

  @Field(() => ID, { nullable: true, description: 'The id of the region. Null changes nothing.' })
  regionId?: string | null;

  @Field(() => DateScalar, {
    nullable: true,
    description:
      'The last day (UTC) of the registration: from today to five years from today. Null makes it open-ended.',
  })
  lastDay?: Day | null;
}

@InputType({ description: 'The input of `removeAddress`.' })
export class RemoveAddressInput {
  @Field(() => String, { description: ADDRESS })
  address!: string;
}

/** The field `registeredAddress` of payloads. */
const REGISTERED = { nullable: true, description: 'The address after the change.' } as const;

@ObjectType(payloadOf('registerCurrentAddress'))
export class RegisterCurrentAddressPayload extends Payload {
  @Field(() => RegisteredAddress, REGISTERED)
  registeredAddress?: RegisteredAddress | null;
}

@ObjectType(payloadOf('updateAddress'))
export class UpdateAddressPayload extends Payload {
  @Field(() => RegisteredAddress, REGISTERED)
  registeredAddress?: RegisteredAddress | null;
}

@ObjectType(payloadOf('removeAddress'))
export class RemoveAddressPayload extends Payload {
  @Field(() => String, { nullable: true, description: 'The address or prefix that was removed.' })
  removedAddress?: string | null;
}
