// Which region the devices of a network get for a service, and over which families they reach its relays.
import type { Preferences } from '../../allowlist/profile.js';
import type { Catalogue } from '../../catalogue/catalogue.js';
import type { Region } from '../../catalogue/regions.js';
import { type Service, serviceKey } from '../../catalogue/services.js';
import { done, type Outcome, refused, type UserError } from '../../input/user-error.js';

/** The families in which there are addresses. */
export type Family = 4 | 6;
const FAMILIES: readonly Family[] = [4, 6];

/** A region for a single service, as a person chooses it. */
export interface ServiceRegionChoice {
  readonly serviceId: string;
  readonly regionId: string;
}

export interface ServiceRegion {
  readonly service: Service;
  /** A region id, which may have left the catalogue. */
  readonly region: string;
}

/** The choices by the keys of their services. `field`: the list, in user errors. */
export function readServiceRegions(
  { services, regions }: Catalogue,
  choices: readonly ServiceRegionChoice[],
  field: string,
): Outcome<ReadonlyMap<string, string>> {
  // Of a longer list each entry would cost a search, and an error of its own.
  if (choices.length > services.length) return refused({ field, code: 'TOO_MANY_SERVICE_REGIONS' });
  const chosen = new Map<string, string>();
  const seen = new Set<string>();
  const errors: UserError[] = [];
  for (const [index, { serviceId, regionId }] of choices.entries()) {
    const at = `${field}.${index}`;
    const service = services.find(({ id }) => id === serviceId);
    if (service === undefined) errors.push({ field: `${at}.serviceId`, code: 'UNKNOWN_SERVICE' });
    const isRepeated = seen.has(serviceId);
    if (service !== undefined && isRepeated) {
      errors.push({ field: `${at}.serviceId`, code: 'DUPLICATE_SERVICE' });
    }
    seen.add(serviceId);
    if (!regions.some(({ id }) => id === regionId)) {
      errors.push({ field: `${at}.regionId`, code: 'UNKNOWN_REGION' });
    }
    if (service === undefined || isRepeated) continue;
    const key = serviceKey(service);
    const other = chosen.get(key) ?? regionId;
    if (other !== regionId) errors.push({ field: `${at}.regionId`, code: 'GROUP_HAS_OTHER_REGION' });
    chosen.set(key, regionId);
  }
  return errors.length > 0 ? refused(...errors) : done(chosen);
}

/** All services that have a region of their own, those of a group each. What has left the catalogue is left out. */
export function serviceRegionsOf({ services }: Catalogue, { serviceRegions }: Preferences): ServiceRegion[] {
  if (serviceRegions.size === 0) return [];
  return services.flatMap((service) => {
    const region = serviceRegions.get(serviceKey(service));
    return region === undefined ? [] : [{ service, region }];
  });
}

/** The families for which the region has a relay in service. */
export function relayFamilies({ relays }: Region): Family[] {
  const inService = relays.filter((relay) => relay.inService);
  return FAMILIES.filter((family) =>
    inService.some(({ ipv4, ipv6 }) => (family === 4 ? ipv4 : ipv6) !== null),
  );
}

/** The families over which a network with these preferences reaches a relay for every service. */
export function reachableFamilies(catalogue: Catalogue, preferences: Preferences): Family[] {
  const regions = new Set(catalogue.services.map((service) => regionFor(catalogue, service, preferences)));
  return FAMILIES.filter((family) => [...regions].every((region) => relayFamilies(region).includes(family)));
}

/** The service's region, then the network's, then the only one of ours where the service is licensed, then the default. */
function regionFor(
  { regions, defaultRegion }: Catalogue,
  service: Service,
  { region, serviceRegions }: Preferences,
): Region {
  const find = (id: string | null | undefined) => regions.find((each) => each.id === id);
  const [licensed] = service.regions.length === 1 ? service.regions : [];
  return (
    find(serviceRegions.get(serviceKey(service))) ?? find(region) ?? find(licensed) ?? find(defaultRegion)!
  );
}
