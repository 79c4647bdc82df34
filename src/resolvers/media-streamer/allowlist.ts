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
  type AllowedAddress,
  AllowlistArgs,
  AllowlistConnection,
  RemoveAllowedAddressesInput,
  RemoveAllowedAddressesPayload,
  RemoveAllowedAddressInput,
  RemoveAllowedAddressPayload,
} from '../../schema/media-streamer/allowlist.js';
import { userErrors } from '../../schema/user-error.js';
import type { NewEntry } from '../../services/media-streamer/allowlist.js';
import { connection } from '../connection.js';
import { regionOf } from './region.js';

@Resolver()
export class AllowlistResolver {
  @Query(() => AllowlistConnection, { description: 'The allowlist, sorted by address. For admins.' })
  async allowlist(
    @Args(() => AllowlistArgs) { search, ...args }: AllowlistArgs,
    @Ctx() context: Context,
  ): Promise<AllowlistConnection> {
    return connection(
      args,
      async (request) => {
        const page = await context.services.allowlist.page(request, search ?? null);
        if (page !== 'invalid-search') return page;
        throw badInput('search must be an IP address or a prefix in CIDR notation.', 'search');
      },
      (entry) => ({ node: allowedAddress(entry, context) }),
    );
  }

  @Mutation(() => AllowAddressPayload, {
    description: 'Allows an address or prefix, or changes one that an admin allowed before. For admins.',
  })
  async allowAddress(
    @Arg('input', () => AllowAddressInput, { description: 'The entry.' }) input: AllowAddressInput,
    @Ctx() { services }: Context,
  ): Promise<AllowAddressPayload> {
    const outcome = await services.allowlist.allow(newEntry(input));
    return outcome.ok
      ? { prefix: outcome.value.prefix.text, userErrors: [] }
      : { prefix: null, userErrors: userErrors(outcome.userErrors) };
  }

  @Mutation(() => AllowAddressesPayload, {
    description: 'Allows many addresses or prefixes; if one of them is refused, none is allowed. For admins.',
  })
  async allowAddresses(
    @Arg('input', () => AllowAddressesInput, { description: 'The entries.' }) {
      entries,
    }: AllowAddressesInput,
    @Ctx() { services }: Context,
  ): Promise<AllowAddressesPayload> {
    const outcome = await services.allowlist.allowMany(entries.map(newEntry));
    return outcome.ok
      ? { ...outcome.value, userErrors: [] }
      : { added: 0, replaced: 0, userErrors: userErrors(outcome.userErrors) };
  }

  @Mutation(() => RemoveAllowedAddressPayload, {
    description: 'Takes an address or prefix off the list; accounts that registered it keep it. For admins.',
  })
  async removeAllowedAddress(
    @Arg('input', () => RemoveAllowedAddressInput, { description: 'The entry.' })
    { prefix, everyOwner }: RemoveAllowedAddressInput,
    @Ctx() { services }: Context,
  ): Promise<RemoveAllowedAddressPayload> {
    const outcome = await services.allowlist.remove(prefix, everyOwner);
    return outcome.ok
      ? { ...outcome.value, userErrors: [] }
      : { removed: false, stillAllowed: false, userErrors: userErrors(outcome.userErrors) };
  }

  @Mutation(() => RemoveAllowedAddressesPayload, {
    description:
      'Takes many entries off the list, such as those of one import; accounts keep theirs. For admins.',
  })
  async removeAllowedAddresses(
    @Arg('input', () => RemoveAllowedAddressesInput, { description: 'The entries.' })
    { prefixes, label }: RemoveAllowedAddressesInput,
    @Ctx() { services }: Context,
  ): Promise<RemoveAllowedAddressesPayload> {
    const outcome = await services.allowlist.removeMany({ prefixes: prefixes ?? null, label: label ?? null });
    return outcome.ok
      ? { removed: outcome.value, userErrors: [] }
      : { removed: 0, userErrors: userErrors(outcome.userErrors) };
  }
}

function newEntry({ prefix, region, lastDay, label }: AllowAddressInput): NewEntry {
  return { prefix, region: region ?? null, lastDay: lastDay ?? null, label: label ?? '' };
}

function allowedAddress(entry: ListedEntry, context: Context): AllowedAddress {
  const { prefix, region, owners, byAdmin, lastDay } = entry;
  const label = entry.label || null;
  return { prefix: prefix.text, region: regionOf(region, context), owners, byAdmin, lastDay, label };
}
