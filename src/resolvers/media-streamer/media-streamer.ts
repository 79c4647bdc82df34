// The viewer's MediaStreamer, and their registered addresses.
import { Arg, Ctx, FieldResolver, Int, Mutation, Resolver, Root } from 'type-graphql';
import type { Entry } from '../../allowlist/writer.js';
import type { Context } from '../../graphql/context.js';
import { userPrefix } from '../../lib/ip.js';
import { Viewer } from '../../schema/account/account.js';
import {
  MediaStreamer,
  Region,
  RegisterCurrentAddressInput,
  RegisterCurrentAddressPayload,
  RegisteredAddress,
  RemoveAddressInput,
  RemoveAddressPayload,
  StreamingService,
  UpdateAddressInput,
  UpdateAddressPayload,
} from '../../schema/media-streamer/media-streamer.js';
import { ADDRESS_LIMIT } from '../../services/media-streamer/media-streamer.js';
import { payload } from '../payload.js';
import { viewerId } from '../viewer-id.js';
import { regionOf } from './region.js';

@Resolver(() => MediaStreamer)
export class MediaStreamerResolver {
  @FieldResolver(() => String, {
    nullable: true,
    description:
      'The address that `registerCurrentAddress` would register: the IPv4 address of the request, or the 64-bit prefix of its ' +
      'IPv6 address. It is null when the address is not known.',
  })
  currentAddress(@Ctx() context: Context): string | null {
    return currentAddress(context);
  }

  @FieldResolver(() => Boolean, { description: 'Whether `currentAddress` is one of `addresses`.' })
  async currentAddressRegistered(
    @Root() { ownEntries }: MediaStreamer,
    @Ctx() context: Context,
  ): Promise<boolean> {
    const current = currentAddress(context);
    return (await ownEntries()).some(({ prefix }) => prefix.text === current);
  }

  @FieldResolver(() => Region, {
    nullable: true,
    description:
      'The region where devices at `currentAddress` appear to be. Customers who share an address, such as behind a carrier’s NAT, ' +
      'share the region that one of them chose last. It is null when `currentAddressRegistered` is false.',
  })
  async currentRegion(
    @Root() { ownEntries }: MediaStreamer,
    @Ctx() context: Context,
  ): Promise<Region | null> {
    const { services, sourceAddress } = context;
    const region = await services.mediaStreamer.currentRegion(sourceAddress, await ownEntries());
    return region === null ? null : regionOf(region, context);
  }

  @FieldResolver(() => [RegisteredAddress], {
    description: 'The registered addresses of the viewer, by address.',
  })
  async addresses(
    @Root() { ownEntries }: MediaStreamer,
    @Ctx() context: Context,
  ): Promise<RegisteredAddress[]> {
    return (await ownEntries()).map((entry) => registeredAddress(entry, context));
  }

  @FieldResolver(() => Int, { description: 'The number of addresses that an account can have at a time.' })
  addressLimit(): number {
    return ADDRESS_LIMIT;
  }

  @FieldResolver(() => [Region], { description: 'The regions that can be chosen.' })
  regions(@Ctx() { services }: Context): readonly Region[] {
    return services.mediaStreamer.catalogue().regions;
  }

  @FieldResolver(() => [StreamingService], { description: 'The streaming services that are relayed.' })
  services(@Ctx() { services }: Context): readonly StreamingService[] {
    return services.mediaStreamer.catalogue().services;
  }

  @FieldResolver(() => [String], { description: 'The DNS servers to enter on a device.' })
  dnsServers(@Ctx() { services }: Context): readonly string[] {
    return services.mediaStreamer.catalogue().dnsServers;
  }

  @Mutation(() => RegisterCurrentAddressPayload, {
    description:
      'Registers the address of this request. An address that the viewer has already registered is updated.',
  })
  async registerCurrentAddress(
    @Arg('input', () => RegisterCurrentAddressInput, {
      description: 'The details of the address.',
    })
    { label, regionId, lastDay }: RegisterCurrentAddressInput,
    @Ctx() context: Context,
  ): Promise<RegisterCurrentAddressPayload> {
    const { services, sourceAddress } = context;
    const details = { label, region: regionId ?? null, lastDay: lastDay ?? null };
    const outcome = await services.mediaStreamer.registerCurrent(viewerId(context), sourceAddress, details);
    return payload(outcome, (entry) => ({ registeredAddress: registeredAddress(entry, context) }));
  }

  @Mutation(() => UpdateAddressPayload, { description: 'Updates a registered address of the viewer.' })
  async updateAddress(
    @Arg('input', () => UpdateAddressInput, { description: 'The address and its changes.' })
    { address, label, regionId, lastDay }: UpdateAddressInput,
    @Ctx() context: Context,
  ): Promise<UpdateAddressPayload> {
    const patch = {
      ...(label != null && { label }),
      ...(regionId != null && { region: regionId }),
      ...(lastDay !== undefined && { lastDay }),
    };
    const outcome = await context.services.mediaStreamer.update(viewerId(context), address, patch);
    return payload(outcome, (entry) => ({ registeredAddress: registeredAddress(entry, context) }));
  }

  @Mutation(() => RemoveAddressPayload, {
    description: 'Removes a registered address of the viewer. Nothing about it is kept.',
  })
  async removeAddress(
    @Arg('input', () => RemoveAddressInput, { description: 'The address.' }) { address }: RemoveAddressInput,
    @Ctx() context: Context,
  ): Promise<RemoveAddressPayload> {
    const outcome = await context.services.mediaStreamer.remove(viewerId(context), address);
    return payload(outcome, ({ text: removedAddress }) => ({ removedAddress }));
  }
}

/** The object whose fields MediaStreamerResolver resolves. */
function mediaStreamerOf(context: Context): MediaStreamer {
  let entries: Promise<Entry[]> | undefined;
  return {
    ownEntries: () => {
      entries ??= context.services.mediaStreamer.addresses(viewerId(context));
      return entries;
    },
  };
}

function currentAddress({ sourceAddress }: Context): string | null {
  return sourceAddress === null ? null : userPrefix(sourceAddress).text;
}

export function registeredAddress(
  { prefix, label, profile, lastDay }: Entry,
  context: Context,
): RegisteredAddress {
  return { address: prefix.text, label, region: regionOf(profile.region, context), lastDay };
}

@Resolver(() => Viewer)
export class ViewerMediaStreamerResolver {
  @FieldResolver(() => MediaStreamer, {
    description: 'The viewer’s MediaStreamer: smart DNS for devices that cannot run a VPN.',
  })
  mediaStreamer(@Ctx() context: Context): MediaStreamer {
    return mediaStreamerOf(context);
  }
}
