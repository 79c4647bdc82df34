// The VPN nodes, for admins, and the usage reports of the nodes.
import { Arg, Args, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import { forbidden } from '../../graphql/errors.js';
import { done, refused } from '../../input/user-error.js';
import { PageArgs } from '../../schema/connection.js';
import { RecordUsageInput, RecordUsagePayload } from '../../schema/usage/usage-reports.js';
import {
  AddVpnNodeInput,
  AddVpnNodePayload,
  RevokeVpnNodeInput,
  RevokeVpnNodePayload,
  RotateVpnNodeTokenInput,
  RotateVpnNodeTokenPayload,
  VpnNodeConnection,
} from '../../schema/usage/vpn-nodes.js';
import { connection } from '../connection.js';
import { payload } from '../payload.js';

@Resolver()
export class VpnNodeResolver {
  @Query(() => VpnNodeConnection, {
    description: 'The VPN servers that may report usage, by name. For admins.',
  })
  vpnNodes(@Args(() => PageArgs) args: PageArgs, @Ctx() { services }: Context): Promise<VpnNodeConnection> {
    return connection(
      args,
      (request) => services.vpnNodes.page(request),
      (node) => ({ node }),
    );
  }

  @Mutation(() => AddVpnNodePayload, { description: 'Allows a VPN server to report usage. For admins.' })
  async addVpnNode(
    @Arg('input', () => AddVpnNodeInput, { description: 'The node.' })
    { name, locationId }: AddVpnNodeInput,
    @Ctx() { services }: Context,
  ): Promise<AddVpnNodePayload> {
    const outcome = await services.vpnNodes.add(name, locationId);
    return payload(outcome, ({ node: vpnNode, token }) => ({ vpnNode, token }));
  }

  @Mutation(() => RotateVpnNodeTokenPayload, {
    description: 'Replaces the token of a node. The old token stops working immediately. For admins.',
  })
  async rotateVpnNodeToken(
    @Arg('input', () => RotateVpnNodeTokenInput, { description: 'The node.' })
    { id }: RotateVpnNodeTokenInput,
    @Ctx() { services }: Context,
  ): Promise<RotateVpnNodeTokenPayload> {
    return payload(await services.vpnNodes.rotateToken(id), (token) => ({ token }));
  }

  @Mutation(() => RevokeVpnNodePayload, {
    description:
      'Ends a node’s permission to report, immediately and permanently. What it has reported is kept. For admins.',
  })
  async revokeVpnNode(
    @Arg('input', () => RevokeVpnNodeInput, { description: 'The node.' }) { id }: RevokeVpnNodeInput,
    @Ctx() { services }: Context,
  ): Promise<RevokeVpnNodePayload> {
    const revoked = await services.vpnNodes.revoke(id);
    return payload(revoked ? done(null) : refused({ field: 'id', code: 'UNKNOWN_NODE' }));
  }

  @Mutation(() => RecordUsagePayload, {
    description:
      'Reports the usage of a day that is over. For VPN nodes, at `/graphql/vpn-node` with the node token as ' +
      '`Authorization: Bearer`. Rows of accounts that were closed or that object to usage statistics are ignored.',
  })
  async recordUsage(
    @Arg('input', () => RecordUsageInput, { description: 'The report.' }) input: RecordUsageInput,
    @Ctx() { services, node }: Context,
  ): Promise<RecordUsagePayload> {
    if (node === null) throw forbidden();
    return payload(await services.usageReports.record(node, input), (outcome) => ({ outcome }));
  }
}
