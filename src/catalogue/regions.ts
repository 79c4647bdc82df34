// The regions and their relays, and the names of the portal, as the file of regions states them.

export interface Relay {
  readonly ipv4: string;
  /** An address, or a /64 in CIDR notation (RFC 4291 section 2.3), of which each name has an address of its own. */
  readonly ipv6: string | null;
  /** False: no device gets its address. */
  readonly inService: boolean;
}

export interface Region {
  readonly id: string;
  readonly name: string;
  /** At least one, and at least one of them in service. */
  readonly relays: readonly Relay[];
  /** Addresses of DNS servers at which every network has this region. */
  readonly dnsServers: readonly string[];
  /** Names of DNS servers for DoT and DoH, at which every network has this region. */
  readonly dnsNames: readonly string[];
}

/** The portal's and the address-update names, which are answered to anyone. */
export interface Portal {
  /** The zones `check.` and `home.` lie below the first one. */
  readonly names: readonly string[];
  readonly ipv4: readonly string[];
  readonly ipv6: readonly string[];
  /** Names of the portal that have its IPv4 addresses only, so that a client that connects shows an IPv4 address. */
  readonly ipv4Names: readonly string[];
  /** Names of the portal that have its IPv6 addresses only. */
  readonly ipv6Names: readonly string[];
  /** The addresses of the web server that a positive check name leads to. Null: the portal's. */
  readonly check: WebAddress | null;
}

export interface WebAddress {
  readonly ipv4: readonly string[];
  readonly ipv6: readonly string[];
}
