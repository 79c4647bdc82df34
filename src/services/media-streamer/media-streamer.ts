// A customer's own addresses: the one they call from is registered, and only their own are changed or removed.

import { plainProfile } from '../../allowlist/profile.js';
import type { AllowlistWriter, Entry, Owner } from '../../allowlist/writer.js';
import type { Catalogue } from '../../catalogue/catalogue.js';
import {
  addressError,
  isUserError,
  type ListingRules,
  labelError,
  lastDayError,
  regionError,
} from '../../input/listing.js';
import { done, type Outcome, refused } from '../../input/user-error.js';
import type { Day } from '../../lib/calendar.js';
import { type Address, type Prefix, parsePrefix, userPrefix } from '../../lib/ip.js';

/** The most addresses that an account may have at a time. */
export const ADDRESS_LIMIT = 5;

export interface AddressDetails {
  readonly label: string;
  /** A region id; null takes the catalogue's default. */
  readonly region: string | null;
  /** Null is open-ended. */
  readonly lastDay: Day | null;
}

/** What is absent stays as it is. */
export interface AddressPatch {
  readonly label?: string;
  readonly region?: string;
  readonly lastDay?: Day | null;
}

export class MediaStreamerService {
  constructor(
    private readonly writer: AllowlistWriter,
    private readonly rules: ListingRules,
  ) {}

  catalogue(): Catalogue {
    return this.rules.catalogue();
  }

  /** Sorted by address. */
  addresses(accountId: string): Promise<Entry[]> {
    return this.writer.entries(owner(accountId));
  }

  /**
   * The region that devices get where the account is; null unless it has registered that address. For an address that it
   * has left it gets none: that would show what the next holder of the address has chosen (decision 0051).
   */
  async currentRegion(source: Address | null, own: readonly Entry[]): Promise<string | null> {
    const prefix = source === null ? null : userPrefix(source);
    const entry = own.find((each) => each.prefix.text === prefix?.text);
    const profile = entry === undefined ? null : await this.writer.networks.profileAt(entry.prefix);
    return profile?.region ?? null;
  }

  /** Registers the address that the request comes from, or replaces what the account said of it before. */
  async registerCurrent(
    accountId: string,
    source: Address | null,
    details: AddressDetails,
  ): Promise<Outcome<Entry>> {
    if (source === null) return refused({ field: null, code: 'ADDRESS_UNKNOWN' });
    const prefix = userPrefix(source);
    const { lastDay } = details;
    const label = details.label.trim();
    const region = details.region ?? this.catalogue().defaultRegion;
    const userErrors = [
      addressError(this.rules, prefix, null),
      labelError(label, 'label'),
      regionError(this.rules, region, 'regionId'),
      lastDayError(lastDay, 'lastDay'),
    ].filter(isUserError);
    if (userErrors.length > 0) return refused(...userErrors);
    const entry = { prefix, profile: plainProfile(prefix, region), label, lastDay };
    const result = await this.writer.put(owner(accountId), entry, ADDRESS_LIMIT);
    return result === 'limit-reached' ? refused({ field: null, code: 'ADDRESS_LIMIT_REACHED' }) : done(entry);
  }

  async update(accountId: string, address: string, patch: AddressPatch): Promise<Outcome<Entry>> {
    const prefix = parseOwnAddress(address);
    const label = patch.label?.trim();
    const userErrors = [
      prefix === null ? ({ field: 'address', code: 'INVALID_ADDRESS' } as const) : null,
      label === undefined ? null : labelError(label, 'label'),
      patch.region === undefined ? null : regionError(this.rules, patch.region, 'regionId'),
      patch.lastDay === undefined ? null : lastDayError(patch.lastDay, 'lastDay'),
    ].filter(isUserError);
    if (prefix === null || userErrors.length > 0) return refused(...userErrors);
    const { region, lastDay } = patch;
    const change = {
      ...(label !== undefined && { label }),
      ...(lastDay !== undefined && { lastDay }),
      ...(region !== undefined && { profile: plainProfile(prefix, region) }),
    };
    const entry = await this.writer.update(owner(accountId), prefix, change);
    return entry === null ? refused({ field: 'address', code: 'ADDRESS_NOT_REGISTERED' }) : done(entry);
  }

  /** The outcome does not reveal whether other accounts have registered the same address. */
  async remove(accountId: string, address: string): Promise<Outcome<Prefix>> {
    const prefix = parseOwnAddress(address);
    if (prefix === null) return refused({ field: 'address', code: 'INVALID_ADDRESS' });
    const { removed } = await this.writer.remove(owner(accountId), prefix);
    return removed ? done(prefix) : refused({ field: 'address', code: 'ADDRESS_NOT_REGISTERED' });
  }
}

function owner(accountId: string): Owner {
  return `account:${accountId}`;
}

/** The prefix as it is shown, or any single address in it. */
function parseOwnAddress(text: string): Prefix | null {
  const prefix = parsePrefix(text.trim());
  if (typeof prefix === 'string') return null;
  return prefix.length === prefix.words.length * 32 ? userPrefix(prefix) : prefix;
}
