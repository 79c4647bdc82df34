// The mutations that change the viewer's networks.
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Network as NetworkRecord } from '../../allowlist/networks.js';
import type { Context } from '../../graphql/context.js';
import type { Outcome } from '../../input/user-error.js';
import {
  MoveNetworkInput,
  MoveNetworkPayload,
  RegisterNetworkInput,
  RegisterNetworkPayload,
  RemoveNetworkAddressInput,
  RemoveNetworkAddressPayload,
  RemoveNetworkInput,
  RemoveNetworkPayload,
  RevokeNetworkTokenInput,
  RevokeNetworkTokenPayload,
  RotateNetworkTokenInput,
  RotateNetworkTokenPayload,
  UpdateNetworkInput,
  UpdateNetworkPayload,
} from '../../schema/media-streamer/network-inputs.js';
import { networkView } from '../../services/media-streamer/views.js';
import { payload } from '../payload.js';
import { viewerId } from '../viewer-id.js';

const WHICH = { description: 'The network.' };

@Resolver()
export class NetworkResolver {
  @Mutation(() => RegisterNetworkPayload, {
    description:
      'Registers a network with the addresses that the proofs show, or without proofs with the address of this request.',
  })
  async registerNetwork(
    @Arg('input', () => RegisterNetworkInput, { description: 'The network and its proofs.' })
    { name, regionId, serviceRegions, lastDay, proofs }: RegisterNetworkInput,
    @Ctx() context: Context,
  ): Promise<RegisterNetworkPayload> {
    const { services, sourceAddress: source } = context;
    const details = { name, region: regionId ?? null, serviceRegions, lastDay: lastDay ?? null };
    const outcome = await services.networks.register(viewerId(context), details, { source, proofs });
    return withNetwork(outcome, context);
  }

  @Mutation(() => UpdateNetworkPayload, {
    description: 'Changes the name, the regions or the last day of a network of the viewer.',
  })
  async updateNetwork(
    @Arg('input', () => UpdateNetworkInput, { description: 'The network and its changes.' })
    { networkId, name, regionId, serviceRegions, lastDay }: UpdateNetworkInput,
    @Ctx() context: Context,
  ): Promise<UpdateNetworkPayload> {
    const patch = {
      ...(name != null && { name }),
      ...(regionId !== undefined && { region: regionId }),
      ...(serviceRegions != null && { serviceRegions }),
      ...(lastDay !== undefined && { lastDay }),
    };
    const outcome = await context.services.networks.update(viewerId(context), networkId, patch);
    return withNetwork(outcome, context);
  }

  @Mutation(() => MoveNetworkPayload, {
    description:
      'Replaces the addresses of a network of the viewer by those that the proofs show, or without proofs by the address of this request. The address of a family that is not shown stays.',
  })
  async moveNetwork(
    @Arg('input', () => MoveNetworkInput, { description: 'The network and its proofs.' })
    { networkId, proofs }: MoveNetworkInput,
    @Ctx() context: Context,
  ): Promise<MoveNetworkPayload> {
    const { services, sourceAddress: source } = context;
    const outcome = await services.networks.move(viewerId(context), networkId, { source, proofs });
    return withNetwork(outcome, context);
  }

  @Mutation(() => RemoveNetworkAddressPayload, {
    description:
      'Removes the address of one family from a network of the viewer. The network stays, also without any address.',
  })
  async removeNetworkAddress(
    @Arg('input', () => RemoveNetworkAddressInput, { description: 'The network and the family.' })
    { networkId, family }: RemoveNetworkAddressInput,
    @Ctx() context: Context,
  ): Promise<RemoveNetworkAddressPayload> {
    const outcome = await context.services.networks.removeAddress(viewerId(context), networkId, family);
    return withNetwork(outcome, context);
  }

  @Mutation(() => RemoveNetworkPayload, {
    description:
      'Removes a network of the viewer, with its addresses and its token. Nothing about it is kept.',
  })
  async removeNetwork(
    @Arg('input', () => RemoveNetworkInput, WHICH) { networkId }: RemoveNetworkInput,
    @Ctx() context: Context,
  ): Promise<RemoveNetworkPayload> {
    const outcome = await context.services.networks.remove(viewerId(context), networkId);
    return payload(outcome, (removedNetworkId) => ({ removedNetworkId }));
  }

  @Mutation(() => RotateNetworkTokenPayload, {
    description:
      'Returns a new update token, with which a router sets the addresses of this network. An earlier token stops working at once.',
  })
  async rotateNetworkToken(
    @Arg('input', () => RotateNetworkTokenInput, WHICH) { networkId }: RotateNetworkTokenInput,
    @Ctx() context: Context,
  ): Promise<RotateNetworkTokenPayload> {
    const { services } = context;
    const outcome = await services.networks.rotateToken(viewerId(context), networkId);
    return payload(outcome, ({ network, token, updateUrls }) => ({
      network: networkView(services.networks.catalogue(), network),
      token,
      updateUrls,
    }));
  }

  @Mutation(() => RevokeNetworkTokenPayload, {
    description: 'Revokes the update token of a network of the viewer. Its addresses stay.',
  })
  async revokeNetworkToken(
    @Arg('input', () => RevokeNetworkTokenInput, WHICH) { networkId }: RevokeNetworkTokenInput,
    @Ctx() context: Context,
  ): Promise<RevokeNetworkTokenPayload> {
    const outcome = await context.services.networks.revokeToken(viewerId(context), networkId);
    return withNetwork(outcome, context);
  }
}

function withNetwork(outcome: Outcome<NetworkRecord>, { services }: Context) {
  return payload(outcome, (network) => ({ network: networkView(services.networks.catalogue(), network) }));
}
