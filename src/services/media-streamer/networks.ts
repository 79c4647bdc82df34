// A customer's own networks: homes, flats, offices, whose devices MediaStreamer answers. No address is registered that has not
// called us itself.
import { randomUUID } from 'node:crypto';
import type { Network, Networks } from '../../allowlist/networks.js';
import type { Preferences } from '../../allowlist/profile.js';
import type { Catalogue } from '../../catalogue/catalogue.js';
import type { UpdateHosts } from '../../config/gateway.js';
import {
  addressError,
  isUserError,
  type ListingRules,
  lastDayError,
  regionError,
} from '../../input/listing.js';
import { requiredTextError, written } from '../../input/text.js';
import { done, type Outcome, refused, type UserError } from '../../input/user-error.js';
import type { Clock, Day } from '../../lib/calendar.js';
import { type Address, type Prefix, userPrefix } from '../../lib/ip.js';
import { isUuid } from '../../lib/uuid.js';
import { ADDRESS_PROOF_PATH, type AddressProof, type AddressProofs } from './address-proofs.js';
import { HourlyLimit } from './hourly-limit.js';
import { type Family, readServiceRegions, type ServiceRegionChoice } from './regions.js';
import { newUpdateToken, updateTokenDigest } from './update-tokens.js';
import { type UpdateUrl, updateUrls } from './update-urls.js';

/** The most networks that an account may have. */
export const NETWORK_LIMIT = 5;
const MOST_NAME_CHARACTERS = 64;
/** Each is work of the one store that all gateways have. A person who chooses a region for every service stays far below. */
const CHANGES_AN_HOUR = 600;

export interface NetworkDetails {
  readonly name: string;
  /** A region id; null: automatic. */
  readonly region: string | null;
  readonly serviceRegions: readonly ServiceRegionChoice[];
  /** Null is open-ended. */
  readonly lastDay: Day | null;
}

/** Where a request comes from, and the proofs that it brings; without any, its own address counts. */
export interface Origin {
  readonly source: Address | null;
  readonly proofs: readonly string[];
}

/** An address from which the person calls now. */
export interface CurrentAddress {
  readonly prefix: Prefix;
  /** Those of the person that have it. */
  readonly networks: readonly Network[];
  /** What devices there get; null unless one of `networks` has the address. */
  readonly inEffect: Preferences | null;
}

export interface RotatedToken {
  readonly network: Network;
  readonly token: string;
  readonly updateUrls: readonly UpdateUrl[];
}

/** The addresses that a request shows, at most one of each family, and the proofs that registering them uses up. */
interface Shown {
  readonly prefixes: readonly Prefix[];
  readonly proofs: readonly AddressProof[];
}

interface Checked {
  readonly name?: string;
  readonly serviceRegions?: ReadonlyMap<string, string> | undefined;
}

export class NetworkService {
  /** Of all changes that do not take something away, which is never refused. */
  private readonly changes: HourlyLimit;

  constructor(
    private readonly parts: {
      readonly networks: Networks;
      readonly proofs: AddressProofs;
      readonly rules: ListingRules;
      /** URLs of the gateway that are reached over one family alone; null: there is none. */
      readonly familyUrls: { readonly ipv4: string | null; readonly ipv6: string | null };
      readonly updateHosts: UpdateHosts;
      readonly clock: Clock;
    },
  ) {
    this.changes = new HourlyLimit(CHANGES_AN_HOUR, parts.clock);
  }

  catalogue(): Catalogue {
    return this.parts.rules.catalogue();
  }

  /** Where frontends fetch proofs. */
  proofUrls(): { readonly ipv4: string | null; readonly ipv6: string | null } {
    const { ipv4, ipv6 } = this.parts.familyUrls;
    const at = (url: string | null) => (url === null ? null : `${url}${ADDRESS_PROOF_PATH}`);
    return { ipv4: at(ipv4), ipv6: at(ipv6) };
  }

  /** Sorted by name. */
  list(accountId: string): Promise<Network[]> {
    return this.parts.networks.list(accountId);
  }

  async find(accountId: string, id: string): Promise<Network | null> {
    const networks = await this.parts.networks.list(accountId);
    return networks.find((network) => network.id === id.toLowerCase()) ?? null;
  }

  /**
   * Does not use the proofs up. `own`: the person's networks. What is in effect is shown for the person's own networks alone: for any other address it would be
   * what somebody else has chosen (decision 0051).
   */
  async currentAddresses(
    origin: Origin,
    own: () => Promise<readonly Network[]>,
  ): Promise<Outcome<readonly CurrentAddress[]>> {
    const shown = this.shown(origin);
    if (!shown.ok) return shown;
    const networks = await own();
    const current = shown.value.prefixes.map(async (prefix): Promise<CurrentAddress> => {
      const here = networks.filter((network) => holds(network, prefix));
      const profile = here.length === 0 ? null : await this.parts.networks.profileAt(prefix);
      return { prefix, networks: here, inEffect: profile };
    });
    return done(await Promise.all(current));
  }

  async register(accountId: string, details: NetworkDetails, origin: Origin): Promise<Outcome<Network>> {
    if (!this.changes.allows(accountId)) return tooMany();
    const checked = this.check(details);
    const shown = this.registrable(origin);
    const userErrors = [...errorsOf(checked), ...errorsOf(shown)];
    if (!checked.ok || !shown.ok) return refused(...userErrors);
    const { name = '', serviceRegions = new Map() } = checked.value;
    const { prefixes: addresses } = shown.value;
    const preferences = { region: details.region, serviceRegions };
    const network = { id: randomUUID(), name, preferences, lastDay: details.lastDay };
    return this.using(shown.value, origin, async () => {
      const result = await this.parts.networks.register(accountId, { ...network, addresses }, NETWORK_LIMIT);
      if (result === 'limit-reached') return refused({ field: null, code: 'NETWORK_LIMIT_REACHED' });
      return done({ ...network, ...byFamily(addresses), hasToken: false });
    });
  }

  /** What is absent stays as it is. A region of null is automatic. */
  async update(accountId: string, id: string, patch: Partial<NetworkDetails>): Promise<Outcome<Network>> {
    if (!this.changes.allows(accountId)) return tooMany();
    const checked = this.check(patch);
    if (!checked.ok) return checked;
    if (!isUuid(id)) return unknown();
    const { name, serviceRegions } = checked.value;
    const { region, lastDay } = patch;
    const preferences = {
      ...(region !== undefined && { region }),
      ...(serviceRegions !== undefined && { serviceRegions }),
    };
    const change = {
      ...(name !== undefined && { name }),
      ...(lastDay !== undefined && { lastDay }),
      preferences,
    };
    return found(await this.parts.networks.update(accountId, id.toLowerCase(), change));
  }

  /** Replaces the addresses of the families that are shown; the other family stays. */
  async move(accountId: string, id: string, origin: Origin): Promise<Outcome<Network>> {
    if (!this.changes.allows(accountId)) return tooMany();
    const shown = this.registrable(origin);
    if (!shown.ok) return shown;
    if (!isUuid(id)) return unknown();
    return this.using(shown.value, origin, async () => {
      const { prefixes } = shown.value;
      return found(await this.parts.networks.move(accountId, id.toLowerCase(), prefixes, null));
    });
  }

  /** A family without an address is no error: the network is as it was wanted. */
  async removeAddress(accountId: string, id: string, family: Family): Promise<Outcome<Network>> {
    if (!isUuid(id)) return unknown();
    return found(await this.parts.networks.removeAddress(accountId, id.toLowerCase(), family));
  }

  /** Nothing about the network is kept. */
  async remove(accountId: string, id: string): Promise<Outcome<string>> {
    const removed = isUuid(id) && (await this.parts.networks.remove(accountId, id.toLowerCase()));
    return removed ? done(id.toLowerCase()) : unknown();
  }

  /** The earlier token stops working at once. */
  async rotateToken(accountId: string, id: string): Promise<Outcome<RotatedToken>> {
    if (!this.changes.allows(accountId)) return tooMany();
    const token = newUpdateToken();
    const outcome = await this.setToken(accountId, id, updateTokenDigest(token));
    if (!outcome.ok) return outcome;
    return done({
      network: outcome.value,
      token,
      updateUrls: updateUrls(this.parts.updateHosts, token),
    });
  }

  revokeToken(accountId: string, id: string): Promise<Outcome<Network>> {
    return this.setToken(accountId, id, null);
  }

  private async setToken(accountId: string, id: string, digest: string | null): Promise<Outcome<Network>> {
    if (!isUuid(id)) return unknown();
    return found(await this.parts.networks.setToken(accountId, id.toLowerCase(), digest));
  }

  private check({ name, region, serviceRegions, lastDay }: Partial<NetworkDetails>): Outcome<Checked> {
    const { rules } = this.parts;
    const chosen: Outcome<Checked['serviceRegions']> =
      serviceRegions === undefined
        ? done(undefined)
        : readServiceRegions(rules.catalogue(), serviceRegions, 'serviceRegions');
    const userErrors = [
      name === undefined ? null : requiredTextError(written(name), 'name', MOST_NAME_CHARACTERS),
      region == null ? null : regionError(rules, region, 'regionId'),
      ...errorsOf(chosen),
      lastDay === undefined ? null : lastDayError(lastDay, 'lastDay'),
    ].filter(isUserError);
    if (!chosen.ok || userErrors.length > 0) return refused(...userErrors);
    return done({
      ...(name !== undefined && { name: name.trim() }),
      ...(chosen.value !== undefined && { serviceRegions: chosen.value }),
    });
  }

  /** The addresses that the request shows: those of its proofs, or else its own. */
  private shown({ source, proofs }: Origin): Outcome<Shown> {
    const read = this.parts.proofs.read(proofs, 'proofs');
    if (!read.ok) return read;
    if (proofs.length > 0)
      return done({ prefixes: read.value.map(({ prefix }) => prefix), proofs: read.value });
    return done({ prefixes: source === null ? [] : [userPrefix(source)], proofs: [] });
  }

  private registrable(origin: Origin): Outcome<Shown> {
    const shown = this.shown(origin);
    if (!shown.ok) return shown;
    const { prefixes, proofs } = shown.value;
    if (prefixes.length === 0) return refused({ field: null, code: 'ADDRESS_UNKNOWN' });
    const errors = prefixes.map((prefix, index) => {
      const proof = proofs[index];
      const field = proof === undefined ? null : `proofs.${origin.proofs.indexOf(proof.proof)}`;
      return addressError(this.parts.rules, prefix, field);
    });
    const userErrors = errors.filter(isUserError);
    return userErrors.length > 0 ? refused(...userErrors) : shown;
  }

  private using<T>(
    { proofs }: Shown,
    { proofs: given }: Origin,
    work: () => Promise<Outcome<T>>,
  ): Promise<Outcome<T>> {
    return this.parts.proofs.use(proofs, { given, field: 'proofs' }, work);
  }
}

function holds({ ipv4, ipv6 }: Network, { text }: Prefix): boolean {
  return ipv4?.prefix.text === text || ipv6?.prefix.text === text;
}

function byFamily(prefixes: readonly Prefix[]): Pick<Network, 'ipv4' | 'ipv6'> {
  const of = (family: Family) => {
    const prefix = prefixes.find((each) => each.family === family);
    return prefix === undefined ? null : { prefix, lastDay: null };
  };
  return { ipv4: of(4), ipv6: of(6) };
}

function found(network: Network | null): Outcome<Network> {
  return network === null ? unknown() : done(network);
}

function tooMany() {
  return refused({ field: null, code: 'TOO_MANY_ATTEMPTS' });
}

function unknown() {
  return refused({ field: 'networkId', code: 'UNKNOWN_NETWORK' });
}

function errorsOf(outcome: Outcome<unknown>): readonly UserError[] {
  return outcome.ok ? [] : outcome.userErrors;
}
