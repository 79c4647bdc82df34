// GraphQL types of a customer's networks.
import { Field, ID, ObjectType } from 'type-graphql';
import type { Day } from '../../lib/calendar.js';
import { DateScalar } from '../date.js';
import { Node } from '../node.js';
import { type AddressFamily, AddressFamilyEnum } from './address-family.js';
import { Region, StreamingService } from './catalogue.js';

const ADDRESS = 'An IPv4 address, or an IPv6 prefix of 64 bits such as `2001:db8:1:2::/64` (RFC 5952).';
const AUTOMATIC =
  'Null is automatic: a service that is licensed in one region gets that region, and every other service the default region.';

@ObjectType({
  description: 'An address of a network. A network has at most one of each family.',
  simpleResolvers: true,
})
export class NetworkAddress {
  @Field(() => AddressFamilyEnum, { description: 'The family of the address.' })
  family!: AddressFamily;

  @Field(() => String, { description: ADDRESS })
  address!: string;

  @Field(() => DateScalar, {
    nullable: true,
    description:
      'The last day (UTC) of an address that a router has set. Each update by the router moves it. After it the address is removed, and the network stays. It is null for an address that a person has registered.',
  })
  lastDay!: Day | null;
}

@ObjectType({ description: 'The region that devices get for one service.', simpleResolvers: true })
class ServiceRegion {
  @Field(() => StreamingService, { description: 'The service.' })
  service!: StreamingService;

  @Field(() => Region, { description: 'The region.' })
  region!: Region;
}

/** What networks and addresses have in common. */
@ObjectType({ simpleResolvers: true })
abstract class ChosenRegions {
  @Field(() => Region, {
    nullable: true,
    description: `The region of all services that have no region of their own. ${AUTOMATIC}`,
  })
  region!: Region | null;

  @Field(() => [ServiceRegion], {
    description:
      'The services that have a region of their own. When a service belongs to a group, all services of the group are in the list.',
  })
  serviceRegions!: readonly ServiceRegion[];
}

@ObjectType({
  description:
    'A home, a flat or an office. MediaStreamer answers the devices behind its addresses. Networks may share an address, such as behind a carrier’s NAT.',
  implements: Node,
  simpleResolvers: true,
})
export class Network extends ChosenRegions {
  @Field(() => ID, { description: 'The id of the network: a UUID.' })
  id!: string;

  @Field(() => String, { description: 'The name that the person gave it.' })
  name!: string;

  @Field(() => [NetworkAddress], {
    description: 'Its addresses, IPv4 first. The list is empty when the last one was removed.',
  })
  addresses!: readonly NetworkAddress[];

  @Field(() => [AddressFamilyEnum], {
    description:
      'The families over which its devices reach a relay for every service: those of `addresses` for which each region that the network uses has a relay. When it is empty, nothing plays.',
  })
  relayFamilies!: readonly AddressFamily[];

  @Field(() => DateScalar, {
    nullable: true,
    description:
      'The last day (UTC) of the network. After it the network is removed, with its update token. It is null when the network is open-ended.',
  })
  lastDay!: Day | null;

  @Field(() => Boolean, {
    description: 'Whether it has an update token, with which a router sets its addresses.',
  })
  hasUpdateToken!: boolean;
}

@ObjectType({
  description:
    'What devices at an address get. The network that chose last decides for an address that several networks have, also networks of other customers.',
  simpleResolvers: true,
})
export class RegionsInEffect extends ChosenRegions {}

@ObjectType({ description: 'An address from which the viewer calls now.', simpleResolvers: true })
export class CurrentAddress {
  @Field(() => AddressFamilyEnum, { description: 'The family of the address.' })
  family!: AddressFamily;

  @Field(() => String, { description: ADDRESS })
  address!: string;

  @Field(() => [Network], { description: 'The networks of the viewer that have this address.' })
  networks!: readonly Network[];

  @Field(() => RegionsInEffect, {
    nullable: true,
    description: 'What devices at the address get. It is null when `networks` is empty.',
  })
  inEffect!: RegionsInEffect | null;
}

@ObjectType({
  description:
    'Where a frontend fetches proofs of addresses: `{ "proof", "address", "family" }` as JSON, without credentials. A proof is valid for a minute.',
  simpleResolvers: true,
})
export class AddressProofUrls {
  @Field(() => String, {
    nullable: true,
    description: 'A URL that is reached over IPv4 alone. It is null when the operator has set none.',
  })
  ipv4!: string | null;

  @Field(() => String, { nullable: true, description: 'As `ipv4`, over IPv6 alone.' })
  ipv6!: string | null;
}

@ObjectType({
  description: 'Where a router or a person updates the address of a network.',
  simpleResolvers: true,
})
export class UpdateUrl {
  @Field(() => AddressFamilyEnum, {
    nullable: true,
    description: 'The family of the address that it sets. It is null when that is the family of the request.',
  })
  family!: AddressFamily | null;

  @Field(() => String, {
    description:
      'For routers that speak the protocol of dyndns2. Their user name is the id of the network, and their password the token.',
  })
  dyndns2!: string;

  @Field(() => String, {
    description:
      'A link for people and scripts. It holds the token: opening it registers the address from which it is opened.',
  })
  link!: string;
}
