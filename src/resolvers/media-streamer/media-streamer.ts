// MediaStreamer as the viewer has it, and the viewer's own addresses.
import { Arg, Ctx, FieldResolver, Int, Mutation, Resolver, Root } from 'type-graphql';
import type { Entry } from '../../allowlist/writer.js';
import type { Context } from '../../graphql/context.js';
import type { Outcome } from '../../input/user-error.js';
import { userPrefix } from '../../lib/ip.js';
import { Viewer } from '../../schema/account/account.js';
import {
  AddressPayload,
  MediaStreamer,
  Region,
  RegisterCurrentAddressInput,
  RegisteredAddress,
  RemoveAddressInput,
  RemoveAddressPayload,
  StreamingService,
  UpdateAddressInput,
} from '../../schema/media-streamer/media-streamer.js';
import { userErrors } from '../../schema/user-error.js';
import { ADDRESS_LIMIT } from '../../services/media-streamer/media-streamer.js';
import { viewerId } from '../viewer-id.js';
import { regionOf } from './region.js';

@Resolver(() => MediaStreamer)
export class MediaStreamerResolver {
  @FieldResolver(() => String, {
    nullable: true,
    description:
      'What would be registered for this request: its IPv4 address, or the prefix of 64 bits of its IPv6 address. ' +
      'Null when it cannot be told.',
  })
  currentAddress(@Ctx() context: Context): string | null {
    return currentAddress(context);
  }

  @FieldResolver(() => Boolean, { description: 'Whether `currentAddress` is among `addresses`.' })
  async isRegistered(@Root() { ownEntries }: MediaStreamer, @Ctx() context: Context): Promise<boolean> {
    const current = currentAddress(context);
    return (await ownEntries()).some(({ prefix }) => prefix.text === current);
  }

  @FieldResolver(() => Region, {
    nullable: true,
    description:
      'Where devices at `currentAddress` appear to be: of customers who share an address, such as behind a carrier’s NAT, ' +
      'what one of them has chosen last counts for all. Null when `isRegistered` is false.',
  })
  async currentRegion(
    @Root() { ownEntries }: MediaStreamer,
    @Ctx() context: Context,
  ): Promise<Region | null> {
    const { services, sourceAddress } = context;
    const region = await services.mediaStreamer.currentRegion(sourceAddress, await ownEntries());
    return region === null ? null : regionOf(region, context);
  }

  @FieldResolver(() => [RegisteredAddress], { description: 'The viewer’s own, sorted by address.' })
  async addresses(
    @Root() { ownEntries }: MediaStreamer,
    @Ctx() context: Context,
  ): Promise<RegisteredAddress[]> {
    return (await ownEntries()).map((entry) => registeredAddress(entry, context));
  }

  @FieldResolver(() => Int, { description: 'The most addresses that an account may have at a time.' })
  addressLimit(): number {
    return ADDRESS_LIMIT;
  }

  @FieldResolver(() => [Region], { description: 'The regions to choose from.' })
  regions(@Ctx() { services }: Context): readonly Region[] {
    return services.mediaStreamer.catalogue().regions;
  }

  @FieldResolver(() => [StreamingService], { description: 'The streaming services that are relayed.' })
  services(@Ctx() { services }: Context): readonly StreamingService[] {
    return services.mediaStreamer.catalogue().services;
  }

  @FieldResolver(() => [String], { description: 'What to enter as DNS server on a device.' })
  dnsServers(@Ctx() { services }: Context): readonly string[] {
    return services.mediaStreamer.catalogue().dnsServers;
  }

  @Mutation(() => AddressPayload, {
    description:
      'Registers the address that this request comes from. One that the viewer has registered before is changed.',
  })
  async registerCurrentAddress(
    @Arg('input', () => RegisterCurrentAddressInput, { description: 'What to say of the address.' })
    { label, region, lastDay }: RegisterCurrentAddressInput,
    @Ctx() context: Context,
  ): Promise<AddressPayload> {
    const { services, sourceAddress } = context;
    const details = { label, region: region ?? null, lastDay: lastDay ?? null };
    const outcome = await services.mediaStreamer.registerCurrent(viewerId(context), sourceAddress, details);
    return addressPayload(outcome, context);
  }

  @Mutation(() => AddressPayload, { description: 'Changes an address of the viewer’s own.' })
  async updateAddress(
    @Arg('input', () => UpdateAddressInput, { description: 'The address and its changes.' })
    { address, label, region, lastDay }: UpdateAddressInput,
    @Ctx() context: Context,
  ): Promise<AddressPayload> {
    const patch = {
      ...(label != null && { label }),
      ...(region != null && { region }),
      ...(lastDay !== undefined && { lastDay }),
    };
    const outcome = await context.services.mediaStreamer.update(viewerId(context), address, patch);
    return addressPayload(outcome, context);
  }

  @Mutation(() => RemoveAddressPayload, {
    description: 'Removes an address of the viewer’s own; nothing is kept of it.',
  })
  async removeAddress(
    @Arg('input', () => RemoveAddressInput, { description: 'The address.' }) { address }: RemoveAddressInput,
    @Ctx() context: Context,
  ): Promise<RemoveAddressPayload> {
    const outcome = await context.services.mediaStreamer.remove(viewerId(context), address);
    return outcome.ok
      ? { removedAddress: outcome.value.text, userErrors: [] }
      : { removedAddress: null, userErrors: userErrors(outcome.userErrors) };
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
  { prefix, label, region, lastDay }: Entry,
  context: Context,
): RegisteredAddress {
  return { address: prefix.text, label, region: regionOf(region, context), lastDay };
}

function addressPayload(outcome: Outcome<Entry>, context: Context): AddressPayload {
  return outcome.ok
    ? { address: registeredAddress(outcome.value, context), userErrors: [] }
    : { address: null, userErrors: userErrors(outcome.userErrors) };
}

@Resolver(() => Viewer)
export class ViewerMediaStreamerResolver {
  @FieldResolver(() => MediaStreamer, { description: 'Smart DNS for the viewer’s devices.' })
  mediaStreamer(@Ctx() context: Context): MediaStreamer {
    return mediaStreamerOf(context);
  }
}
