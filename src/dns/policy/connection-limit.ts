// Connection limits of TCP, DoT and DoH together: per source and per network, so that no client takes another's connections.
import { type Address, prefixOf, userPrefix } from '../../lib/ip.js';

export interface ConnectionLimits {
  /** All connections. Those of unlisted clients may be half of them. */
  readonly connections: number;
  /** Connections of one IPv4 address or one IPv6 /64. */
  readonly connectionsPerSource: number;
}

/** One connection that the limits count. */
export interface ConnectionSlot {
  /** The IPv4 address or IPv6 /64 for which the connection is counted. */
  readonly source: string;
  /** Marks the connection as used: others of its source are evicted before it. */
  touch(): void;
  /** The connection has closed. */
  leave(): void;
  /** Rejects new connections of the source for ten seconds. */
  shun(): void;
}

/** The connection behind a slot. */
export interface SlotHolder {
  /** Whether responses are awaited. */
  isBusy(): boolean;
  /** Closes the connection, because its slot goes to another one. */
  evict(): void;
}

/** The slots of a network: in smaller networks, or, for a source, its own. The least recently used come first. */
class Group {
  size = 0;
  readonly parts = new Map<string, Group>();
  readonly slots = new Map<ConnectionSlot, SlotHolder>();
}

/** The prefix lengths in which an address is counted, from the widest to the source. Providers assign a /48 or /56 to a customer. */
const NETWORKS: Record<Address['family'], readonly number[]> = { 4: [24, 32], 6: [48, 56, 64] };

/** How long a source is rejected that has flooded a connection, and how many such sources are remembered. */
const SHUN_MS = 10_000;
const MAX_SHUNNED = 1000;

export class ConnectionLimiter {
  private readonly allowed = new Group();
  private readonly unlisted = new Group();
  private readonly shunned = new Set<string>();

  constructor(
    private readonly limits: ConnectionLimits,
    private readonly isAllowed: (source: Address) => boolean,
    /** `evicted`: an open connection was closed for a new one. `rejected`: a new one was closed. */
    private readonly onFull: (outcome: 'evicted' | 'rejected') => void,
  ) {}

  /** Open connections. */
  get size(): number {
    return this.allowed.size + this.unlisted.size;
  }

  /**
   * Counts a new connection. Null: its source is shunned, or has as many connections as it may have, all of them busy. When
   * the total is reached, the network with the most connections loses the one that was used least recently. Unlisted
   * clients never evict the half of allowed clients, nor the other way round.
   */
  enter(source: Address, holder: SlotHolder): ConnectionSlot | null {
    const pool = this.isAllowed(source) ? this.allowed : this.unlisted;
    const path = NETWORKS[source.family].map((length) => prefixOf(source, length).text);
    const ofSource = path.reduce<Group | undefined>((group, key) => group?.parts.get(key), pool);
    const isFull = ofSource !== undefined && ofSource.size >= this.limits.connectionsPerSource;
    if (this.shunned.has(path.at(-1)!) || (isFull && !this.evict(ofSource, 'idle'))) {
      this.onFull('rejected');
      return null;
    }
    return this.take(pool, path, holder);
  }

  /** Counts a balancer's connection until its PROXY header is read: as one network among the unlisted clients. */
  enterBalancer(balancer: Address, holder: SlotHolder): ConnectionSlot {
    return this.take(this.unlisted, [`balancer ${userPrefix(balancer).text}`], holder);
  }

  private take(pool: Group, path: readonly string[], holder: SlotHolder): ConnectionSlot {
    const { connections } = this.limits;
    if (pool === this.unlisted && pool.size >= connections / 2) this.evict(pool);
    else if (this.size >= connections) this.evict(this.allowed);
    const groups = [pool];
    for (const key of path) groups.push(partOf(groups.at(-1)!, key));
    const source = path.at(-1)!;
    const slot: ConnectionSlot = {
      source,
      shun: () => this.shun(source),
      touch() {
        const slots = groups.at(-1)!.slots;
        if (!slots.delete(slot)) return;
        slots.set(slot, holder);
        path.forEach((key, level) => {
          groups[level]!.parts.delete(key);
          groups[level]!.parts.set(key, groups[level + 1]!);
        });
      },
      leave() {
        if (!groups.at(-1)!.slots.delete(slot)) return;
        for (const group of groups) group.size -= 1;
        path.forEach((key, level) => {
          if (groups[level + 1]!.size === 0) groups[level]!.parts.delete(key);
        });
      },
    };
    for (const group of groups) group.size += 1;
    groups.at(-1)!.slots.set(slot, holder);
    return slot;
  }

  private shun(source: string): void {
    if (this.shunned.size >= MAX_SHUNNED) return;
    this.shunned.add(source);
    setTimeout(() => this.shunned.delete(source), SHUN_MS).unref();
  }

  /** False: there is no connection that may be evicted. */
  private evict(within: Group, which: 'idle' | 'any' = 'any'): boolean {
    let group = within;
    while (group.parts.size > 0) group = largest(group.parts.values());
    const entries = [...group.slots];
    const idle = entries.find(([, holder]) => !holder.isBusy());
    const chosen = idle ?? (which === 'any' ? entries[0] : undefined);
    if (chosen === undefined) return false;
    const [slot, holder] = chosen;
    slot.leave();
    this.onFull('evicted');
    holder.evict();
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
