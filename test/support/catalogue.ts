// Parts of a catalogue for tests and measurements, with the loader's defaults for what is left out.
import type { Catalogue } from '../../src/catalogue/catalogue.js';
import type { Portal, Region, Relay } from '../../src/catalogue/regions.js';
import type { Service } from '../../src/catalogue/services.js';

const NO_NAMES = { domains: [], hosts: [], patterns: [] };

export function serviceWith(more: Partial<Service> & Pick<Service, 'id'>): Service {
  return {
    name: more.id,
    group: null,
    regions: [],
    ...NO_NAMES,
    cdn: NO_NAMES,
    risks: {},
    source: [],
    ...more,
  };
}

export function relayWith(more: Partial<Relay> & Pick<Relay, 'ipv4'>): Relay {
  return { ipv6: null, inService: true, ...more };
}

export function regionWith(more: Partial<Region> & Pick<Region, 'id' | 'relays'>): Region {
  return { name: more.id, dnsServers: [], dnsNames: [], ...more };
}

export function portalWith(more: Partial<Portal> & Pick<Portal, 'names' | 'ipv4'>): Portal {
  return { ipv6: [], ipv4Names: [], ipv6Names: [], check: null, ...more };
}

export function catalogueWith(
  more: Partial<Catalogue> & Pick<Catalogue, 'services' | 'regions' | 'portal'>,
): Catalogue {
  return { defaultRegion: more.regions[0]!.id, dnsServers: ['127.0.0.1'], dnsNames: [], ...more };
}
