// The schema of the two files of a catalogue. JSON Schemas for editors are generated from it.
import { z } from 'zod';
import { parseAddress, parsePrefix } from '../lib/ip.js';
import { DOMAIN_PATTERN, domainError, PATTERN_PATTERN, patternError } from './domain.js';

const ID_PATTERN = '^[a-z0-9]+(?:-[a-z0-9]+)*$';

const id = z
  .string()
  .max(40, 'must have at most 40 characters')
  .regex(new RegExp(ID_PATTERN), 'must be lower-case letters and digits, with single hyphens between');

const name = z
  .string()
  .min(1, 'must not be empty')
  .max(80, 'must have at most 80 characters')
  .refine((text) => text.trim() === text && !/\p{Cc}/u.test(text), {
    error: 'must have no control characters and no space at its ends',
  });

const domain = checked(domainError).meta({ pattern: DOMAIN_PATTERN });
const pattern = checked(patternError).meta({ pattern: PATTERN_PATTERN });

function checked(errorOf: (text: string) => string | null) {
  return z.string().superRefine((text, context) => {
    const error = errorOf(text);
    if (error !== null) context.addIssue(error);
  });
}

const address = z.string().refine((text) => parseAddress(text) !== null, {
  error: ({ input }) => `${JSON.stringify(input)} is not an IP address`,
});

const ipv4 = addressOf(4).meta({ format: 'ipv4' });
const ipv6 = addressOf(6).meta({ format: 'ipv6' });

const ipv6OrNetwork = z.string().refine((text) => isHost(text, 6) || isIpv6Network(text), {
  error: ({ input }) => `${JSON.stringify(input)} is not the IPv6 address of a host, nor a /64`,
});

function addressOf(family: 4 | 6) {
  return z.string().refine((text) => isHost(text, family), {
    error: ({ input }) => `${JSON.stringify(input)} is not the IPv${family} address of a host`,
  });
}

/** Neither unspecified nor multicast. */
function isHost(text: string, family: 4 | 6): boolean {
  const address = parseAddress(text);
  if (address?.family !== family) return false;
  const first = address.words[0]! >>> 24;
  return address.words.some((word) => word !== 0) && (family === 4 ? first < 224 : first !== 0xff);
}

function isIpv6Network(text: string): boolean {
  const prefix = parsePrefix(text);
  return (
    typeof prefix !== 'string' && prefix.family === 6 && prefix.length === 64 && isHost(text.slice(0, -3), 6)
  );
}

function listOf<T extends z.ZodType>(item: T, what: string) {
  return z.array(item).min(1, `must list at least one ${what}`);
}

const names = {
  domains: z
    .array(domain)
    .default([])
    .describe(
      "The service's own domains as A-labels in lower case; each matches itself and all names below it.",
    ),
  hosts: z.array(domain).default([]).describe('Exact names, for hosts below a domain that others share.'),
  patterns: z
    .array(pattern)
    .default([])
    .describe('Exact names with one * inside the first label, for one or more characters.'),
};

export const servicesFile = z
  .strictObject({
    $schema: z.string().optional(),
    services: listOf(
      z
        .strictObject({
          id: id.describe('Unique; never changed once published.'),
          name: name.describe('The name as the service writes it.'),
          group: id
            .nullable()
            .default(null)
            .describe('Services of one group share names, so that one region is chosen for all of them.'),
          regions: z
            .array(id)
            .default([])
            .describe(
              'Where it is licensed, only where that is clear. This installation need not have them.',
            ),
          ...names,
          cdn: z
            .strictObject(names)
            .prefault({})
            .describe('Names that carry bytes only, and do not ask where a viewer is.'),
          risks: z
            .record(z.string(), z.string().min(1, 'must give a reason'))
            .default({})
            .describe(
              'For each pattern below a suffix that many sites share: why it is relayed, though a stranger can take such a name.',
            ),
          source: z.array(z.string()).default([]).describe('Where the names come from.'),
        })
        .refine(({ domains, hosts, patterns }) => domains.length + hosts.length + patterns.length > 0, {
          error: 'must list at least one domain, host or pattern',
        }),
      'service',
    ),
  })
  .meta({ title: 'Streaming services and the names that MediaStreamer relays' });

const dnsNames = z.array(domain).default([]);

export const regionsFile = z
  .strictObject({
    $schema: z.string().optional(),
    dnsServers: listOf(address, 'address').describe('The DNS servers that people enter in their devices.'),
    dnsNames: dnsNames.describe('The names of these servers for DoT and DoH.'),
    portal: z
      .strictObject({
        names: listOf(domain, 'name'),
        ipv4: listOf(ipv4, 'address'),
        ipv6: z.array(ipv6).default([]),
        ipv4Names: z
          .array(domain)
          .default([])
          .describe('Names of the portal that have its IPv4 addresses only.'),
        ipv6Names: z
          .array(domain)
          .default([])
          .describe('Names of the portal that have its IPv6 addresses only.'),
        check: z
          .strictObject({ ipv4: listOf(ipv4, 'address'), ipv6: z.array(ipv6).default([]) })
          .nullable()
          .default(null)
          .describe('The web server to which check names lead; null: the portal.'),
      })
      .describe("The portal's and the address-update names with their addresses, answered to anyone."),
    defaultRegion: id.describe('The region of a network that was registered without one.'),
    regions: listOf(
      z.strictObject({
        id: id.describe('Unique; never changed once published.'),
        name: name.describe('The name that people see.'),
        relays: listOf(
          z.strictObject({
            ipv4,
            ipv6: ipv6OrNetwork
              .nullable()
              .default(null)
              .describe('An address, or a /64 of which each name has an address of its own.'),
            inService: z.boolean().default(true).describe('False: no device gets its address.'),
          }),
          'relay',
        ),
        dnsServers: z
          .array(address)
          .default([])
          .describe('DNS servers at which every network has this region.'),
        dnsNames: dnsNames.describe('Names for DoT and DoH at which every network has this region.'),
      }),
      'region',
    ),
  })
  .meta({ title: 'Regions and their relays' });
