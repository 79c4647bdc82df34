// The gateway's settings, and only the gateway's.
import ipaddr from 'ipaddr.js';
import { SECRET_KEY_BYTES } from '../secrets/keyring.js';
import { catalogueFiles } from './catalogue.js';
import { isProduction, refusesExamples } from './environment.js';
import { policyFile } from './policy.js';
import { type Endpoint, SettingsReader } from './settings.js';
import { stopDelayMs } from './stop-delay.js';
import { usageMonths } from './usage.js';

/** Base URLs without a slash at the end. The family by which a router reaches the name decides which address it updates. */
export interface UpdateHosts {
  /** Of a name with addresses of both families. */
  readonly any: string;
  /** Of a name with IPv4 addresses alone; null: there is none. */
  readonly ipv4: string | null;
  /** Of a name with IPv6 addresses alone; null: there is none. */
  readonly ipv6: string | null;
}

export interface StoreConfig {
  /** `postgres://user:password@host:port/database` */
  readonly databaseUrl: string;
  /** `redis://user:password@host:port/0` or `rediss://…` */
  readonly redisUrl: string;
  /** As `redisUrl`, of the ephemeral Redis, which holds everything that has a time of day. */
  readonly ephemeralRedisUrl: string;
}

export interface UsageConfig {
  /** Days for which reports of a day may arrive or be corrected afterwards. */
  readonly openDays: number;
  /** Months before the current one for which usage data is kept. */
  readonly months: number;
  /** A heavy user has more data in a month than this many other accounts together; only then staff may write to them. */
  readonly heavyAccounts: number;
}

export interface GatewayConfig extends StoreConfig {
  readonly listen: Endpoint;
  /** Further hosts on which it listens, on the same port. */
  readonly moreHosts: readonly string[];
  readonly metrics: Endpoint;
  readonly catalogueFile: string;
  readonly regionsFile: string;
  /** IP addresses that people enter in their devices; empty: those of the file of regions. */
  readonly dnsServers: readonly string[];
  /** Whether private, loopback and documentation ranges may be registered; for development. */
  readonly allowPrivateAddresses: boolean;
  /** IP addresses or CIDR prefixes of proxies whose X-Forwarded-For is trusted. */
  readonly trustedProxies: readonly string[];
  /** 32 bytes: the installation key, from which all other keys are derived. */
  readonly secretKey: Buffer;
  /** `smtp://user:password@host:port` or `smtps://…`: the mail server. */
  readonly smtpUrl: string;
  /** The From header field, such as `CyberSapceVPN <mail@example.com>`. */
  readonly mailFrom: string;
  /** Where customers use the product: links in mails lead there, and passkeys belong to its host. No slash at the end. */
  readonly portalUrl: string;
  /** Where the public reaches this gateway: unsubscribe links lead there. No slash at the end. */
  readonly publicUrl: string;
  /** Where routers update the address of a network. */
  readonly updateHosts: UpdateHosts;
  /** The URL of this gateway at a host name that has IPv4 addresses alone; null: there is none. No slash at the end. */
  readonly ipv4Url: string | null;
  /** As `ipv4Url`, with IPv6 addresses alone. */
  readonly ipv6Url: string | null;
  /** Origins of web pages that may use the API, such as `https://portal.example.com`. In development also pages of localhost. */
  readonly corsOrigins: readonly string[];
  /** Milliseconds within which a request must arrive completely. */
  readonly requestMs: number;
  /** A file of breached passwords in the format of Have I Been Pwned, ordered by hash; null: the built-in list alone. */
  readonly breachedPasswordsFile: string | null;
  /** The list of the privacy policy's versions. */
  readonly policyFile: string;
  /** E-mail address for questions about privacy. */
  readonly contactEmail: string;
  /** The business's postal address on one line, which marketing mails show; null: no campaign can be sent. */
  readonly postalAddress: string | null;
  /** E-mail address of the data protection officer. */
  readonly dpoEmail: string;
  /** The id of this business in the directory of the Data Rights Protocol. */
  readonly drpBusinessId: string;
  readonly usage: UsageConfig;
  /** Months without use after which the owner of an account gets a mail. */
  readonly idleMonths: number;
  /** Milliseconds for which a process that was asked to stop continues to serve, while its routing check fails. */
  readonly stopDelayMs: number;
  /** Whether addresses and names of the shipped example are refused in the file of regions. */
  readonly refusesExamples: boolean;
  /** In production the schema cannot be introspected. */
  readonly production: boolean;
  /** Files of operations that are served beside those of `client/operations.json`. */
  readonly operationFiles: readonly string[];
  /** Whether operations outside all these files are served. */
  readonly openOperations: boolean;
}

/** Throws ConfigError, which has all errors. */
export function readGatewayConfig(
  env: Readonly<Record<string, string | undefined>> = process.env,
): GatewayConfig {
  const read = new SettingsReader(env);
  read.noUnknown();
  const production = isProduction(read);
  const portalUrl = read.pages('PORTAL_URL', null, production);
  const publicUrl = read.pages('PUBLIC_URL', portalUrl, production);
  const ipv4Url = read.pages('PUBLIC_URL_IPV4', '', production);
  const ipv6Url = read.pages('PUBLIC_URL_IPV6', '', production);
  if (isForOthers(portalUrl)) read.required('NODE_ENV', IN_PRODUCTION);
  const [host, ...moreHosts] = read.hosts('GATEWAY_HOST', '127.0.0.1');
  return read.finish({
    listen: { host, port: read.port('GATEWAY_PORT', 4000) },
    moreHosts,
    metrics: {
      host: read.host('METRICS_HOST', '127.0.0.1'),
      port: read.port('GATEWAY_METRICS_PORT', 4001),
    },
    databaseUrl: read.url('DATABASE_URL', ['postgres:', 'postgresql:']),
    redisUrl: read.server('REDIS_URL', ['redis:', 'rediss:']),
    ephemeralRedisUrl: read.server('REDIS_EPHEMERAL_URL', ['redis:', 'rediss:']),
    ...catalogueFiles(read),
    dnsServers: read.list('DNS_SERVERS', '', 'an IP address', parseIp),
    allowPrivateAddresses: read.boolean('ALLOW_PRIVATE_ADDRESSES', false),
    trustedProxies: read.list('TRUSTED_PROXIES', '', 'an address or a CIDR prefix, not /0', parseProxy),
    secretKey: read.secret('SECRET_KEY', SECRET_KEY_BYTES),
    smtpUrl: read.server('SMTP_URL', ['smtp:', 'smtps:']),
    mailFrom: read.sender('MAIL_FROM', 'the From field of mails', production),
    portalUrl,
    publicUrl,
    updateHosts: {
      any: read.pages('UPDATE_URL', publicUrl, production),
      ipv4: read.pages('UPDATE_URL_IPV4', ipv4Url, production) || null,
      ipv6: read.pages('UPDATE_URL_IPV6', ipv6Url, production) || null,
    },
    ipv4Url: ipv4Url || null,
    ipv6Url: ipv6Url || null,
    corsOrigins: read.list('CORS_ORIGINS', originOf(portalUrl), 'scheme, host and port alone', parseOrigin),
    requestMs: read.whole('REQUEST_SECONDS', 15, 1, 600) * 1000,
    breachedPasswordsFile: read.text('BREACHED_PASSWORDS', '') || null,
    policyFile: policyFile(read),
    contactEmail: read.email('CONTACT_EMAIL', 'where people write to about privacy'),
    postalAddress: read.optionalLine('POSTAL_ADDRESS', 10, 200),
    dpoEmail: read.email('DPO_EMAIL', 'the address of the data protection specialist'),
    drpBusinessId: read.text('DRP_BUSINESS_ID', 'CYBERSPACEVPN'),
    usage: {
      openDays: read.whole('USAGE_OPEN_DAYS', 3, 1, 31),
      months: usageMonths(read),
      heavyAccounts: read.whole('HEAVY_USAGE_ACCOUNTS', 2000, 2000, 1_000_000),
    },
    idleMonths: read.whole('IDLE_MONTHS', 24, 12, 120),
    stopDelayMs: stopDelayMs(read),
    production,
    refusesExamples: refusesExamples(read),
    operationFiles: read.list('OPERATIONS', '', 'a path', (path) => path),
    openOperations: read.boolean('OPEN_OPERATIONS', !production),
  });
}

const IN_PRODUCTION = 'production where others use the product, development or test elsewhere';

/** Whether the portal has a public name, rather than one of this machine, of a home network or of an example. */
function isForOthers(portalUrl: string): boolean {
  const { hostname } = URL.canParse(portalUrl) ? new URL(portalUrl) : { hostname: 'localhost' };
  if (!hostname.includes('.') || ipaddr.isValid(hostname)) return false;
  return !/(?:^|\.)(?:example|test|invalid|localhost|local|internal|example\.(?:com|net|org))$/.test(
    hostname,
  );
}

function parseProxy(item: string): string | null {
  if (ipaddr.isValid(item)) return item;
  // With /0 every client could choose its own source address.
  return ipaddr.isValidCIDR(item) && ipaddr.parseCIDR(item)[1] > 0 ? item : null;
}

function parseIp(item: string): string | null {
  return ipaddr.isValid(item) ? item : null;
}

/** Empty when the setting is invalid. */
function originOf(url: string): string {
  return /^https?:/.test(url) && URL.canParse(url) ? new URL(url).origin : '';
}

function parseOrigin(item: string): string | null {
  return item !== '' && originOf(item) === item ? item : null;
}
