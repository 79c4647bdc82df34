// GraphQL types of the VPN nodes that may report usage.
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { connectionOf, edgeOf } from '../connection.js';
import { Node } from '../node.js';
import { Payload, payloadOf } from '../payload.js';
import { VpnLocation } from './usage.js';

@ObjectType({ description: 'A VPN server that may report usage.', implements: Node, simpleResolvers: true })
export class VpnNode {
  @Field(() => ID, { description: 'The id of the node.' })
  id!: string;

  @Field(() => String, { description: 'The name that operators gave the node.' })
  name!: string;

  @Field(() => VpnLocation, { description: 'The location of the node. It can report for no other location.' })
  location!: VpnLocation;
}

@ObjectType({ description: 'A VPN node in a list.', simpleResolvers: true })
class VpnNodeEdge extends edgeOf(VpnNode) {}

@ObjectType({ description: 'A page of VPN nodes.', simpleResolvers: true })
export class VpnNodeConnection extends connectionOf(VpnNodeEdge) {}

@InputType({ description: 'The input of `addVpnNode`.' })
export class AddVpnNodeInput {
  @Field(() => String, {
    description:
      'The name: at most 40 lower-case letters and single hyphens. It can end in a number, as in `new-york-7`. No two nodes have the same name.',
  })
  name!: string;

  @Field(() => ID, { description: 'The id of the VPN location of the node, such as `us-new-york`.' })
  locationId!: string;
}

@ObjectType(payloadOf('addVpnNode'))
export class AddVpnNodePayload extends Payload {
  @Field(() => VpnNode, { nullable: true, description: 'The new node.' })
  vpnNode?: VpnNode | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The node token, which the node sends with each report as a bearer token. It is not stored, and is returned only here.',
  })
  token?: string | null;
}

@InputType({ description: 'The input of `rotateVpnNodeToken`.' })
export class RotateVpnNodeTokenInput {
  @Field(() => ID, { description: 'The id of the node.' })
  id!: string;
}

@ObjectType(payloadOf('rotateVpnNodeToken'))
export class RotateVpnNodeTokenPayload extends Payload {
  @Field(() => String, {
    nullable: true,
    description: 'The new node token. It is not stored, and is returned only here.',
  })
  token?: string | null;
}

@InputType({ description: 'The input of `revokeVpnNode`.' })
export class RevokeVpnNodeInput {
  @Field(() => ID, { description: 'The id of the node.' })
  id!: string;
}

@ObjectType(payloadOf('revokeVpnNode'))
export class RevokeVpnNodePayload extends Payload {}
