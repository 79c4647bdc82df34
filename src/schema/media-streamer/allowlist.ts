// GraphQL types of the allowlist, for admins. No field tells which customer an address belongs to.
import { ArgsType, Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { Day } from '../../lib/calendar.js';
import { connectionOf, edgeOf, PageArgs } from '../connection.js';
import { DateScalar } from '../date.js';
import { UserError } from '../user-error.js';
import { Region } from './media-streamer.js';

@ObjectType({ description: 'An address or prefix whose DNS questions are answered.', simpleResolvers: true })
export class AllowedAddress {
  @Field(() => String, { description: 'In canonical form (RFC 5952); `/32` and `/128` are left out.' })
  prefix!: string;

  @Field(() => Region, { description: 'The choice of the owner who chose last.' })
  region!: Region;

  @Field(() => Int, { description: 'How many accounts, and admins as one, hold it.' })
  owners!: number;

  @Field(() => Boolean, { description: 'Whether an admin allowed it.' })
  byAdmin!: boolean;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'The last day of its last owner; null is open-ended.',
  })
  lastDay!: Day | null;

  @Field(() => String, {
    nullable: true,
    description: 'The admins’ own, such as the import that it came with; null without one.',
  })
  label!: string | null;
}

@ObjectType({ description: 'One entry and its place in the list.', simpleResolvers: true })
class AllowedAddressEdge extends edgeOf(AllowedAddress) {}

@ObjectType({ description: 'A page of the allowlist, sorted by address.', simpleResolvers: true })
export class AllowlistConnection extends connectionOf(AllowedAddressEdge) {}

@ArgsType()
export class AllowlistArgs extends PageArgs {
  @Field(() => String, {
    nullable: true,
    description: 'An address, or a prefix in CIDR notation: only entries inside it.',
  })
  search?: string | null;
}

@InputType({ description: 'An address or prefix to be allowed.' })
export class AllowAddressInput {
  @Field(() => String, { description: 'An IP address, or a prefix in CIDR notation; public.' })
  prefix!: string;

  @Field(() => ID, {
    nullable: true,
    description: 'A region’s id; by default the product’s default region.',
  })
  region?: string | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'From today (UTC) to five years from today; by default the entry is open-ended.',
  })
  lastDay?: Day | null;

  @Field(() => String, {
    nullable: true,
    description: 'At most 64 characters, by which entries that came together are removed together.',
  })
  label?: string | null;
}

@ObjectType({ description: 'What is allowed now.', simpleResolvers: true })
export class AllowAddressPayload {
  @Field(() => String, { nullable: true, description: 'In canonical form; null when the input was refused.' })
  prefix!: string | null;

  @Field(() => [UserError], { description: 'Empty when the prefix is allowed.' })
  userErrors!: UserError[];
}

@InputType({ description: 'Many addresses or prefixes to be allowed.' })
export class AllowAddressesInput {
  @Field(() => [AllowAddressInput], { description: '1 to 1000, each prefix once.' })
  entries!: AllowAddressInput[];
}

@ObjectType({ description: 'What has changed: everything, or nothing.', simpleResolvers: true })
export class AllowAddressesPayload {
  @Field(() => Int, { description: 'Entries that no admin had allowed before.' })
  added!: number;

  @Field(() => Int, { description: 'Entries that an admin had allowed before.' })
  replaced!: number;

  @Field(() => [UserError], { description: 'Empty when all entries are allowed.' })
  userErrors!: UserError[];
}

@InputType({ description: 'An address or prefix to be taken off the list.' })
export class RemoveAllowedAddressInput {
  @Field(() => String, { description: 'An IP address, or a prefix in CIDR notation.' })
  prefix!: string;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Take it from every account that registered it, too.',
  })
  everyOwner!: boolean;
}

@ObjectType({ description: 'What has become of the prefix.', simpleResolvers: true })
export class RemoveAllowedAddressPayload {
  @Field(() => Boolean, { description: 'False when there was nothing to remove.' })
  removed!: boolean;

  @Field(() => Boolean, { description: 'Whether an account still holds the same prefix.' })
  stillAllowed!: boolean;

  @Field(() => [UserError], { description: 'Empty when the prefix could be read.' })
  userErrors!: UserError[];
}

@InputType({ description: 'Which of the admins’ entries are to be removed. Provide one of the fields.' })
export class RemoveAllowedAddressesInput {
  @Field(() => [String], {
    nullable: true,
    description: '1 to 1000 IP addresses, or prefixes in CIDR notation.',
  })
  prefixes?: string[] | null;

  @Field(() => String, { nullable: true, description: 'All entries with this label.' })
  label?: string | null;
}

@ObjectType({ description: 'What was removed.', simpleResolvers: true })
export class RemoveAllowedAddressesPayload {
  @Field(() => Int, { description: 'Entries of the admins that are gone; those of accounts stay.' })
  removed!: number;

  @Field(() => [UserError], { description: 'Empty when the input could be read.' })
  userErrors!: UserError[];
}
