// The settings of the dns-node, and no others: it never learns where Postgres is.
import { getServers } from 'node:dns';
import { availableParallelism, networkInterfaces } from 'node:os';
import ipaddr from 'ipaddr.js';
import { HOUR_MS } from '../lib/durations.js';
import { type Address, formatAddress, type Prefix, parseAddress, parsePrefix } from '../lib/ip.js';
import { catalogueFiles } from './catalogue.js';
import { refusesExamples } from './environment.js';
import { type Endpoint, parsePort, SettingsReader } from './settings.js';
import { stopDelayMs } from './stop-delay.js';

export interface DnsNodeConfig {
  /** Whether addresses and names of the shipped example are refused in the file of regions. */
  readonly refusesExamples: boolean;
  readonly listen: Endpoint;
  readonly metrics: Endpoint;
  /** Null: neither DoT nor DoH. */
  readonly secure: SecureConfig | null;
  /** Load balancers whose PROXY headers are trusted. */
  readonly balancers: readonly Prefix[];
  /** A user that may only read the public allowlist is enough, and is recommended in production. */
  readonly redisUrl: string;
  /** Upstreams for names outside the catalogue, in order of preference; may be empty. */
  readonly upstreams: readonly Upstream[];
  /** PEM file of the authorities that are trusted for upstreams over TLS; null: Node's own list. */
  readonly upstreamAuthoritiesFile: string | null;
  /** UDP workers; 0: the fallback transport. */
  readonly workers: number;
  /** Whether a query over UDP is forwarded only with a valid server cookie. */
  readonly requiresCookie: boolean;
  /** Whether Private Relay and Firefox's own DNS over HTTPS are asked to stay off. */
  readonly answersCanaries: boolean;
  /** Whether unlisted clients get the portal for the names by which devices look for the internet. */
  readonly answersConnectivityChecks: boolean;
  /** The addresses at which the page of live counts of this node is reached; null: those that are asked. */
  readonly liveAddresses: { readonly ipv4: string | null; readonly ipv6: string | null } | null;
  /** Whether the names of services that carry bytes only lead to relays, too. */
  readonly relaysCdn: boolean;
  /** Queries per second that are forwarded for one source; 0: any number. */
  readonly forwardsPerSecond: number;
  /** 16 bytes each; none: random ones. The first makes server cookies, and all validate them (RFC 9018 section 5). */
  readonly cookieSecrets: readonly Uint8Array[];
  /** Milliseconds for which a process that was asked to stop continues to serve, while its routing check fails. */
  readonly stopDelayMs: number;
  /** Milliseconds after which an allowlist that is not known to be current is dropped. */
  readonly maxStaleMs: number;
  readonly catalogueFile: string;
  readonly regionsFile: string;
}

/** Over TLS the certificate must have the name `authName` (RFC 8310 section 7.1). */
export type Upstream =
  | { readonly kind: 'plain'; readonly endpoint: Endpoint }
  | { readonly kind: 'tls'; readonly endpoint: Endpoint; readonly authName: string };

const MAX_WORKERS = 256;
const MAX_FORWARD_RATE = 1_000_000;

const YEAR_HOURS = 8760;
/** The default of DNS_MAX_STALE: longer than outages last. An older allowlist would allow clients that were removed long ago. */
const WEEK_HOURS = 168;

/** At least one of the endpoints is not null. */
export interface SecureConfig {
  readonly dot: Endpoint | null;
  readonly doh: Endpoint | null;
  readonly certFile: string;
  readonly keyFile: string;
}

/** Throws ConfigError, which has all errors. */
export function readDnsNodeConfig(
  env: Readonly<Record<string, string | undefined>> = process.env,
): DnsNodeConfig {
  const read = new SettingsReader(env);
  // The system may name resolvers that only it can reach, such as link-local ones with a zone.
  const system = getServers().filter((server) => parseUpstream(server) !== null);
  const upstreams = env.DNS_UPSTREAMS ?? system.join(',');
  const host = read.host('DNS_HOST', '127.0.0.1');
  const listen = { host, port: read.port('DNS_PORT', 5300) };
  const secure = readSecure(read, host);
  read.noUnknown();
  return read.finish({
    refusesExamples: refusesExamples(read),
    listen,
    secure,
    balancers: read.list('DNS_BALANCERS', '', 'an address or a CIDR prefix, not /0', parseBalancer),
    metrics: { host: read.host('METRICS_HOST', '127.0.0.1'), port: read.port('DNS_METRICS_PORT', 5301) },
    redisUrl: read.server('REDIS_URL', ['redis:', 'rediss:']),
    upstreams: noneIsUs(
      read,
      read.list('DNS_UPSTREAMS', upstreams, UPSTREAM_SHAPE, parseUpstream),
      secure?.dot ? [listen, secure.dot] : [listen],
    ),
    upstreamAuthoritiesFile: read.text('DNS_UPSTREAM_CA', '') || null,
    workers: read.whole('DNS_WORKERS', availableParallelism(), 0, MAX_WORKERS),
    requiresCookie: read.boolean('DNS_REQUIRE_COOKIE', true),
    answersCanaries: read.boolean('DNS_CANARIES', true),
    answersConnectivityChecks: read.boolean('DNS_CONNECTIVITY_CHECKS', false),
    liveAddresses: readLive(read),
    relaysCdn: read.boolean('DNS_RELAY_CDN', true),
    forwardsPerSecond: read.whole('DNS_FORWARD_RATE', 200, 0, MAX_FORWARD_RATE),
    cookieSecrets: read.list('DNS_COOKIE_SECRETS', '', '32 hexadecimal digits', parseCookieSecret),
    stopDelayMs: stopDelayMs(read),
    maxStaleMs: read.whole('DNS_MAX_STALE', WEEK_HOURS, 1, YEAR_HOURS) * HOUR_MS,
    ...catalogueFiles(read),
  });
}

/** Reports an upstream that is this node itself: queries would loop. */
function noneIsUs(
  read: SettingsReader,
  upstreams: readonly Upstream[],
  listening: readonly Endpoint[],
): readonly Upstream[] {
  const position = upstreams.findIndex(({ endpoint }) =>
    listening.some(({ host, port }) => port === endpoint.port && hasAddress(host, endpoint.host)),
  );
  if (position >= 0) {
    const where = upstreams.length === 1 ? '' : ` (item ${position + 1})`;
    read.reject(
      'DNS_UPSTREAMS',
      `must not be this node itself${where}; where it is not set, the system's resolvers count`,
    );
  }
  return upstreams;
}

/** Whether a socket that is bound to the host gets what is sent to the address. */
function hasAddress(host: string, address: string): boolean {
  const sought = parseAddress(address);
  const own = parseAddress(host);
  if (sought === null) return false;
  const same = (other: Address | null) =>
    other !== null && other.family === sought.family && String(other.words) === String(sought.words);
  if (own?.words.some((word) => word !== 0)) return same(own);
  // Bound to all addresses, or to a name of this machine.
  if (sought.family === 4 && sought.words[0]! >>> 24 === 127) return true;
  const interfaces = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return interfaces.some((each) => same(parseAddress(each.address)));
}

function readSecure(read: SettingsReader, host: string): SecureConfig | null {
  const endpoint = (port: number | null) => (port === null ? null : { host, port });
  const dot = endpoint(read.optionalPort('DNS_TLS_PORT'));
  const doh = endpoint(read.optionalPort('DNS_HTTPS_PORT'));
  const on = dot !== null || doh !== null;
  const certFile = read.requiredIf('DNS_TLS_CERT', on, 'the PEM file of the certificate for DoT and DoH');
  const keyFile = read.requiredIf('DNS_TLS_KEY', on, 'the PEM file of the private key for DoT and DoH');
  return on ? { dot, doh, certFile, keyFile } : null;
}

function readLive(read: SettingsReader): DnsNodeConfig['liveAddresses'] {
  const shape = 'an address of a host, one of each family';
  const addresses = read.list('DNS_LIVE_ADDRESSES', '', shape, parseHost);
  const of = (family: 4 | 6) => addresses.filter((each) => each.family === family).map(formatAddress);
  const [ipv4, ipv6] = [of(4), of(6)];
  if (ipv4.length > 1 || ipv6.length > 1)
    read.reject('DNS_LIVE_ADDRESSES', 'must have one address of each family');
  return addresses.length === 0 ? null : { ipv4: ipv4[0] ?? null, ipv6: ipv6[0] ?? null };
}

/** Null: also for the unspecified address. */
function parseHost(item: string): Address | null {
  const address = parseAddress(item);
  return address?.words.some((word) => word !== 0) ? address : null;
}

function parseBalancer(item: string): Prefix | null {
  const prefix = parsePrefix(item);
  // Anybody could be any customer.
  return typeof prefix === 'string' || prefix.length === 0 ? null : prefix;
}

const UPSTREAM_SHAPE =
  'an address with an optional port, for TLS between tls:// and #NAME-IN-ITS-CERTIFICATE';

/** `192.0.2.1:53`, or `tls://192.0.2.1:853#resolver.example`; ports 53 and 853 when none is given. */
function parseUpstream(item: string): Upstream | null {
  const tls = /^tls:\/\/([^#]*)#(.*)$/.exec(item);
  const endpoint = tls === null ? parseEndpoint(item, 53) : parseEndpoint(tls[1]!, 853);
  if (endpoint === null) return null;
  if (tls === null) return { kind: 'plain', endpoint };
  return isHostName(tls[2]!) ? { kind: 'tls', endpoint, authName: tls[2]! } : null;
}

/** `192.0.2.1`, `192.0.2.1:53`, `2001:db8::1`, `[2001:db8::1]:53`. */
function parseEndpoint(text: string, defaultPort: number): Endpoint | null {
  if (ipaddr.isValid(text)) return { host: text, port: defaultPort };
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(text);
  const host = match?.[1] ?? match?.[2] ?? '';
  const port = parsePort(match?.[3] ?? String(defaultPort));
  return ipaddr.isValid(host) && port ? { host, port } : null;
}

/** RFC 1123 section 2.1; the last label is no number, so that no address is taken for a name. */
function isHostName(text: string): boolean {
  const label = /^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/i;
  const labels = text.split('.');
  return text.length <= 253 && labels.every((part) => label.test(part)) && !/^\d+$/.test(labels.at(-1)!);
}

function parseCookieSecret(item: string): Uint8Array | null {
  return /^[0-9a-f]{32}$/i.test(item) ? Buffer.from(item, 'hex') : null;
}
