// GraphQL types of the VPN nodes that may report usage.
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { connectionOf, edgeOf } from '../connection.js';
import { Node } from '../node.js';
import { UserError } from '../user-error.js';
import { VpnLocation } from './usage.js';

@ObjectType({ description: 'A VPN server that may report usage.', implements: Node, simpleResolvers: true })
export class VpnNode {
  @Field(() => ID, { description: 'Names the node.' })
  id!: string;

  @Field(() => String, { description: 'What operators call it.' })
  name!: string;

  @Field(() => VpnLocation, { description: 'The only place that it may report for.' })
  location!: VpnLocation;
}

@ObjectType({ description: 'A VPN server, and its place among them.', simpleResolvers: true })
class VpnNodeEdge extends edgeOf(VpnNode) {}

@ObjectType({
  description: 'A page of the VPN servers that may report usage, by name.',
  simpleResolvers: true,
})
export class VpnNodeConnection extends connectionOf(VpnNodeEdge) {}

@InputType({ description: 'A VPN server that is to report usage.' })
export class AddVpnNodeInput {
  @Field(() => String, {
    description:
      'At most 40 small letters and single hyphens, and a number at the end if need be: `new-york-7`. No other node’s.',
  })
  name!: string;

  @Field(() => String, { description: 'The id of its VPN location, such as `us-new-york`.' })
  location!: string;
}

@ObjectType({ description: 'The node and its token, or why there is none.', simpleResolvers: true })
export class AddVpnNodePayload {
  @Field(() => VpnNode, { nullable: true, description: 'Null when the input was refused.' })
  node!: VpnNode | null;

  @Field(() => String, {
    nullable: true,
    description:
      'What the node shows with each report, as a bearer token. It is told only now, and stored nowhere.',
  })
  token!: string | null;

  @Field(() => [UserError], { description: 'Empty when the node was added.' })
  userErrors!: UserError[];
}

@InputType({ description: 'A node that gets another token.' })
export class RenewVpnNodeTokenInput {
  @Field(() => ID, { description: 'The node.' })
  id!: string;
}

@ObjectType({ description: 'Another token, or why there is none.', simpleResolvers: true })
export class RenewVpnNodeTokenPayload {
  @Field(() => String, { nullable: true, description: 'Null when the input was refused. Told only now.' })
  token!: string | null;

  @Field(() => [UserError], { description: 'Empty when the token before no longer works.' })
  userErrors!: UserError[];
}

@InputType({ description: 'A node that may report no more.' })
export class RevokeVpnNodeInput {
  @Field(() => ID, { description: 'The node.' })
  id!: string;
}

@ObjectType({ description: 'The node is known no more.', simpleResolvers: true })
export class RevokeVpnNodePayload {
  @Field(() => Boolean, { description: 'False when there was no such node.' })
  revoked!: boolean;

  @Field(() => [UserError], { description: 'Always empty.' })
  userErrors!: UserError[];
}
