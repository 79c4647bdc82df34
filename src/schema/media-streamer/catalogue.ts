// GraphQL types of the catalogue: regions, and the streaming services that are relayed.
import { Field, ID, ObjectType } from 'type-graphql';
import { type AddressFamily, AddressFamilyEnum } from './address-family.js';

@ObjectType({ description: 'A place where devices appear to be.', simpleResolvers: true })
export class Region {
  @Field(() => ID, { description: 'The id of the region, such as `us`. It does not change.' })
  id!: string;

  @Field(() => String, { description: 'The name of the region, in English.' })
  name!: string;

  @Field(() => [AddressFamilyEnum], {
    description:
      'The families for which the region has a relay. A device reaches the region over these alone.',
  })
  relayFamilies!: readonly AddressFamily[];

  @Field(() => [String], {
    description:
      'The DNS servers of the region. A device that has one of them entered gets this region for every service, whatever its network has.',
  })
  dnsServers!: readonly string[];

  @Field(() => [String], {
    description: 'The names of the region’s DNS servers for DNS over TLS and HTTPS, with the same effect.',
  })
  dnsNames!: readonly string[];
}

@ObjectType({
  description: 'Names of a streaming service, as A-labels in lower case.',
  simpleResolvers: true,
})
export class StreamingServiceNames {
  @Field(() => [String], { description: 'Each stands for the name itself and all names below it.' })
  domains!: readonly string[];

  @Field(() => [String], { description: 'Each stands for itself alone.' })
  hosts!: readonly string[];

  @Field(() => [String], {
    description: 'Each stands for names whose first label has other characters in place of `*`.',
  })
  patterns!: readonly string[];
}

@ObjectType({ description: 'A streaming service that MediaStreamer relays.', simpleResolvers: true })
export class StreamingService {
  @Field(() => ID, { description: 'The id of the service. It does not change.' })
  id!: string;

  @Field(() => String, { description: 'The name of the service.' })
  name!: string;

  @Field(() => ID, {
    nullable: true,
    description:
      'The id of its group. Services of one group share names, so a region for one of them is for all. It is null when the service is alone.',
  })
  groupId!: string | null;

  @Field(() => [ID], {
    description:
      'Ids of the regions in which the service is licensed, whether or not this installation has them. The list is empty when it is licensed in many, or when that is not known.',
  })
  licensedRegionIds!: readonly string[];

  @Field(() => StreamingServiceNames, { description: 'The names that are relayed.' })
  names!: StreamingServiceNames;

  @Field(() => StreamingServiceNames, {
    description: 'The names that only carry content, and do not ask where a viewer is.',
  })
  contentNames!: StreamingServiceNames;
}
