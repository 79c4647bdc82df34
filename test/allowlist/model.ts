// The model of the allowlist: what the documentation of the writer promises, as simply as it can be said.
import type { Network } from '../../src/allowlist/networks.js';
import { encodeProfile, type Families, type Preferences, type Profile } from '../../src/allowlist/profile.js';
import type { Entry } from '../../src/allowlist/writer.js';
import type { Day } from '../../src/lib/calendar.js';
import { prefix } from './support.js';

export const ACCOUNTS = ['a', 'b'];
export const IDS = ['one', 'two', 'three'];
export const DIGESTS = ['first-digest-of-a-token', 'second-digest-of-a-token'];
/** What a network can have. */
export const HOMES = ['192.0.2.1', '198.51.100.7', '2001:db8:1:2::/64', '2001:db8:1:3::/64'];
export const PREFIXES = [...HOMES, '192.0.2.0/24', '2001:db8::/32'];
export const LIMIT = 2;

/** Texts of at most one address of each family. */
type Addresses = readonly string[];

export type Step =
  | { do: 'put'; entry: Entry }
  | { do: 'putMany'; entries: Entry[] }
  | { do: 'update'; on: string; patch: { profile?: Profile; label?: string; lastDay?: Day | null } }
  | { do: 'remove'; on: string }
  | { do: 'removeEverywhere'; on: string }
  | { do: 'removeOwn' }
  | { do: 'clear' }
  | { do: 'expire'; day: Day }
  | {
      do: 'register';
      account: string;
      id: string;
      addresses: Addresses;
      name: string;
      preferences: Preferences;
      lastDay: Day | null;
    }
  | {
      do: 'updateNetwork';
      account: string;
      id: string;
      patch: { name?: string; preferences?: Preferences; lastDay?: Day | null };
    }
  | { do: 'move'; account: string; id: string; addresses: Addresses; lastDay: Day | null }
  | { do: 'moveByToken'; digest: string; on: string; lastDay: Day | null }
  | { do: 'findByToken'; digest: string; on: string }
  | { do: 'setToken'; account: string; id: string; digest: string | null }
  | { do: 'removeAddress'; account: string; id: string; family: 4 | 6 }
  | { do: 'removeNetwork'; account: string; id: string }
  | { do: 'removeAccount'; account: string };

type Place = 'ipv4' | 'ipv6';
const PLACES: readonly Place[] = ['ipv4', 'ipv6'];

export interface ModelNetwork {
  readonly account: string;
  readonly id: string;
  name: string;
  preferences: Preferences;
  lastDay: Day | null;
  digest: string | null;
  ipv4: { text: string; lastDay: Day | null } | null;
  ipv6: { text: string; lastDay: Day | null } | null;
}

export class Model {
  /** The admins' entries, by prefix. */
  readonly entries = new Map<string, Entry>();
  /** By holder. */
  readonly networks = new Map<string, ModelNetwork>();
  /** Who chose the profile of a prefix, the latest at the end. */
  readonly order = new Map<string, string[]>(PREFIXES.map((text) => [text, []]));
  readonly changes: [revision: number, touched: string[]][] = [];
  private published: Record<string, string> = {};

  /** What the method returns. */
  apply(step: Step): unknown {
    const outcome = this.do(step);
    this.publish();
    return outcome;
  }

  profile(text: string): string | undefined {
    const latest = this.order.get(text)!.at(-1);
    if (latest === undefined) return undefined;
    const network = this.networks.get(latest);
    if (network === undefined) return encodeProfile(this.entries.get(text)!.profile);
    const families = `${network.ipv4 ? '4' : ''}${network.ipv6 ? '6' : ''}` as Families;
    return encodeProfile({ families, ...network.preferences });
  }

  profiles(): Record<string, string> {
    const held = PREFIXES.filter((text) => this.profile(text) !== undefined);
    return Object.fromEntries(held.map((text) => [text, this.profile(text)!]));
  }

  shown(network: ModelNetwork): Network {
    const address = (place: Place) => {
      const at = network[place];
      return at && { prefix: prefix(at.text), lastDay: at.lastDay };
    };
    const { id, name, preferences, lastDay, digest } = network;
    const [ipv4, ipv6] = [address('ipv4'), address('ipv6')];
    return { id, name, ipv4, ipv6, preferences, lastDay, hasToken: digest !== null };
  }

  private do(step: Step): unknown {
    switch (step.do) {
      case 'put':
        return this.put(step.entry) ? 'added' : 'replaced';
      case 'putMany': {
        const added = step.entries.filter((each) => this.put(each)).length;
        return { added, replaced: step.entries.length - added };
      }
      case 'update':
        return this.update(step.on, step.patch);
      case 'remove': {
        const removed = this.entries.has(step.on);
        this.leave('admin', step.on);
        return { removed, stillAllowed: this.order.get(step.on)!.length > 0 };
      }
      case 'removeEverywhere':
        return this.removeEverywhere(step.on);
      case 'removeOwn': {
        const texts = [...this.entries.keys()];
        for (const text of texts) this.leave('admin', text);
        return texts.length;
      }
      case 'clear': {
        const held = Object.keys(this.profiles());
        for (const text of held) this.removeEverywhere(text);
        return held.length;
      }
      case 'expire':
        return this.expire(step.day);
      case 'moveByToken':
        return this.moveByToken(step);
      case 'findByToken': {
        const network = this.ofToken(step.digest);
        if (network === undefined) return null;
        const at = PLACES.map((place) => network[place]).find((each) => each?.text === step.on);
        const isCurrent = at !== undefined;
        return { accountId: network.account, networkId: network.id, isCurrent, lastDay: at?.lastDay ?? null };
      }
      case 'removeAccount': {
        const own = [...this.networks.values()].filter(({ account }) => account === step.account);
        for (const each of own) this.removeNetwork(each);
        return own.length;
      }
      case 'register':
        return this.register(step);
      default:
        return this.changeNetwork(step);
    }
  }

  private changeNetwork(
    step: Extract<Step, { do: 'updateNetwork' | 'move' | 'setToken' | 'removeAddress' | 'removeNetwork' }>,
  ): unknown {
    const network = this.networks.get(holderOf(step));
    if (step.do === 'removeNetwork') {
      if (network) this.removeNetwork(network);
      return network !== undefined;
    }
    if (network === undefined) return null;
    if (step.do === 'updateNetwork') {
      Object.assign(network, step.patch);
      if (step.patch.preferences) this.chooseAll(network);
    } else if (step.do === 'move') {
      for (const text of step.addresses) this.setAddress(network, text, step.lastDay);
    } else if (step.do === 'setToken') network.digest = step.digest;
    else this.dropAddress(network, step.family === 4 ? 'ipv4' : 'ipv6');
    return this.shown(network);
  }

  private update(on: string, patch: Extract<Step, { do: 'update' }>['patch']): Entry | null {
    const before = this.entries.get(on);
    if (!before) return null;
    const after = { ...before, ...patch };
    if (patch.profile === undefined) this.entries.set(on, after);
    else this.put(after);
    return after;
  }

  private put(each: Entry): boolean {
    const { text } = each.prefix;
    const isNew = !this.entries.has(text);
    this.entries.set(text, each);
    this.choose('admin', text);
    return isNew;
  }

  private register(step: Extract<Step, { do: 'register' }>): string {
    const { account, id, name, preferences, lastDay } = step;
    const holder = holderOf(step);
    const own = [...this.networks.values()].filter((each) => each.account === account);
    if (!this.networks.has(holder) && own.length >= LIMIT) return 'limit-reached';
    const before = this.networks.get(holder);
    const network = before ?? {
      account,
      id,
      name,
      preferences,
      lastDay,
      digest: null,
      ipv4: null,
      ipv6: null,
    };
    this.networks.set(holder, Object.assign(network, { name, preferences, lastDay }));
    for (const place of PLACES) {
      const text = step.addresses.find((each) => placeOf(each) === place);
      if (text === undefined) this.dropAddress(network, place);
      else this.setAddress(network, text, null);
    }
    this.chooseAll(network);
    return 'registered';
  }

  private moveByToken({ digest, on, lastDay }: Extract<Step, { do: 'moveByToken' }>): string | null {
    const network = this.ofToken(digest);
    if (network === undefined) return null;
    const moved = network[placeOf(on)]?.text !== on;
    this.setAddress(network, on, lastDay);
    return moved ? 'moved' : 'unchanged';
  }

  private ofToken(digest: string): ModelNetwork | undefined {
    return [...this.networks.values()].find((each) => each.digest === digest);
  }

  private removeEverywhere(on: string): number {
    const holders = [...this.order.get(on)!];
    for (const holder of holders) this.leave(holder, on);
    return holders.length;
  }

  private expire(day: Day): number {
    const isOver = (last: Day | null | undefined) => last != null && last < day;
    const entries = [...this.entries.values()].filter(({ lastDay }) => isOver(lastDay));
    const whole = [...this.networks.values()].filter(({ lastDay }) => isOver(lastDay));
    const addresses = [...this.networks.values()].flatMap((network) =>
      PLACES.filter((place) => isOver(network[place]?.lastDay)).map((place) => ({ network, place })),
    );
    for (const each of entries) this.leave('admin', each.prefix.text);
    for (const { network, place } of addresses) this.dropAddress(network, place);
    for (const each of whole) this.removeNetwork(each);
    return entries.length + whole.length + addresses.length;
  }

  private setAddress(network: ModelNetwork, text: string, lastDay: Day | null): void {
    const place = placeOf(text);
    if (network[place]?.text !== text) {
      this.dropAddress(network, place);
      this.choose(holderOf(network), text);
    }
    network[place] = { text, lastDay };
  }

  private dropAddress(network: ModelNetwork, place: Place): void {
    const text = network[place]?.text;
    network[place] = null;
    if (text !== undefined) this.forget(holderOf(network), text);
  }

  private removeNetwork(network: ModelNetwork): void {
    for (const place of PLACES) this.dropAddress(network, place);
    this.networks.delete(holderOf(network));
  }

  private chooseAll(network: ModelNetwork): void {
    for (const place of PLACES) if (network[place]) this.choose(holderOf(network), network[place].text);
  }

  private choose(holder: string, text: string): void {
    this.forget(holder, text);
    this.order.get(text)!.push(holder);
  }

  private leave(holder: string, text: string): void {
    const network = this.networks.get(holder);
    if (network) this.dropAddress(network, placeOf(text));
    else if (this.entries.delete(text)) this.forget(holder, text);
  }

  private forget(holder: string, text: string): void {
    this.order.set(
      text,
      this.order.get(text)!.filter((other) => other !== holder),
    );
  }

  /** Only what differs from before is published. */
  private publish(): void {
    const now = this.profiles();
    const touched = PREFIXES.filter((text) => now[text] !== this.published[text]);
    if (touched.length > 0) this.changes.push([this.changes.length + 1, touched]);
    this.published = now;
  }
}

function holderOf({ account, id }: { readonly account: string; readonly id: string }): string {
  return `account:${account}/${id}`;
}

function placeOf(text: string): Place {
  return text.includes(':') ? 'ipv6' : 'ipv4';
}
