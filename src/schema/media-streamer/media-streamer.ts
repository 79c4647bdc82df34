// The GraphQL type of MediaStreamer: what a customer sees of it.
import { ObjectType } from 'type-graphql';
import type { Network } from '../../allowlist/networks.js';

/** Its fields have resolvers. */
@ObjectType({ description: 'The viewer’s MediaStreamer: smart DNS for devices that cannot run a VPN.' })
export class MediaStreamer {
  /** No field of the schema. It reads the viewer's networks when a field first needs them, and only once. */
  ownNetworks!: () => Promise<readonly Network[]>;
}
