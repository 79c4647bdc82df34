// The schema of the two files of a catalogue. JSON Schemas for editors are generated from it.
import { z } from 'zod';
import { parseAddress } from '../lib/ip.js';
import { DOMAIN_PATTERN, domainError } from './domain.js';

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

const domain = z
  .string()
  .superRefine((text, context) => {
    const error = domainError(text);
    if (error !== null) context.addIssue(error);
  })
  .meta({ pattern: DOMAIN_PATTERN });

const address = z.string().refine((text) => parseAddress(text) !== null, {
  error: ({ input }) => `${JSON.stringify(input)} is not an IP address`,
});

const ipv4 = addressOf(4).meta({ format: 'ipv4' });
const ipv6 = addressOf(6).meta({ format: 'ipv6' });

function addressOf(family: 4 | 6) {
  return z.string().refine((text) => parseAddress(text)?.family === family && isOneHost(text), {
    error: ({ input }) => `${JSON.stringify(input)} is not the IPv${family} address of a host`,
  });
}

/** Neither unspecified nor multicast. */
function isOneHost(text: string): boolean {
  const { family, words } = parseAddress(text)!;
  const first = words[0]! >>> 24;
  return words.some((word) => word !== 0) && (family === 4 ? first < 224 : first !== 0xff);
}

function listOf<T extends z.ZodType>(item: T, what: string) {
  return z.array(item).min(1, `must list at least one ${what}`);
}

export const servicesFile = z
  .strictObject({
    $schema: z.string().optional(),
    services: listOf(
      z.strictObject({
        id: id.describe('Unique; never changed once published.'),
        name: name.describe('The name as the service writes it.'),
        domains: listOf(domain, 'domain').describe(
          "The service's own domains as A-labels in lower case; each matches itself and all names below it.",
        ),
      }),
      'service',
    ),
  })
  .meta({ title: 'Streaming services and the domains that MediaStreamer relays' });

export const regionsFile = z
  .strictObject({
    $schema: z.string().optional(),
    dnsServers: listOf(address, 'address').describe('The DNS servers that people enter in their devices.'),
    portal: z
      .strictObject({
        names: listOf(domain, 'name'),
        ipv4: listOf(ipv4, 'address'),
        ipv6: z.array(ipv6).default([]),
      })
      .describe("The portal's and the address-update names with their addresses, answered to anyone."),
    defaultRegion: id.describe('The region of an address that was registered without one.'),
    regions: listOf(
      z.strictObject({
        id: id.describe('Unique; never changed once published.'),
        name: name.describe('The name that people see.'),
        relays: listOf(
          z.strictObject({
            ipv4,
            ipv6: ipv6.nullable().default(null),
            inService: z.boolean().default(true).describe('False: no device gets its address.'),
          }),
          'relay',
        ),
      }),
      'region',
    ),
  })
  .meta({ title: 'Regions and their relays' });
