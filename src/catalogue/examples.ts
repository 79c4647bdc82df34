// Finds examples in a file of regions: documentation addresses and reserved names.
import ipaddr from 'ipaddr.js';
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
}): string[] {
  const { regions, portal, dnsServers } = file;
  const addresses = [
    ...dnsServers.map((value, index) => ({ place: `dnsServers[${index}]`, value })),
    ...portal.ipv4.map((value, index) => ({ place: `portal.ipv4[${index}]`, value })),
    ...portal.ipv6.map((value, index) => ({ place: `portal.ipv6[${index}]`, value })),
    ...regions.flatMap(({ relays }, region) =>
      relays.flatMap(({ ipv4, ipv6 }, at) => [
        { place: `regions[${region}].relays[${at}].ipv4`, value: ipv4 },
        ...(ipv6 === null ? [] : [{ place: `regions[${region}].relays[${at}].ipv6`, value: ipv6 }]),
      ]),
    ),
  ];
  return [
    ...portal.names.flatMap((name, index) =>
      RESERVED.test(name) ? [`portal.names[${index}]: is an example name, which no customer can reach`] : [],
    ),
    ...addresses
      .filter(({ value }) => isExample(value))
      .map(
        ({ place }) =>
          `${place}: is a documentation address or an address of this machine, which no customer can reach`,
      ),
  ];
}

function isExample(text: string): boolean {
  const address = ipaddr.parse(text);
  return RANGES.some(([range, bits]) => range.kind() === address.kind() && address.match(range, bits));
}
