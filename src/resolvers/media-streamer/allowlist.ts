// The whole allowlist, for admins.
import { Arg, Args, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import type { ListedEntry } from '../../allowlist/writer.js';
import type { Context } from '../../graphql/context.js';
import { badInput } from '../../graphql/errors.js';
import {
  AllowAddressesInput,
  AllowAddressesPayload,
  AllowAddressInput,
  AllowAddressPayload,
  AllowlistArgs,
  type AllowlistEntry,
  AllowlistEntryConnection,
  RemoveAllowedAddressesInput,
  RemoveAllowedAddressesPayload,
  RemoveAllowedAddressInput,
  RemoveAllowedAddressPayload,
} from '../../schema/media-streamer/allowlist.js';
import type { NewEntry } from '../../services/media-streamer/allowlist.js';
import { regionView } from '../../services/media-streamer/views.js';
import { connection } from '../connection.js';
import { payload } from '../payload.js';

@Resolver()
export class AllowlistResolver {
  @Query(() => AllowlistEntryConnection, { description: 'The allowlist by address. For admins.' })
  async allowlist(
    @Args(() => AllowlistArgs) { search, ...args }: AllowlistArgs,
    @Ctx() context: Context,
  ): Promise<AllowlistEntryConnection> {
    return connection(
      args,
      async (request) => {
        const page = await context.services.allowlist.page(request, search ?? null);
        if (page !== 'invalid-search') return page;
        throw badInput('search must be an IP address or a prefix in CIDR notation.', 'search');
      },
      (entry) => ({ node: allowlistEntry(entry, context) }),
    );
  }

  @Mutation(() => AllowAddressPayload, {
    description:
      'Allows an IP address or prefix. An entry that an admin has already allowed is updated. For admins.',
  })
  async allowAddress(
    @Arg('input', () => AllowAddressInput, { description: 'The entry.' }) input: AllowAddressInput,
    @Ctx() { services }: Context,
  ): Promise<AllowAddressPayload> {
    const outcome = await services.allowlist.allow(newEntry(input));
    return payload(outcome, ({ prefix }) => ({ prefix: prefix.text }));
  }

  @Mutation(() => AllowAddressesPayload, {
    description:
      'Allows several IP addresses or prefixes at once. If one is refused, none is allowed. For admins.',
  })
  async allowAddresses(
    @Arg('input', () => AllowAddressesInput, { description: 'The entries.' }) {
      entries,
    }: AllowAddressesInput,
    @Ctx() { services }: Context,
  ): Promise<AllowAddressesPayload> {
    const outcome = await services.allowlist.allowMany(entries.map(newEntry));
    return payload(outcome, ({ added, replaced }) => ({ addedCount: added, replacedCount: replaced }));
  }

  @Mutation(() => RemoveAllowedAddressPayload, {
    description:
      'Removes an IP address or prefix of the admins. Networks that have it keep it unless `includeNetworks` is true. For admins.',
  })
  async removeAllowedAddress(
    @Arg('input', () => RemoveAllowedAddressInput, { description: 'The entry.' })
    { prefix, includeNetworks }: RemoveAllowedAddressInput,
    @Ctx() { services }: Context,
  ): Promise<RemoveAllowedAddressPayload> {
    const outcome = await services.allowlist.remove(prefix, includeNetworks);
    return payload(outcome, ({ removed, stillAllowed }) => ({ removed, stillAllowed }));
  }

  @Mutation(() => RemoveAllowedAddressesPayload, {
    description:
      'Removes several entries of the admins, such as those of one import. Networks keep their addresses. For admins.',
  })
  async removeAllowedAddresses(
    @Arg('input', () => RemoveAllowedAddressesInput, { description: 'The entries.' })
    { prefixes, label }: RemoveAllowedAddressesInput,
    @Ctx() { services }: Context,
  ): Promise<RemoveAllowedAddressesPayload> {
    const { allowlist } = services;
    const outcome =
      label == null ? await allowlist.removeMany(prefixes!) : await allowlist.removeLabelled(label);
    return payload(outcome, (removedCount) => ({ removedCount }));
  }
}

function newEntry({ prefix, regionId, families, lastDay, label }: AllowAddressInput): NewEntry {
  return {
    prefix,
    region: regionId ?? null,
    families: families ?? null,
    lastDay: lastDay ?? null,
    label: label ?? '',
  };
}

function allowlistEntry(entry: ListedEntry, { services }: Context): AllowlistEntry {
  const { prefix, profile, owners, byAdmin, lastDay } = entry;
  const { region, families } = profile;
  return {
    prefix: prefix.text,
    region: region === null ? null : regionView(services.networks.catalogue(), region),
    families: ([4, 6] as const).filter((family) => families.includes(String(family))),
    owners,
    allowedByAdmin: byAdmin,
    lastDay,
    label: entry.label || null,
  };
}
