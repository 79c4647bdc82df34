// GraphQL types of the allowlist, for admins. No field shows which customer an entry belongs to.
import { ArgsType, Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { Day } from '../../lib/calendar.js';
import { connectionOf, edgeOf, PageArgs } from '../connection.js';
import { DateScalar } from '../date.js';
import { OneOf } from '../one-of.js';
import { Payload, payloadOf } from '../payload.js';
import { type AddressFamily, AddressFamilyEnum } from './address-family.js';
import { Region } from './catalogue.js';

@ObjectType({
  description: 'An IP address or prefix whose DNS queries are answered.',
  simpleResolvers: true,
})
export class AllowlistEntry {
  @Field(() => String, {
    description:
      'The address or prefix in canonical form (RFC 5952). The suffixes `/32` and `/128` are left out.',
  })
  prefix!: string;

  @Field(() => Region, {
    nullable: true,
    description:
      'The region that was chosen last, by any owner. Null is automatic. Regions of single services are not shown.',
  })
  region!: Region | null;

  @Field(() => [AddressFamilyEnum], {
    description: 'The families over which its devices reach relays, by the owner who chose last.',
  })
  families!: readonly AddressFamily[];

  @Field(() => Int, {
    description:
      'The number of owners: the accounts of which a network has it, and the admins together as one.',
  })
  owners!: number;

  @Field(() => Boolean, { description: 'Whether an admin allowed it.' })
  allowedByAdmin!: boolean;

  @Field(() => DateScalar, {
    nullable: true,
    description:
      'The last day (UTC) on which the entry is allowed for any owner. It is null when the entry is open-ended.',
  })
  lastDay!: Day | null;

  @Field(() => String, {
    nullable: true,
    description: 'The label of the admins, such as the name of an import. It is null when there is none.',
  })
  label!: string | null;
}

@ObjectType({ description: 'An allowlist entry in a list.', simpleResolvers: true })
class AllowlistEntryEdge extends edgeOf(AllowlistEntry) {}

@ObjectType({ description: 'A page of the allowlist.', simpleResolvers: true })
export class AllowlistEntryConnection extends connectionOf(AllowlistEntryEdge) {}

@ArgsType()
export class AllowlistArgs extends PageArgs {
  @Field(() => String, {
    nullable: true,
    description: 'An IP address, or a prefix in CIDR notation. Only entries inside it are returned.',
  })
  search?: string | null;
}

@InputType({ description: 'The input of `allowAddress`: an entry of the admins.' })
export class AllowAddressInput {
  @Field(() => String, { description: 'A public IP address, or a public prefix in CIDR notation.' })
  prefix!: string;

  @Field(() => ID, { nullable: true, description: 'The id of the region. The default is automatic.' })
  regionId?: string | null;

  @Field(() => [AddressFamilyEnum], {
    nullable: true,
    description:
      'The families over which its devices reach relays. The default is the family of the prefix. An office with both families, whose relays admit both, has both.',
  })
  families?: AddressFamily[] | null;

  @Field(() => DateScalar, {
    nullable: true,
    description:
      'The last day (UTC) on which the entry is allowed: from today to five years from today. The default is an open-ended entry.',
  })
  lastDay?: Day | null;

  @Field(() => String, {
    nullable: true,
    description:
      'A label of at most 64 characters. `removeAllowedAddresses` removes all entries with a label.',
  })
  label?: string | null;
}

@ObjectType(payloadOf('allowAddress'))
export class AllowAddressPayload extends Payload {
  @Field(() => String, { nullable: true, description: 'The allowed address or prefix in canonical form.' })
  prefix?: string | null;
}

@InputType({ description: 'The input of `allowAddresses`.' })
export class AllowAddressesInput {
  @Field(() => [AllowAddressInput], {
    description: 'The entries: from 1 to 1000, with a different prefix each.',
  })
  entries!: AllowAddressInput[];
}

@ObjectType(payloadOf('allowAddresses'))
export class AllowAddressesPayload extends Payload {
  @Field(() => Int, {
    nullable: true,
    description: 'The number of entries that no admin had allowed before.',
  })
  addedCount?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'The number of entries that an admin had allowed before.',
  })
  replacedCount?: number | null;
}

@InputType({ description: 'The input of `removeAllowedAddress`.' })
export class RemoveAllowedAddressInput {
  @Field(() => String, { description: 'An IP address, or a prefix in CIDR notation.' })
  prefix!: string;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Whether the prefix is also removed from every network that has it.',
  })
  includeNetworks!: boolean;
}

@ObjectType(payloadOf('removeAllowedAddress'))
export class RemoveAllowedAddressPayload extends Payload {
  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether an entry was removed. It is false when there was none.',
  })
  removed?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether the prefix is still allowed, because a network has it.',
  })
  stillAllowed?: boolean | null;
}

@OneOf()
@InputType({
  description:
    'The input of `removeAllowedAddresses`: the entries of the admins to remove. Exactly one field is given.',
})
export class RemoveAllowedAddressesInput {
  @Field(() => [String], {
    nullable: true,
    description: 'From 1 to 1000 IP addresses, or prefixes in CIDR notation.',
  })
  prefixes?: string[] | null;

  @Field(() => String, { nullable: true, description: 'A label. All entries with this label are removed.' })
  label?: string | null;
}

@ObjectType(payloadOf('removeAllowedAddresses'))
export class RemoveAllowedAddressesPayload extends Payload {
  @Field(() => Int, { nullable: true, description: 'The number of entries that were removed.' })
  removedCount?: number | null;
}
