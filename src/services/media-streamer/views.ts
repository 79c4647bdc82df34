// Regions, services and networks as the API shows them.
import type { Network, NetworkAddress } from '../../allowlist/networks.js';
import type { Preferences } from '../../allowlist/profile.js';
import type { Catalogue } from '../../catalogue/catalogue.js';
import type { Names, Service } from '../../catalogue/services.js';
import type { Day } from '../../lib/calendar.js';
import type { CurrentAddress } from './networks.js';
import { type Family, reachableFamilies, relayFamilies, serviceRegionsOf } from './regions.js';

export interface RegionView {
  readonly id: string;
  readonly name: string;
  readonly relayFamilies: readonly Family[];
  readonly dnsServers: readonly string[];
  readonly dnsNames: readonly string[];
}

export interface ServiceView {
  readonly id: string;
  readonly name: string;
  readonly groupId: string | null;
  readonly licensedRegionIds: readonly string[];
  readonly names: Names;
  readonly contentNames: Names;
}

interface ChosenRegions {
  readonly region: RegionView | null;
  readonly serviceRegions: readonly { readonly service: ServiceView; readonly region: RegionView }[];
}

export interface NetworkView extends ChosenRegions {
  readonly id: string;
  readonly name: string;
  readonly addresses: readonly { family: Family; address: string; lastDay: Day | null }[];
  readonly relayFamilies: readonly Family[];
  readonly lastDay: Day | null;
  readonly hasUpdateToken: boolean;
}

export interface CurrentAddressView {
  readonly family: Family;
  readonly address: string;
  readonly networks: readonly NetworkView[];
  readonly inEffect: ChosenRegions | null;
}

/** A region that has left the catalogue since it was chosen is shown by its id. */
export function regionView({ regions }: Catalogue, id: string): RegionView {
  const region = regions.find((each) => each.id === id);
  if (region === undefined) return { id, name: id, relayFamilies: [], dnsServers: [], dnsNames: [] };
  const { name, dnsServers, dnsNames } = region;
  return { id, name, relayFamilies: relayFamilies(region), dnsServers, dnsNames };
}

export function serviceView(service: Service): ServiceView {
  const { id, name, group, regions, cdn } = service;
  return { id, name, groupId: group, licensedRegionIds: regions, names: service, contentNames: cdn };
}

export function networkView(catalogue: Catalogue, network: Network): NetworkView {
  const { id, name, ipv4, ipv6, preferences, lastDay, hasToken } = network;
  const addresses = [ipv4, ipv6].filter((address) => address !== null).map(addressView);
  return {
    id,
    name,
    addresses,
    ...chosenRegions(catalogue, preferences),
    // Goes through all services, and is read by few operations.
    get relayFamilies() {
      const reachable = reachableFamilies(catalogue, preferences);
      return reachable.filter((family) => addresses.some((address) => address.family === family));
    },
    lastDay,
    hasUpdateToken: hasToken,
  };
}

export function currentAddressView(catalogue: Catalogue, current: CurrentAddress): CurrentAddressView {
  const { prefix, networks, inEffect } = current;
  return {
    family: prefix.family,
    address: prefix.text,
    networks: networks.map((network) => networkView(catalogue, network)),
    inEffect: inEffect === null ? null : chosenRegions(catalogue, inEffect),
  };
}

function addressView({ prefix, lastDay }: NetworkAddress) {
  return { family: prefix.family, address: prefix.text, lastDay };
}

function chosenRegions(catalogue: Catalogue, preferences: Preferences): ChosenRegions {
  const { region } = preferences;
  return {
    region: region === null ? null : regionView(catalogue, region),
    serviceRegions: serviceRegionsOf(catalogue, preferences).map((each) => ({
      service: serviceView(each.service),
      region: regionView(catalogue, each.region),
    })),
  };
}
