// The inputs of the mutations that change a customer's networks, and their results.
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import type { Day } from '../../lib/calendar.js';
import { DateScalar } from '../date.js';
import { Payload, payloadOf } from '../payload.js';
import { type AddressFamily, AddressFamilyEnum } from './address-family.js';
import { Network, UpdateUrl } from './networks.js';

const NAME = 'A name of 1 to 64 characters.';
const LAST_DAY = 'The last day (UTC) of the network: from today to five years from today.';
const SERVICES =
  'The regions of services that have one of their own. A region for a service is for all services of its group.';
const PROOFS =
  'Proofs of addresses, at most one of each family, from `MediaStreamer.addressProofUrls`. Each is used once. Without proofs the address of this request counts.';

@InputType({ description: 'A region for a single service.' })
export class ServiceRegionInput {
  @Field(() => ID, { description: 'The id of the service.' })
  serviceId!: string;

  @Field(() => ID, { description: 'The id of the region.' })
  regionId!: string;
}

@InputType({ description: 'The input of `registerNetwork`.' })
export class RegisterNetworkInput {
  @Field(() => String, { description: NAME })
  name!: string;

  @Field(() => ID, { nullable: true, description: 'The id of the region. The default is automatic.' })
  regionId?: string | null;

  @Field(() => [ServiceRegionInput], { defaultValue: [], description: SERVICES })
  serviceRegions!: ServiceRegionInput[];

  @Field(() => DateScalar, {
    nullable: true,
    description: `${LAST_DAY} The default is an open-ended network.`,
  })
  lastDay?: Day | null;

  @Field(() => [String], { defaultValue: [], description: PROOFS })
  proofs!: string[];
}

@InputType()
abstract class NetworkInput {
  @Field(() => ID, { description: 'The id of the network.' })
  networkId!: string;
}

@InputType({ description: 'The input of `updateNetwork`. Fields that are not given do not change.' })
export class UpdateNetworkInput extends NetworkInput {
  @Field(() => String, { nullable: true, description: `${NAME} Null changes nothing.` })
  name?: string | null;

  @Field(() => ID, { nullable: true, description: 'The id of the region. Null makes it automatic.' })
  regionId?: string | null;

  @Field(() => [ServiceRegionInput], {
    nullable: true,
    description: `${SERVICES} The list replaces the one before. Null changes nothing.`,
  })
  serviceRegions?: ServiceRegionInput[] | null;

  @Field(() => DateScalar, { nullable: true, description: `${LAST_DAY} Null makes it open-ended.` })
  lastDay?: Day | null;
}

@InputType({ description: 'The input of `moveNetwork`.' })
export class MoveNetworkInput extends NetworkInput {
  @Field(() => [String], { defaultValue: [], description: PROOFS })
  proofs!: string[];
}

@InputType({ description: 'The input of `removeNetworkAddress`.' })
export class RemoveNetworkAddressInput extends NetworkInput {
  @Field(() => AddressFamilyEnum, { description: 'The family of the address to remove.' })
  family!: AddressFamily;
}

@InputType({ description: 'The input of `removeNetwork`.' })
export class RemoveNetworkInput extends NetworkInput {}

@InputType({ description: 'The input of `rotateNetworkToken`.' })
export class RotateNetworkTokenInput extends NetworkInput {}

@InputType({ description: 'The input of `revokeNetworkToken`.' })
export class RevokeNetworkTokenInput extends NetworkInput {}

/** Payloads with the network. */
@ObjectType({ simpleResolvers: true })
abstract class NetworkPayload extends Payload {
  @Field(() => Network, { nullable: true, description: 'The network after the change.' })
  network?: Network | null;
}

@ObjectType(payloadOf('registerNetwork'))
export class RegisterNetworkPayload extends NetworkPayload {}

@ObjectType(payloadOf('updateNetwork'))
export class UpdateNetworkPayload extends NetworkPayload {}

@ObjectType(payloadOf('moveNetwork'))
export class MoveNetworkPayload extends NetworkPayload {}

@ObjectType(payloadOf('removeNetworkAddress'))
export class RemoveNetworkAddressPayload extends NetworkPayload {}

@ObjectType(payloadOf('removeNetwork'))
export class RemoveNetworkPayload extends Payload {
  @Field(() => ID, { nullable: true, description: 'The id of the network that was removed.' })
  removedNetworkId?: string | null;
}

@ObjectType(payloadOf('rotateNetworkToken'))
export class RotateNetworkTokenPayload extends NetworkPayload {
  @Field(() => String, {
    nullable: true,
    description:
      'The update token: 26 characters. It can set the addresses of this network, and nothing else. It is not stored, and is returned only here.',
  })
  token?: string | null;

  @Field(() => [UpdateUrl], { nullable: true, description: 'Where the token is used.' })
  updateUrls?: readonly UpdateUrl[] | null;
}

@ObjectType(payloadOf('revokeNetworkToken'))
export class RevokeNetworkTokenPayload extends NetworkPayload {}
