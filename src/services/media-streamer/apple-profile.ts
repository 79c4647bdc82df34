// A configuration profile for iPhone, iPad, Mac and Vision Pro: it leads the catalogue's names, and no others, to our DNS servers.
// Keys: https://github.com/apple/device-management, mdm/profiles/com.apple.dnsSettings.managed.yaml and TopLevel.yaml.
import { build } from 'plist';
import type { Catalogue } from '../../catalogue/catalogue.js';
import { uuidOfName } from '../../lib/uuid.js';

/** DNS over HTTPS (RFC 8484) or over TLS (RFC 7858). */
export type AppleProtocol = 'HTTPS' | 'TLS';

export interface AppleProfileChoice {
  /** A region whose own DNS name is used. Null: the name of all regions, where each network has the region of its profile. */
  readonly region: string | null;
  readonly protocol: AppleProtocol;
}

const DESCRIPTION =
  'Sends DNS queries for streaming services to CyberSapceVPN, encrypted, and no others. It works on networks that you have ' +
  'registered. Elsewhere, systems of 2026 and later use the DNS servers of that network; older ones cannot open these services until you ' +
  'switch it off. You can remove it at any time.';

/**
 * The profile as an XML property list, the same for everybody: it has nothing personal. Null: the region is not known, or the
 * installation has no name for its DNS servers.
 *
 * All profiles of an installation have one identifier, so that a device replaces the old one by the new one.
 */
export function appleProfile(catalogue: Catalogue, { region, protocol }: AppleProfileChoice): string | null {
  const server = serverOf(catalogue, region);
  if (server === null) return null;
  const installation = catalogue.portal.names[0]!;
  const identifier = `${installation.split('.').reverse().join('.')}.dns`;
  const uuidOf = (part: string) => uuidOfName(`${installation} ${region ?? ''} ${protocol} ${part}`);
  return build({
    PayloadType: 'Configuration',
    PayloadVersion: 1,
    PayloadIdentifier: identifier,
    PayloadUUID: uuidOf('profile'),
    PayloadDisplayName: 'CyberSapceVPN MediaStreamer',
    PayloadDescription: DESCRIPTION,
    PayloadOrganization: 'CyberSapceVPN',
    PayloadContent: [
      {
        PayloadType: 'com.apple.dnsSettings.managed',
        PayloadVersion: 1,
        PayloadIdentifier: `${identifier}.settings`,
        PayloadUUID: uuidOf('settings'),
        PayloadDisplayName: 'DNS for streaming services',
        DNSSettings: {
          DNSProtocol: protocol,
          ...(protocol === 'HTTPS'
            ? { ServerURL: `https://${server.name}/dns-query` }
            : { ServerName: server.name }),
          // Without addresses a device would have to find the server by another DNS server first, which may be away.
          ServerAddresses: [...server.addresses],
          SupplementalMatchDomains: matchDomains(catalogue),
          // Access control goes by the source address, and a phone on a cellular network has another one.
          AllowFailover: true,
        },
      },
    ],
  });
}

function serverOf(
  { regions, dnsNames, dnsServers }: Catalogue,
  regionId: string | null,
): { name: string; addresses: readonly string[] } | null {
  if (regionId === null) return dnsNames.length === 0 ? null : { name: dnsNames[0]!, addresses: dnsServers };
  const region = regions.find(({ id }) => id === regionId);
  const name = region?.dnsNames[0];
  if (region === undefined || name === undefined) return null;
  return { name, addresses: region.dnsServers.length > 0 ? region.dnsServers : dnsServers };
}

/**
 * The names of all services, and the zone of the check names, so that the set-up page can check this device. A pattern cannot be
 * expressed, and its zone would lead names of others to us, so patterns are left out.
 */
function matchDomains({ services, portal }: Catalogue): string[] {
  const names = services.flatMap(({ domains, hosts, cdn }) => [
    ...domains,
    ...hosts,
    ...cdn.domains,
    ...cdn.hosts,
  ]);
  return [...new Set([...names, `check.${portal.names[0]}`])].sort();
}
