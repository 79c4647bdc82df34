// Finds examples in a file of regions: documentation addresses and reserved names.
import ipaddr from 'ipaddr.js';
import { placed } from './placed.js';
import type { Portal, Region } from './regions.js';

/** Documentation (RFC 5737, 3849 and 9637) and this machine. */
const RANGES = [
  '192.0.2.0/24',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '2001:db8::/32',
  '3fff::/20',
  '127.0.0.0/8',
  '::1/128',
].map((range) => ipaddr.parseCIDR(range));

/** RFC 2606 section 2. */
const RESERVED = /(?:^|\.)(?:example|test|invalid|localhost)$/;

/** The places with examples, as `<place>: <what is wrong>`. */
export function exampleErrors(file: {
  readonly regions: readonly Region[];
  readonly portal: Portal;
  readonly dnsServers: readonly string[];
  readonly dnsNames: readonly string[];
}): string[] {
  const { regions, portal } = file;
  const names = [
    ...placed(portal.names, 'portal.names'),
    ...placed(portal.ipv4Names, 'portal.ipv4Names'),
    ...placed(portal.ipv6Names, 'portal.ipv6Names'),
    ...placed(file.dnsNames, 'dnsNames'),
    ...regions.flatMap(({ dnsNames }, index) => placed(dnsNames, `regions[${index}].dnsNames`)),
  ];
  const addresses = [
    ...placed(file.dnsServers, 'dnsServers'),
    ...placed(portal.ipv4, 'portal.ipv4'),
    ...placed(portal.ipv6, 'portal.ipv6'),
    ...placed(portal.check?.ipv4 ?? [], 'portal.check.ipv4'),
    ...placed(portal.check?.ipv6 ?? [], 'portal.check.ipv6'),
    ...regions.flatMap(({ relays, dnsServers }, region) => [
      ...placed(dnsServers, `regions[${region}].dnsServers`),
      ...relays.flatMap(({ ipv4, ipv6 }, at) => [
        { place: `regions[${region}].relays[${at}].ipv4`, value: ipv4 },
        ...(ipv6 === null ? [] : [{ place: `regions[${region}].relays[${at}].ipv6`, value: ipv6 }]),
      ]),
    ]),
  ];
  return [
    ...names
      .filter(({ value }) => RESERVED.test(value))
      .map(({ place }) => `${place}: is an example name, which no customer can reach`),
    ...addresses
      .filter(({ value }) => isExample(value))
      .map(
        ({ place }) =>
          `${place}: is a documentation address or an address of this machine, which no customer can reach`,
      ),
  ];
}

/** Of an address, or of a prefix by its first address. */
function isExample(text: string): boolean {
  const address = ipaddr.parse(text.replace(/\/.*/, ''));
  return RANGES.some(([range, bits]) => range.kind() === address.kind() && address.match(range, bits));
}
