// The relays of one region: which of them a network gets for a name, and the reply with its address.
import type { Region } from '../../catalogue/regions.js';
import { mix, mixBytes } from '../../lib/hash.js';
import type { Address } from '../../lib/ip.js';
import { setUint32 } from '../wire/name.js';
import type { Query } from '../wire/query.js';
import { aaaaRecord, aRecord } from '../wire/records.js';
import { answersReply, type Reply } from '../wire/reply.js';
import { FLAG, TYPE } from '../wire/wire.js';

/** Seconds. Short, so that a device follows a change of its region or of a relay within a minute. */
export const RELAY_TTL = 60;

/** Bytes of an interface identifier, at the end of an AAAA record: the part of an address behind its /64. */
const INTERFACE_BYTES = 8;

/** Seeds of the two words of an interface identifier. They only have to differ. */
const UPPER_SEED = 0x1d_1d_1d_01;
const LOWER_SEED = 0x1d_1d_1d_02;

interface RelayAddress {
  /** The position of the relay in the file of regions, from 1. */
  readonly number: number;
  readonly seed: number;
  readonly reply: Reply;
  /** Whether the reply has a /64, of which each network and name gets an address of its own. */
  readonly isPrefix: boolean;
}

export class RegionRelays {
  private readonly ipv4: readonly RelayAddress[];
  private readonly ipv6: readonly RelayAddress[];

  /** Uses the relays in service, or all of them when none is. */
  constructor({ relays }: Pick<Region, 'relays'>) {
    const numbered = relays.map((relay, index) => ({ ...relay, number: index + 1 }));
    const inService = numbered.filter((relay) => relay.inService);
    const used = inService.length > 0 ? inService : numbered;
    this.ipv4 = used.map(({ ipv4, number }) => ({
      number,
      seed: seedOf(ipv4),
      reply: answersReply(FLAG.RA, [aRecord(ipv4, RELAY_TTL)]),
      isPrefix: false,
    }));
    this.ipv6 = used.flatMap(({ ipv4, ipv6, number }) => {
      if (ipv6 === null) return [];
      const [address, length] = ipv6.split('/', 2);
      const reply = answersReply(FLAG.RA, [aaaaRecord(address!, RELAY_TTL)]);
      return [{ number, seed: seedOf(ipv4), reply, isPrefix: length !== undefined }];
    });
  }

  /** The reply to a query of type A or AAAA; null when no relay has such an address. It is valid until the next call. */
  reply(query: Query, source: Address): Reply | null {
    const relays = query.type === TYPE.A ? this.ipv4 : this.ipv6;
    if (relays.length === 0) return null;
    const relay = choose(relays, query, source);
    if (relay.isPrefix) writeInterface(relay.reply.records, query, source);
    return relay.reply;
  }

  /** The number of the relay that a network gets for the query's name: its position in the file of regions, from 1. */
  numberFor(query: Query, source: Address): number {
    return choose(this.ipv4, query, source).number;
  }
}

/**
 * Rendezvous hashing: each relay has a weight for each network and name, and the highest one is chosen. A relay that comes or
 * goes moves only what is its own. The name counts, because a browser sends requests for a second name over a connection to
 * the first when both have the same address and certificate (RFC 9113 section 9.1.1), and the relay would pass them on to the
 * first one's server. The hash has no key, so all nodes agree, also after a restart.
 */
function choose(relays: readonly RelayAddress[], query: Query, source: Address): RelayAddress {
  let chosen = relays[0]!;
  if (relays.length === 1) return chosen;
  const hash = hashOf(query, source, 0);
  let highest = -1;
  for (let i = 0; i < relays.length; i++) {
    const weight = mix(hash, relays[i]!.seed);
    if (weight <= highest) continue;
    chosen = relays[i]!;
    highest = weight;
  }
  return chosen;
}

/** Two hashes, because two names must not share an address by accident. */
function writeInterface(record: Uint8Array, query: Query, source: Address): void {
  const at = record.length - INTERFACE_BYTES;
  setUint32(record, at, hashOf(query, source, UPPER_SEED));
  setUint32(record, at + 4, hashOf(query, source, LOWER_SEED));
}

/** A signed word. IPv6 networks count by their /64, like in the allowlist: privacy addresses change daily. */
function hashOf({ nameWords, nameLength }: Query, { words }: Address, seed: number): number {
  const network = words.length === 1 ? words[0]! : mix(words[1]!, words[0]!);
  return mix(network, mixBytes(nameWords, nameLength, seed)) | 0;
}

/** Depends on the relay alone. */
function seedOf(ipv4: string): number {
  return [...ipv4].reduce((seed, character) => mix(character.charCodeAt(0), seed), 1);
}
