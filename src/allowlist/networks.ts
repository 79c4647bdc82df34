// The networks of accounts: a home, a flat, an office. A network replaces its own address: the old one goes as the new one comes.
import type { Day } from '../lib/calendar.js';
import type { Prefix } from '../lib/ip.js';
import { encodeKey, prefixOfKey } from './keys.js';
import {
  decodePreferences,
  encodePreferences,
  NO_PREFERENCES,
  type Preferences,
  type Profile,
  storedProfile,
} from './profile.js';
import type { RunScript } from './run-script.js';

export interface NetworkAddress {
  /** An IPv4 address, or an IPv6 /64. */
  readonly prefix: Prefix;
  /** The last day (UTC) on which it is allowed unless it is set again. Null: open-ended. */
  readonly lastDay: Day | null;
}

export interface Network {
  /** A UUID. */
  readonly id: string;
  readonly name: string;
  readonly ipv4: NetworkAddress | null;
  readonly ipv6: NetworkAddress | null;
  readonly preferences: Preferences;
  /** The last day (UTC) of the whole network. Null: open-ended. */
  readonly lastDay: Day | null;
  readonly hasToken: boolean;
}

export interface NewNetwork {
  readonly id: string;
  readonly name: string;
  /** At most one of each family. */
  readonly addresses: readonly Prefix[];
  readonly preferences: Preferences;
  readonly lastDay: Day | null;
}

/** What a token may move, and whether there is anything to move. */
export interface TokenUse {
  readonly accountId: string;
  readonly networkId: string;
  /** Whether the network has that address. */
  readonly isCurrent: boolean;
  /** The last day of that address. Null: it is open-ended, or the network has another one. */
  readonly lastDay: Day | null;
}

const NETWORKS_PER_SCRIPT = 200;

/**
 * Each change is one script and at most one revision. Names, tokens and preferences are the account's alone; dns-nodes see the
 * addresses with their profiles. Rejects like AllowlistWriter. Null: the account has no such network.
 */
export class Networks {
  constructor(private readonly run: RunScript) {}

  /** Sorted by name, then id. */
  async list(accountId: string): Promise<Network[]> {
    const fields = (await this.run('allowlistNetworks', owner(accountId))) as string[];
    const networks: Network[] = [];
    for (let i = 0; i < fields.length; i += 2) networks.push(decodeNetwork(fields[i]!, fields[i + 1]!));
    return networks.sort((a, b) => (a.name === b.name ? order(a.id, b.id) : order(a.name, b.name)));
  }

  /** A network with the same id is replaced and keeps its token: the call may be repeated. `limit`: networks of an account. */
  async register(
    accountId: string,
    network: NewNetwork,
    limit: number,
  ): Promise<'registered' | 'limit-reached'> {
    const { id, name, preferences, lastDay } = network;
    const [ipv4, ipv6] = byFamily(network.addresses);
    const line = await this.run(
      'allowlistRegisterNetwork',
      ...[owner(accountId), checkedId(id), limit, lastDay ?? '-', encodePreferences(preferences), name],
      ...[ipv4 ?? '-', ipv6 ?? '-'],
    );
    return line === null ? 'limit-reached' : 'registered';
  }

  /**
   * Changes what the patch names, each part of the preferences by itself. Only preferences make the network the one whose profile
   * devices at its addresses get.
   */
  update(
    accountId: string,
    id: string,
    {
      name,
      preferences: { region, serviceRegions } = {},
      lastDay,
    }: { name?: string; preferences?: Partial<Preferences>; lastDay?: Day | null },
  ): Promise<Network | null> {
    return this.change(
      'allowlistUpdateNetwork',
      accountId,
      id,
      lastDay === undefined ? '' : (lastDay ?? '-'),
      region === undefined ? '' : encodePreferences({ ...NO_PREFERENCES, region }),
      serviceRegions === undefined ? 'same' : encodePreferences({ region: null, serviceRegions }).slice(1),
      ...(name === undefined ? [0, ''] : [1, name]),
    );
  }

  /**
   * Gives the network these addresses, at most one of each family, in place of those that it had. A family without one keeps
   * what it has. `lastDay`: the last day of the addresses. A move that changes nothing writes nothing.
   */
  move(
    accountId: string,
    id: string,
    addresses: readonly Prefix[],
    lastDay: Day | null,
  ): Promise<Network | null> {
    const keys = byFamily(addresses).filter((key) => key !== null);
    return this.change('allowlistMoveNetwork', accountId, id, lastDay ?? '-', ...keys);
  }

  removeAddress(accountId: string, id: string, family: 4 | 6): Promise<Network | null> {
    return this.change('allowlistRemoveNetworkAddress', accountId, id, family === 4 ? 1 : 2);
  }

  /** True: there was one. */
  async remove(accountId: string, id: string): Promise<boolean> {
    return (await this.run('allowlistRemoveNetwork', owner(accountId), checkedId(id))) === 1;
  }

  /** Replaces the network's update token at once. Null: it has none any more. */
  setToken(accountId: string, id: string, digest: string | null): Promise<Network | null> {
    return this.change('allowlistSetToken', accountId, id, digest === null ? '-' : checkedDigest(digest));
  }

  /** Reads what the token may move, in one round trip and without a write. Null: no network has the token. */
  async findByToken(digest: string, prefix: Prefix): Promise<TokenUse | null> {
    const found = await this.run('allowlistFindByToken', checkedDigest(digest), encodeKey(prefix));
    if (found === null) return null;
    const [holder, isCurrent, lastDay] = found as [string, number, string];
    const [account, networkId] = holder.split('/', 2) as [string, string];
    const accountId = account.slice(owner('').length);
    return { accountId, networkId, isCurrent: isCurrent === 1, lastDay: decodeDay(lastDay) };
  }

  /** As `move`, for the network of the token. `unchanged`: it had the address already. Null: no network has the token. */
  async moveByToken(
    digest: string,
    prefix: Prefix,
    lastDay: Day | null,
  ): Promise<'moved' | 'unchanged' | null> {
    const moved = await this.run(
      'allowlistMoveByToken',
      checkedDigest(digest),
      lastDay ?? '-',
      encodeKey(prefix),
    );
    return moved === null ? null : moved === 1 ? 'moved' : 'unchanged';
  }

  /** The profile that devices at the prefix have; null: nobody holds it. */
  async profileAt(prefix: Prefix): Promise<Profile | null> {
    const text = (await this.run('allowlistProfile', encodeKey(prefix))) as string | null;
    return text === null ? null : storedProfile(text);
  }

  /** Removes all networks of the account with their tokens. Returns how many there were. */
  async removeAccount(accountId: string): Promise<number> {
    let total = 0;
    for (;;) {
      const removed = await this.run('allowlistRemoveNetworks', owner(accountId), NETWORKS_PER_SCRIPT);
      total += removed as number;
      if ((removed as number) < NETWORKS_PER_SCRIPT) return total;
    }
  }

  private async change(
    script: Parameters<RunScript>[0],
    accountId: string,
    id: string,
    ...rest: readonly (string | number)[]
  ): Promise<Network | null> {
    const line = (await this.run(script, owner(accountId), checkedId(id), ...rest)) as string | null;
    return line === null ? null : decodeNetwork(id, line);
  }
}

function owner(accountId: string): string {
  return `account:${accountId}`;
}

/** The keys of an IPv4 address and of an IPv6 /64. Throws RangeError on other prefixes and on two of a family. */
function byFamily(addresses: readonly Prefix[]): [string | null, string | null] {
  const keys: [string | null, string | null] = [null, null];
  for (const address of addresses) {
    const place = address.family === 4 ? 0 : 1;
    if (address.length !== (address.family === 4 ? 32 : 64))
      throw new RangeError('not the address of a network');
    if (keys[place] !== null) throw new RangeError('a network has one address of each family');
    keys[place] = encodeKey(address);
  }
  return keys;
}

function decodeNetwork(id: string, line: string): Network {
  const match = /^(\S+) (\S+) (\S+) (\S+) (\S+) (\S+) (\S+) (.*)$/s.exec(line);
  if (match === null) throw new Error('the store has a malformed network');
  const [, lastDay, ipv4, last4, ipv6, last6, digest, text, name] = match as unknown as string[];
  const preferences = decodePreferences(text!);
  if (preferences === null) throw new Error('the store has malformed preferences');
  return {
    id,
    name: name!,
    ipv4: decodeAddress(ipv4!, last4!),
    ipv6: decodeAddress(ipv6!, last6!),
    preferences,
    lastDay: decodeDay(lastDay!),
    hasToken: digest !== '-',
  };
}

function decodeAddress(key: string, lastDay: string): NetworkAddress | null {
  return key === '-' ? null : { prefix: prefixOfKey(key), lastDay: decodeDay(lastDay) };
}

function decodeDay(text: string): Day | null {
  return text === '-' ? null : (text as Day);
}

/** Throws RangeError on an id that the store's lines could not hold. */
function checkedId(id: string): string {
  if (!/^[A-Za-z0-9-]+$/.test(id)) throw new RangeError('a network id is a UUID');
  return id;
}

/** `-` alone stands for no token. */
function checkedDigest(digest: string): string {
  if (!/^[A-Za-z0-9_-]{16,}$/.test(digest)) throw new RangeError('not the digest of a token');
  return digest;
}

function order(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
