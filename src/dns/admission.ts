// How many connections may be open, over TCP, DoT and DoH together: of all, of one source, and of sources not listed.
import { type Address, userPrefix } from '../allowlist/address.js';

export interface AdmissionLimits {
  /** All connections; those of sources that are not listed may be half of them. */
  readonly connections: number;
  /** Connections of one IPv4 address or one IPv6 /64. */
  readonly connectionsPerSource: number;
}

/** Gives the place back; to be called once. */
export type Leave = () => void;

export class Admission {
  private open = 0;
  private readonly perSource = new Map<string, number>();

  constructor(
    private readonly limits: AdmissionLimits,
    private readonly isListed: (source: Address) => boolean,
    private readonly onRejected: () => void,
  ) {}

  /** Places taken. */
  get size(): number {
    return this.open;
  }

  /** Null: there is no room. */
  enter(source: Address): Leave | null {
    const { connections, connectionsPerSource } = this.limits;
    const household = userPrefix(source).text;
    const ofSource = this.perSource.get(household) ?? 0;
    const room = this.isListed(source) ? connections : connections / 2;
    if (ofSource >= connectionsPerSource) return this.reject();
    const leave = this.take(room);
    if (leave === null) return null;
    this.perSource.set(household, ofSource + 1);
    return () => {
      leave();
      const left = this.perSource.get(household)! - 1;
      if (left > 0) this.perSource.set(household, left);
      else this.perSource.delete(household);
    };
  }

  /** For a balancer, until it has said whom it speaks for: it may use all the room that there is. */
  enterBalancer(): Leave | null {
    return this.take(this.limits.connections);
  }

  private take(room: number): Leave | null {
    if (this.open >= room) return this.reject();
    this.open += 1;
    return () => {
      this.open -= 1;
    };
  }

  private reject(): null {
    this.onRejected();
    return null;
  }
}
