// Places for connections of TCP, DoT and DoH together: shares for sources and their networks, so that none takes another's.
import { type Address, prefixOf, userPrefix } from '../../lib/ip.js';

export interface AdmissionLimits {
  /** All connections; those of sources that are not listed may be half of them. */
  readonly connections: number;
  /** Connections of one IPv4 address or one IPv6 /64. */
  readonly connectionsPerSource: number;
}

/** The place of one connection. */
export interface Place {
  /** The IPv4 address or IPv6 /64 to whose share the place counts. */
  readonly source: string;
  /** The connection is in use: others of its share make way before it. */
  touch(): void;
  /** Gives the place back. */
  leave(): void;
  /** For some seconds the source gets no other place. */
  shun(): void;
}

/** What stands behind a place. */
export interface Occupant {
  /** Answers are being looked for. */
  isBusy(): boolean;
  /** The place goes to another one. */
  evict(): void;
}

/** The places of a network: in networks within it, or, of a source, themselves. Least recently used ones come first. */
class Group {
  size = 0;
  readonly parts = new Map<string, Group>();
  readonly places = new Map<Place, Occupant>();
}

/** The prefixes in which an address is counted, from the widest to the source. Providers give customers a /48 or a /56. */
const NETWORKS: Record<Address['family'], readonly number[]> = { 4: [24, 32], 6: [48, 56, 64] };

/** How long a source is kept out that has sent what nobody asks for, and how many such sources are remembered at most. */
const SHUN_MS = 10_000;
const MAX_SHUNNED = 1000;

export class Admission {
  private readonly listed = new Group();
  private readonly strangers = new Group();
  private readonly shunned = new Set<string>();

  constructor(
    private readonly limits: AdmissionLimits,
    private readonly isListed: (source: Address) => boolean,
    /** `evicted`: an open connection had to make way. `rejected`: a new one found no place. */
    private readonly onFull: (outcome: 'evicted' | 'rejected') => void,
  ) {}

  /** Places taken. */
  get size(): number {
    return this.listed.size + this.strangers.size;
  }

  /**
   * Null: the source is shunned, or has all its places, and all are busy. When there is no room otherwise, the network with the most
   * places gives up the one that was used least recently. Half of the places are safe from strangers, half from the listed.
   */
  enter(source: Address, occupant: Occupant): Place | null {
    const pool = this.isListed(source) ? this.listed : this.strangers;
    const path = NETWORKS[source.family].map((length) => prefixOf(source, length).text);
    const ofSource = path.reduce<Group | undefined>((group, key) => group?.parts.get(key), pool);
    const isFull = ofSource !== undefined && ofSource.size >= this.limits.connectionsPerSource;
    if (this.shunned.has(path.at(-1)!) || (isFull && !this.evict(ofSource, 'idle'))) {
      this.onFull('rejected');
      return null;
    }
    return this.take(pool, path, occupant);
  }

  /** For a balancer, until it has said whom it speaks for: among the strangers, as one network. */
  enterBalancer(balancer: Address, occupant: Occupant): Place {
    return this.take(this.strangers, [`balancer ${userPrefix(balancer).text}`], occupant);
  }

  private take(pool: Group, path: readonly string[], occupant: Occupant): Place {
    const { connections } = this.limits;
    if (pool === this.strangers && pool.size >= connections / 2) this.evict(pool);
    else if (this.size >= connections) this.evict(this.listed);
    const groups = [pool];
    for (const key of path) groups.push(partOf(groups.at(-1)!, key));
    const source = path.at(-1)!;
    const place: Place = {
      source,
      shun: () => this.shun(source),
      touch() {
        const places = groups.at(-1)!.places;
        if (!places.delete(place)) return;
        places.set(place, occupant);
        path.forEach((key, level) => {
          groups[level]!.parts.delete(key);
          groups[level]!.parts.set(key, groups[level + 1]!);
        });
      },
      leave() {
        if (!groups.at(-1)!.places.delete(place)) return;
        for (const group of groups) group.size -= 1;
        path.forEach((key, level) => {
          if (groups[level + 1]!.size === 0) groups[level]!.parts.delete(key);
        });
      },
    };
    for (const group of groups) group.size += 1;
    groups.at(-1)!.places.set(place, occupant);
    return place;
  }

  private shun(source: string): void {
    if (this.shunned.size >= MAX_SHUNNED) return;
    this.shunned.add(source);
    setTimeout(() => this.shunned.delete(source), SHUN_MS).unref();
  }

  /** False: nothing could be evicted. */
  private evict(within: Group, which: 'idle' | 'any' = 'any'): boolean {
    let group = within;
    while (group.parts.size > 0) group = largest(group.parts.values());
    const entries = [...group.places];
    const idle = entries.find(([, occupant]) => !occupant.isBusy());
    const chosen = idle ?? (which === 'any' ? entries[0] : undefined);
    if (chosen === undefined) return false;
    const [place, occupant] = chosen;
    place.leave();
    this.onFull('evicted');
    occupant.evict();
    return true;
  }
}

function partOf(group: Group, key: string): Group {
  const known = group.parts.get(key);
  if (known !== undefined) return known;
  const made = new Group();
  group.parts.set(key, made);
  return made;
}

/** The first of the largest ones. */
function largest(groups: Iterable<Group>): Group {
  let chosen: Group | undefined;
  for (const group of groups) if (chosen === undefined || group.size > chosen.size) chosen = group;
  return chosen!;
}
