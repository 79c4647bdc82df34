// The settings of the dns-node, in the groups of the reference.
import type { KnownSettings } from './known-setting.js';

export const DNS_NODE_NETWORK = {
  DNS_HOST: {
    default: '`127.0.0.1`',
    example: '0.0.0.0',
    description: 'Where DNS listens: an IP address or a host name. `::` means IPv4 and IPv6.',
  },
  DNS_PORT: { default: '`5300`', example: '53', description: 'UDP and TCP port; 0 takes a free one.' },
  DNS_TLS_PORT: { default: 'none: no DoT', example: '853', description: 'TCP port of DNS over TLS.' },
  DNS_HTTPS_PORT: { default: 'none: no DoH', example: '443', description: 'TCP port of DNS over HTTPS.' },
  DNS_TLS_CERT: {
    default: 'required with `DNS_TLS_PORT` or `DNS_HTTPS_PORT`',
    example: '/etc/dns-node/fullchain.pem',
    description: 'PEM file of the certificate for DoT and DoH, followed by its intermediate certificates.',
  },
  DNS_TLS_KEY: {
    default: 'required with `DNS_TLS_PORT` or `DNS_HTTPS_PORT`',
    example: '/etc/dns-node/privkey.pem',
    description: 'PEM file of the private key of `DNS_TLS_CERT`.',
  },
  DNS_BALANCERS: {
    default: 'none',
    example: '10.0.0.0/8,2001:db8::7',
    description: 'Load balancers whose PROXY headers are trusted: addresses or prefixes, but not `/0`.',
  },
  DNS_LIVE_ADDRESSES: {
    default: 'the address that was asked; none behind `DNS_BALANCERS`',
    example: '192.0.2.11,2001:db8::11',
    description:
      'The addresses, at most one of each family, at which devices reach DNS over HTTPS of this very node. `live.check.` and the portal’s first name lead there.',
  },
  DNS_METRICS_PORT: {
    default: '`5301`',
    example: '9102',
    description: 'TCP port of metrics and health checks, on `METRICS_HOST`.',
  },
  DNS_WORKERS: {
    default: 'one per core',
    example: '4',
    description: 'Threads, 0 to 256, that answer over UDP. 0 uses the fallback transport.',
  },
} as const satisfies KnownSettings;

export const DNS_NODE_QUERIES = {
  DNS_UPSTREAMS: {
    default: 'the resolvers of the system; empty: none',
    example: '9.9.9.9,[2620:fe::fe]:53,tls://9.9.9.9#dns.quad9.net',
    description:
      'Upstream resolvers in order of preference: addresses with an optional port. Over TLS, the certificate must be valid for the name after `#`.',
  },
  DNS_UPSTREAM_CA: {
    default: 'the authorities that Node.js knows',
    example: '/etc/ssl/resolvers.pem',
    description: 'PEM file of the authorities that sign the certificates of upstreams over TLS.',
  },
  DNS_REQUIRE_COOKIE: {
    default: '`true`',
    example: 'false',
    description:
      '`true` forwards a cache miss over UDP only with a valid server cookie; without one the client is sent to TCP.',
  },
  DNS_COOKIE_SECRETS: {
    default: 'a random one, new every day',
    example: '8c1e5f2a9b3d4c6e8f70a1b2c3d4e5f6',
    description:
      'Secrets of server cookies, 32 hexadecimal digits each, the same on all nodes behind one address. The first makes cookies; cookies of all are valid.',
  },
  DNS_FORWARD_RATE: {
    default: '`200`',
    example: '1000',
    description:
      'Queries per second, 0 to 1000000, that are forwarded for one source (an IPv4 address, or an IPv6 /64). A burst can be five times as large. 0 means no limit.',
  },
  DNS_MAX_STALE: {
    default: '`168`',
    example: '24',
    description:
      'Hours, 1 to 8760, after which a node that cannot update its allowlist drops it, and answers only the portal’s names.',
  },
  DNS_CANARIES: {
    default: '`true`',
    example: 'false',
    description:
      '`true` turns iCloud Private Relay and the automatic DNS over HTTPS of Firefox off for allowed clients. `false` forwards the queries with which they check for this.',
  },
  DNS_CONNECTIVITY_CHECKS: {
    default: '`false`',
    example: 'true',
    description:
      '`true` answers unlisted clients with the portal’s addresses when a device looks for the internet, so that it shows the page of the gateway: port 80 of the portal must lead there.',
  },
  DNS_RELAY_CDN: {
    default: '`true`',
    example: 'false',
    description:
      '`true` leads the `cdn` names of the services to relays, too. `false` leaves the bytes of films off the relays: where a service compares the addresses of a viewer, it may not play.',
  },
} as const satisfies KnownSettings;
