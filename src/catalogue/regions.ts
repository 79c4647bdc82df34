// The regions and their relays, and the names of the portal, as the file of regions states them.

export interface Relay {
  readonly ipv4: string;
  readonly ipv6: string | null;
  /** False: no device gets its address. */
  readonly inService: boolean;
}

export interface Region {
  readonly id: string;
  readonly name: string;
  /** At least one, and at least one of them in service. */
  readonly relays: readonly Relay[];
}

/** The portal's and the address-update names, which are answered to anyone. */
export interface Portal {
  readonly names: readonly string[];
  readonly ipv4: readonly string[];
  readonly ipv6: readonly string[];
}
