// VPN nodes, for admins; and what the nodes report.
import { Arg, Args, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import { forbidden } from '../../graphql/errors.js';
import { PageArgs } from '../../schema/connection.js';
import { RecordUsageInput, RecordUsagePayload } from '../../schema/usage/usage-reports.js';
import {
  AddVpnNodeInput,
  AddVpnNodePayload,
  RenewVpnNodeTokenInput,
  RenewVpnNodeTokenPayload,
  RevokeVpnNodeInput,
  RevokeVpnNodePayload,
  VpnNode,
  VpnNodeConnection,
} from '../../schema/usage/vpn-nodes.js';
import { userErrors } from '../../schema/user-error.js';
import { connection } from '../connection.js';

@Resolver()
export class VpnNodeResolver {
  @Query(() => VpnNodeConnection, {
    description: 'The VPN servers that may report usage, by name. For admins.',
  })
  reportingNodes(
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { services }: Context,
  ): Promise<VpnNodeConnection> {
    return connection(
      args,
      (request) => services.vpnNodes.page(request),
      (node) => ({ node }),
    );
  }

  @Query(() => [VpnNode], {
    description: 'All of `reportingNodes` at once. For admins.',
    deprecationReason: 'Use `reportingNodes`. Goes on 2027-06-01.',
  })
  vpnNodes(@Ctx() { services }: Context): Promise<VpnNode[]> {
    return services.vpnNodes.all();
  }

  @Mutation(() => AddVpnNodePayload, { description: 'Lets a VPN server report usage. For admins.' })
  async addVpnNode(
    @Arg('input', () => AddVpnNodeInput, { description: 'The node.' }) { name, location }: AddVpnNodeInput,
    @Ctx() { services }: Context,
  ): Promise<AddVpnNodePayload> {
    const outcome = await services.vpnNodes.add(name, location);
    return outcome.ok
      ? { ...outcome.value, userErrors: [] }
      : { node: null, token: null, userErrors: userErrors(outcome.userErrors) };
  }

  @Mutation(() => RenewVpnNodeTokenPayload, {
    description: 'Gives a node another token; the one before no longer works. For admins.',
  })
  async renewVpnNodeToken(
    @Arg('input', () => RenewVpnNodeTokenInput, { description: 'The node.' }) { id }: RenewVpnNodeTokenInput,
    @Ctx() { services }: Context,
  ): Promise<RenewVpnNodeTokenPayload> {
    const outcome = await services.vpnNodes.renewToken(id);
    return outcome.ok
      ? { token: outcome.value, userErrors: [] }
      : { token: null, userErrors: userErrors(outcome.userErrors) };
  }

  @Mutation(() => RevokeVpnNodePayload, {
    description:
      'Takes a node’s right to report, at once and for good. What it has reported stays. For admins.',
  })
  async revokeVpnNode(
    @Arg('input', () => RevokeVpnNodeInput, { description: 'The node.' }) { id }: RevokeVpnNodeInput,
    @Ctx() { services }: Context,
  ): Promise<RevokeVpnNodePayload> {
    return { revoked: await services.vpnNodes.revoke(id), userErrors: [] };
  }

  @Mutation(() => RecordUsagePayload, {
    description:
      'Reports the usage of a day that is over. For VPN nodes, at `/graphql/vpn-node` with `Authorization: Bearer` and the ' +
      'node’s token. Rows of accounts that are gone, or object to statistics, are left out without a word.',
  })
  async recordUsage(
    @Arg('input', () => RecordUsageInput, { description: 'The report.' }) input: RecordUsageInput,
    @Ctx() { services, node }: Context,
  ): Promise<RecordUsagePayload> {
    if (node === null) throw forbidden();
    const outcome = await services.usageReports.record(node, input);
    return outcome.ok
      ? { outcome: outcome.value, userErrors: [] }
      : { outcome: null, userErrors: userErrors(outcome.userErrors) };
  }
}
