// The dns-node's settings, and only the dns-node's: it never learns where Postgres is.
import { getServers } from 'node:dns';
import { availableParallelism } from 'node:os';
import ipaddr from 'ipaddr.js';
import { type Prefix, parsePrefix } from '../allowlist/address.js';
import { catalogueFiles } from './catalogue.js';
import { type Endpoint, parsePort, SettingsReader } from './settings.js';

export interface DnsNodeConfig {
  readonly listen: Endpoint;
  readonly metrics: Endpoint;
  /** Null: neither DoT nor DoH. */
  readonly secure: SecureConfig | null;
  /** Load balancers whose PROXY headers are believed. */
  readonly balancers: readonly Prefix[];
  /** A user that may only read the public allowlist is enough, and is what production should give. */
  readonly redisUrl: string;
  /** Resolvers for names outside the catalogue, in order of preference; may be empty. */
  readonly upstreams: readonly Endpoint[];
  /** Threads that answer over UDP; 0: the portable transport. */
  readonly workers: number;
  /** Whether what has to be fetched is fetched only for sources that have shown that they receive their answers. */
  readonly provesSource: boolean;
  /** 16 octets each; none: random ones. The first makes server cookies, all are good (RFC 9018 section 5). */
  readonly cookieSecrets: readonly Uint8Array[];
  readonly catalogueFile: string;
  readonly regionsFile: string;
}

const MAX_WORKERS = 256;

/** At least one of the endpoints is there. */
export interface SecureConfig {
  readonly dot: Endpoint | null;
  readonly doh: Endpoint | null;
  readonly certFile: string;
  readonly keyFile: string;
}

/** Throws SettingsError with every fault at once. */
export function readDnsNodeConfig(
  env: Readonly<Record<string, string | undefined>> = process.env,
): DnsNodeConfig {
  const read = new SettingsReader(env);
  // The system may name resolvers that only it can reach, such as link-local ones with a zone.
  const system = getServers().filter((server) => parseUpstream(server) !== null);
  const upstreams = env.DNS_UPSTREAMS ?? system.join(',');
  const host = read.text('DNS_HOST', '127.0.0.1');
  return read.finish({
    listen: { host, port: read.port('DNS_PORT', 5300) },
    secure: readSecure(read, host),
    balancers: read.list('DNS_BALANCERS', '', 'an address or a CIDR prefix', parseBalancer),
    metrics: { host: read.text('METRICS_HOST', '127.0.0.1'), port: read.port('DNS_METRICS_PORT', 5301) },
    redisUrl: read.url('REDIS_URL', ['redis:', 'rediss:']),
    upstreams: read.list('DNS_UPSTREAMS', upstreams, 'an address with an optional port', parseUpstream),
    workers: read.whole('DNS_WORKERS', availableParallelism(), 0, MAX_WORKERS),
    provesSource: read.boolean('DNS_PROVE_SOURCE', true),
    cookieSecrets: read.list('DNS_COOKIE_SECRETS', '', '32 hexadecimal digits', parseCookieSecret),
    ...catalogueFiles(read),
  });
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

function parseBalancer(item: string): Prefix | null {
  const prefix = parsePrefix(item);
  return typeof prefix === 'string' ? null : prefix;
}

/** `192.0.2.1`, `192.0.2.1:53`, `2001:db8::1`, `[2001:db8::1]:53`. Port 53 when none is given. */
function parseUpstream(item: string): Endpoint | null {
  if (ipaddr.isValid(item)) return { host: item, port: 53 };
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(item);
  const host = match?.[1] ?? match?.[2] ?? '';
  const port = parsePort(match?.[3] ?? '53');
  return ipaddr.isValid(host) && port ? { host, port } : null;
}

function parseCookieSecret(item: string): Uint8Array | null {
  return /^[0-9a-f]{32}$/i.test(item) ? Buffer.from(item, 'hex') : null;
}
