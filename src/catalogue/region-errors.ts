// What is wrong with the regions as a whole: addresses and names that occur twice, or belong to a service.
import type { z } from 'zod';
import { contains, type Prefix, parsePrefix } from '../lib/ip.js';
import type { Coverage } from './coverage.js';
import { type Placed, placed, repeated } from './placed.js';
import type { Region } from './regions.js';
import type { regionsFile } from './schema.js';

/** Of the portal's first name. Check names have room below it: a nonce of one label, `region-` with an id, and `check`. */
const MOST_PORTAL_CHARACTERS = 135;

/** The zones below the portal's first name that dns-nodes answer themselves. */
const OWN_ZONES = ['check', 'home'];

type RegionsFile = z.output<typeof regionsFile>;

/** Errors as `<place>: <what is wrong>`. `dnsServers`: those of a setting, which replace the file's own. */
export function regionErrors(file: RegionsFile, coverage: Coverage, dnsServers: readonly string[]): string[] {
  const { regions, defaultRegion, portal } = file;
  const ownServers =
    dnsServers.length > 0
      ? placed([...new Set(dnsServers)], 'DNS_SERVERS')
      : placed(file.dnsServers, 'dnsServers');
  const portalNames = [
    ...placed(portal.names, 'portal.names'),
    ...placed(portal.ipv4Names, 'portal.ipv4Names'),
    ...placed(portal.ipv6Names, 'portal.ipv6Names'),
  ];
  const dnsNames = [...placed(file.dnsNames, 'dnsNames'), ...ofRegions(regions, 'dnsNames')];
  return [
    ...repeated(regions.map(({ id }, index) => ({ place: `regions[${index}].id`, value: id }))),
    ...repeatedAddresses(placedRelays(regions, 'ipv4')),
    ...repeatedAddresses(placedRelays(regions, 'ipv6')),
    ...repeatedAddresses([...ownServers, ...ofRegions(regions, 'dnsServers')]),
    ...repeated(portalNames),
    ...repeated(dnsNames),
    ...(regions.some(({ id }) => id === defaultRegion)
      ? []
      : [`defaultRegion: "${defaultRegion}" is not the id of a region`]),
    ...regions.flatMap(({ relays }, index) =>
      relays.some((relay) => relay.inService)
        ? []
        : [`regions[${index}].relays: must have at least one relay in service`],
    ),
    ...(portal.ipv6Names.length > 0 && portal.ipv6.length === 0
      ? ['portal.ipv6Names: must be empty, because the portal has no IPv6 address']
      : []),
    ...(portal.names[0]!.length > MOST_PORTAL_CHARACTERS
      ? [
          `portal.names[0]: must have at most ${MOST_PORTAL_CHARACTERS} characters, because check names are below it`,
        ]
      : []),
    ...[...portalNames, ...dnsNames].flatMap(({ place, value }) => {
      const zone = OWN_ZONES.map((label) => `${label}.${portal.names[0]}`).find((each) =>
        `.${value}`.endsWith(`.${each}`),
      );
      return zone === undefined
        ? []
        : [`${place}: "${value}" lies in "${zone}", whose names have answers of their own`];
    }),
    ...[...portalNames, ...dnsNames].flatMap(({ place, value }) => {
      const covering = coverage.find(value);
      return covering === null
        ? []
        : [`${place}: "${value}" belongs to a service ("${covering.value}", ${covering.place})`];
    }),
  ];
}

function ofRegions(regions: readonly Region[], list: 'dnsServers' | 'dnsNames'): Placed[] {
  return regions.flatMap((region, index) => placed(region[list], `regions[${index}].${list}`));
}

function placedRelays(regions: readonly Region[], family: 'ipv4' | 'ipv6'): Placed[] {
  return regions.flatMap(({ relays }, index) =>
    relays.flatMap((relay, at) => {
      const value = relay[family];
      return value === null ? [] : [{ place: `regions[${index}].relays[${at}].${family}`, value }];
    }),
  );
}

/** Errors of addresses and prefixes that have an address in common with an earlier one, however each is written. */
function repeatedAddresses(list: readonly Placed[]): string[] {
  const prefixes: { readonly at: Placed; readonly prefix: Prefix }[] = [];
  return list.flatMap((at) => {
    const prefix = parsePrefix(at.value);
    if (typeof prefix === 'string') return [];
    const other = prefixes.find((each) => contains(each.prefix, prefix) || contains(prefix, each.prefix));
    prefixes.push({ at, prefix });
    if (other === undefined) return [];
    if (other.prefix.text === prefix.text)
      return [`${at.place}: "${at.value}" is already at ${other.at.place}`];
    return [`${at.place}: "${at.value}" and "${other.at.value}" at ${other.at.place} overlap`];
  });
}
