// Profiles prepared for answering: by the number of a profile, which families its network has and which region it chooses.
import { decodeProfile, type Families, type Profile } from '../../allowlist/profile.js';

// Bits of the families by which the devices of a network reach a relay.
export const IPV4 = 1;
export const IPV6 = 2;

const FAMILY_BITS: Readonly<Record<Families, number>> = { '4': IPV4, '6': IPV6, '46': IPV4 | IPV6 };
const FAMILY_MASK = IPV4 | IPV6;
const REGION_SHIFT = 2;

/** A profile that cannot be read, or that shares its number with others: every family, and no choice. */
const UNKNOWN = IPV4 | IPV6;

/**
 * Words of a profile, half a line of the CPU cache. The first has the families and, above them, the region plus one. The others
 * have a service that has a region of its own: the service plus one in the upper half, the region in the lower one. 0: nothing.
 */
const WORDS = 8;
const SERVICE_SHIFT = 16;
const REGION_MASK = 0xffff;

const FIRST_CAPACITY = 64;

/** Numbers for the ids in a catalogue, from 0. */
export interface CatalogueNumbers {
  readonly regions: ReadonlyMap<string, number>;
  /** By the group or else the id of a service. */
  readonly services: ReadonlyMap<string, number>;
}

/** Looking a profile up allocates nothing. Regions and services that the catalogue does not have are left out. */
export class ClientProfiles {
  private words = new Int32Array(0);
  /** Words of services beyond those that have room in `words`, by the number of the profile. */
  private readonly more = new Map<number, readonly number[]>();

  constructor(private readonly numbers: CatalogueNumbers) {}

  /** Replaces all profiles. */
  useAll(profiles: readonly string[]): void {
    this.words = new Int32Array(0);
    this.more.clear();
    this.reserve(profiles.length);
    for (const [number, profile] of profiles.entries()) this.use(number, profile);
  }

  /** The profile that a number has from now on. */
  use(number: number, text: string): void {
    if (number >= this.capacity) this.reserve(number * 2);
    const start = number * WORDS;
    this.words.fill(0, start, start + WORDS);
    this.more.delete(number);
    const profile = decodeProfile(text);
    this.words[start] = profile === null ? UNKNOWN : this.choiceOf(profile);
    const services = profile === null ? [] : this.servicesOf(profile);
    this.words.set(services.slice(0, WORDS - 1), start + 1);
    if (services.length >= WORDS) this.more.set(number, services.slice(WORDS - 1));
  }

  /** The families of a profile's network: bits of IPV4 and IPV6. */
  families(number: number): number {
    return number < this.capacity ? this.words[number * WORDS]! & FAMILY_MASK : UNKNOWN;
  }

  /** The region that a profile chooses for a service, or else for everything; -1: none. `service`: -1: of no service. */
  region(number: number, service: number): number {
    if (number >= this.capacity) return -1;
    const start = number * WORDS;
    if (service >= 0) {
      const chosen = this.regionOfService(start, service);
      if (chosen >= 0) return chosen;
      // Few profiles have so many.
      if (this.words[start + WORDS - 1] !== 0) {
        const further = find(this.more.get(number), service);
        if (further >= 0) return further;
      }
    }
    return (this.words[start]! >>> REGION_SHIFT) - 1;
  }

  private regionOfService(start: number, service: number): number {
    const { words } = this;
    for (let at = start + 1; at < start + WORDS && words[at] !== 0; at++) {
      if (words[at]! >>> SERVICE_SHIFT === service + 1) return words[at]! & REGION_MASK;
    }
    return -1;
  }

  private get capacity(): number {
    return this.words.length / WORDS;
  }

  /** Numbers that have no profile yet count as unknown ones. */
  private reserve(profiles: number): void {
    const { words, capacity } = this;
    this.words = new Int32Array(Math.max(profiles, FIRST_CAPACITY) * WORDS);
    this.words.set(words);
    for (let number = capacity; number < this.capacity; number++) this.words[number * WORDS] = UNKNOWN;
  }

  private choiceOf({ families, region }: Profile): number {
    return FAMILY_BITS[families] | (((this.numbers.regions.get(region ?? '') ?? -1) + 1) << REGION_SHIFT);
  }

  private servicesOf({ serviceRegions }: Profile): number[] {
    return [...serviceRegions].flatMap(([service, id]) => {
      const key = this.numbers.services.get(service);
      const region = this.numbers.regions.get(id);
      return key === undefined || region === undefined ? [] : [((key + 1) << SERVICE_SHIFT) | region];
    });
  }
}

function find(words: readonly number[] | undefined, service: number): number {
  if (words === undefined) return -1;
  for (let at = 0; at < words.length; at++) {
    if (words[at]! >>> SERVICE_SHIFT === service + 1) return words[at]! & REGION_MASK;
  }
  return -1;
}
