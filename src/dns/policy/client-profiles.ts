// Profiles prepared for answering: by the number of a profile, which families its network has and which region it chooses.
import { decodeProfile, type Families } from '../../allowlist/profile.js';

// Bits of the families by which the devices of a network reach a relay.
export const IPV4 = 1;
export const IPV6 = 2;

const FAMILY_BITS: Readonly<Record<Families, number>> = { '4': IPV4, '6': IPV6, '46': IPV4 | IPV6 };
const FAMILY_MASK = IPV4 | IPV6;
/** A region stands above the families, plus one, so that 0 is none. */
const REGION_SHIFT = 2;

/** A profile that cannot be read, or that shares its number with others: every family, and no choice. */
const UNKNOWN = IPV4 | IPV6;

/** Numbers for the ids in a catalogue, from 0. */
export interface CatalogueNumbers {
  readonly regions: ReadonlyMap<string, number>;
  /** By the group or else the id of a service. */
  readonly services: ReadonlyMap<string, number>;
}

/** Looking a profile up allocates nothing. Regions and services that the catalogue does not have are left out. */
export class ClientProfiles {
  /** Families and region. */
  private readonly packed: number[] = [];
  /** The numbers of a service and of its region in turn; null: no service has a region of its own. */
  private readonly services: (readonly number[] | null)[] = [];

  constructor(private readonly numbers: CatalogueNumbers) {}

  /** Replaces all profiles. */
  useAll(profiles: readonly string[]): void {
    this.packed.length = 0;
    this.services.length = 0;
    for (const [number, profile] of profiles.entries()) this.use(number, profile);
  }

  /** The profile that a number has from now on. */
  use(number: number, text: string): void {
    // Without holes, with which every lookup would be slower.
    while (this.packed.length <= number) {
      this.packed.push(UNKNOWN);
      this.services.push(null);
    }
    const profile = decodeProfile(text);
    const region = this.numbers.regions.get(profile?.region ?? '') ?? -1;
    const families = profile === null ? UNKNOWN : FAMILY_BITS[profile.families];
    this.packed[number] = families | ((region + 1) << REGION_SHIFT);
    const pairs = [...(profile?.serviceRegions ?? [])].flatMap(([service, id]) => {
      const pair = [this.numbers.services.get(service), this.numbers.regions.get(id)];
      return pair.filter((each) => each !== undefined).length === 2 ? (pair as number[]) : [];
    });
    this.services[number] = pairs.length === 0 ? null : pairs;
  }

  /** The families of a profile's network: bits of IPV4 and IPV6. */
  families(number: number): number {
    return number < this.packed.length ? this.packed[number]! & FAMILY_MASK : UNKNOWN;
  }

  /** The region that a profile chooses for a service, or else for everything; -1: none. `service`: -1: of no service. */
  region(number: number, service: number): number {
    if (number >= this.packed.length) return -1;
    const pairs = this.services[number];
    if (pairs && service >= 0) {
      for (let at = 0; at < pairs.length; at += 2) if (pairs[at] === service) return pairs[at + 1]!;
    }
    return (this.packed[number]! >> REGION_SHIFT) - 1;
  }
}
