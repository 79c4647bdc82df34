// The viewer's MediaStreamer: their networks, where they call from, and what can be chosen.
import { Arg, Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import type { Network as NetworkRecord } from '../../allowlist/networks.js';
import type { Context } from '../../graphql/context.js';
import { badInput } from '../../graphql/errors.js';
import { messageOf } from '../../lib/error-codes.js';
import { Viewer } from '../../schema/account/account.js';
import { Region, StreamingService } from '../../schema/media-streamer/catalogue.js';
import { MediaStreamer } from '../../schema/media-streamer/media-streamer.js';
import { AddressProofUrls, CurrentAddress, Network } from '../../schema/media-streamer/networks.js';
import { NETWORK_LIMIT } from '../../services/media-streamer/networks.js';
import {
  currentAddressView,
  networkView,
  regionView,
  serviceView,
} from '../../services/media-streamer/views.js';
import { viewerId } from '../viewer-id.js';

@Resolver(() => MediaStreamer)
export class MediaStreamerResolver {
  @FieldResolver(() => [Network], { description: 'The networks of the viewer, by name.' })
  async networks(
    @Root() { ownNetworks }: MediaStreamer,
    @Ctx() { services }: Context,
  ): Promise<readonly Network[]> {
    const catalogue = services.networks.catalogue();
    return (await ownNetworks()).map((network) => networkView(catalogue, network));
  }

  @FieldResolver(() => Int, { description: 'The number of networks that an account can have at a time.' })
  networkLimit(): number {
    return NETWORK_LIMIT;
  }

  @FieldResolver(() => [CurrentAddress], {
    description:
      'The addresses from which the viewer calls: those that the proofs show, IPv4 first, or without proofs the address of this request. Reading does not use a proof up. The list is empty when the address is not known.',
  })
  async currentAddresses(
    @Root() { ownNetworks }: MediaStreamer,
    @Arg('proofs', () => [String], {
      defaultValue: [],
      description: 'Proofs of addresses, at most one of each family, from `addressProofUrls`.',
    })
    proofs: string[],
    @Ctx() context: Context,
  ): Promise<readonly CurrentAddress[]> {
    const { services, sourceAddress: source } = context;
    const outcome = await services.networks.currentAddresses({ source, proofs }, ownNetworks);
    if (!outcome.ok) throw badInput(messageOf(outcome.userErrors[0]!.code), 'proofs');
    const catalogue = services.networks.catalogue();
    return outcome.value.map((current) => currentAddressView(catalogue, current));
  }

  @FieldResolver(() => AddressProofUrls, { description: 'Where frontends fetch proofs of addresses.' })
  addressProofUrls(@Ctx() { services }: Context): AddressProofUrls {
    return services.networks.proofUrls();
  }

  @FieldResolver(() => [Region], { description: 'The regions that can be chosen.' })
  regions(@Ctx() { services }: Context): readonly Region[] {
    const catalogue = services.networks.catalogue();
    return catalogue.regions.map(({ id }) => regionView(catalogue, id));
  }

  @FieldResolver(() => [StreamingService], { description: 'The streaming services that are relayed.' })
  services(@Ctx() { services }: Context): readonly StreamingService[] {
    return services.networks.catalogue().services.map(serviceView);
  }

  @FieldResolver(() => [String], {
    description: 'The DNS servers to enter on a device. They give the regions that its network has.',
  })
  dnsServers(@Ctx() { services }: Context): readonly string[] {
    return services.networks.catalogue().dnsServers;
  }

  @FieldResolver(() => [String], {
    description:
      'The names of these servers for DNS over TLS and HTTPS. The list is empty when there are none.',
  })
  dnsNames(@Ctx() { services }: Context): readonly string[] {
    return services.networks.catalogue().dnsNames;
  }
}

@Resolver(() => Viewer)
export class ViewerMediaStreamerResolver {
  @FieldResolver(() => MediaStreamer, {
    description: 'The viewer’s MediaStreamer: smart DNS for devices that cannot run a VPN.',
  })
  mediaStreamer(@Ctx() context: Context): MediaStreamer {
    let networks: Promise<readonly NetworkRecord[]> | undefined;
    return {
      ownNetworks: () => {
        networks ??= context.services.networks.list(viewerId(context));
        return networks;
      },
    };
  }
}
