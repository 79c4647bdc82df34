// The settings of `npm start`: those of the gateway and of the dns-node, with stores that may be left out.

import { SECRET_KEY_BYTES } from '../secrets/keyring.js';
import { browserUrl, isLocalOnly, loopbackHosts, reachableHosts, urlOfFamily } from './addresses.js';
import { type DnsNodeConfig, readDnsNodeConfig } from './dns-node.js';
import { type GatewayConfig, readGatewayConfig } from './gateway.js';
import { ConfigError, SettingsReader } from './settings.js';

type Environment = Readonly<Record<string, string | undefined>>;

export interface StartConfig {
  readonly gateway: GatewayConfig;
  readonly dnsNode: DnsNodeConfig;
  /** Null: the data folder keeps one. */
  readonly secretKey: string | null;
  /** A store that someone else runs, or null: start one in the data folder. */
  readonly databaseUrl: string | null;
  readonly redisUrl: string | null;
  readonly ephemeralRedisUrl: string | null;
  /** Where the mailbox is to listen on 127.0.0.1; null when SMTP_URL names a mail server. */
  readonly mailbox: { readonly smtpPort: number; readonly pagePort: number } | null;
  /** What the children may see of this process's environment. */
  readonly environment: Environment;
}

/** Where the stores of a started product are, and on which ports it listens. */
export interface StartedWith {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly ephemeralRedisUrl: string;
  /** 32 bytes in base64. */
  readonly secretKey: string;
  /** The Redis user that the dns-node gets. */
  readonly dnsNodeRedisUrl: string;
  /** The mail server of the gateway. */
  readonly smtpUrl: string;
  readonly ports: Ports;
}

type ProcessPort = 'GATEWAY_PORT' | 'GATEWAY_METRICS_PORT' | 'DNS_PORT' | 'DNS_METRICS_PORT';
type MailboxPort = 'MAILBOX_PORT' | 'MAILBOX_SMTP_PORT';
export type PortSetting = ProcessPort | MailboxPort;
/** The mailbox has ports only when it is started. */
export type Ports = Readonly<Record<ProcessPort, number> & Partial<Record<MailboxPort, number>>>;

const PROCESS_SETTINGS = ['PATH', 'HOME', 'TZ', 'NODE_ENV'];
const SHARED_SETTINGS = ['ALLOW_PRIVATE_ADDRESSES', 'METRICS_HOST', 'STOP_DELAY', 'CATALOGUE', 'REGIONS'];
const GATEWAY_SETTINGS = [
  'GATEWAY_HOST',
  'TRUSTED_PROXIES',
  'DNS_SERVERS',
  'MAIL_FROM',
  'PORTAL_URL',
  'PUBLIC_URL',
  'UPDATE_URL',
  'UPDATE_URL_IPV4',
  'UPDATE_URL_IPV6',
  'PUBLIC_URL_IPV4',
  'PUBLIC_URL_IPV6',
  'CORS_ORIGINS',
  'REQUEST_SECONDS',
  'DRP_BUSINESS_ID',
  'BREACHED_PASSWORDS',
  'POLICY',
  'CONTACT_EMAIL',
  'POSTAL_ADDRESS',
  'DPO_EMAIL',
  'USAGE_OPEN_DAYS',
  'USAGE_MONTHS',
  'HEAVY_USAGE_ACCOUNTS',
  'IDLE_MONTHS',
  'OPERATIONS',
  'OPEN_OPERATIONS',
];
const DNS_NODE_SETTINGS = [
  'DNS_HOST',
  'DNS_TLS_PORT',
  'DNS_HTTPS_PORT',
  'DNS_TLS_CERT',
  'DNS_TLS_KEY',
  'DNS_BALANCERS',
  'DNS_UPSTREAMS',
  'DNS_UPSTREAM_CA',
  'DNS_WORKERS',
  'DNS_REQUIRE_COOKIE',
  'DNS_CANARIES',
  'DNS_CONNECTIVITY_CHECKS',
  'DNS_LIVE_ADDRESSES',
  'DNS_RELAY_CDN',
  'DNS_MAX_STALE',
  'DNS_FORWARD_RATE',
  'DNS_COOKIE_SECRETS',
];

/**
 * Throws ConfigError, which has all errors of both processes. Private addresses may be registered unless
 * ALLOW_PRIVATE_ADDRESSES is false, because the address of a first user is 127.0.0.1.
 */
export function readStartConfig(env: Environment = process.env): StartConfig {
  const databaseUrl = env.DATABASE_URL?.trim() || null;
  const redisUrl = env.REDIS_URL?.trim() || null;
  const ephemeralRedisUrl = env.REDIS_EPHEMERAL_URL?.trim() || null;
  const secretKey = env.SECRET_KEY?.trim() || null;
  const smtpUrl = env.SMTP_URL?.trim() || null;
  const environment = {
    CONTACT_EMAIL: 'privacy@cyberspacevpn.example',
    POSTAL_ADDRESS: 'CyberSapceVPN, 1 Example Street, 12345 Example',
    DPO_EMAIL: 'dpo@cyberspacevpn.example',
    MAIL_FROM: 'CyberSapceVPN <mail@cyberspacevpn.example>',
    ...env,
    GATEWAY_HOST: env.GATEWAY_HOST?.trim() || loopbackHosts().join(),
    // Known only when the ports are: see `linksHere`.
    PORTAL_URL: env.PORTAL_URL?.trim() || 'http://localhost',
    SMTP_URL: smtpUrl ?? 'smtp://embedded',
    SECRET_KEY: secretKey ?? Buffer.alloc(SECRET_KEY_BYTES).toString('base64'),
    ALLOW_PRIVATE_ADDRESSES: env.ALLOW_PRIVATE_ADDRESSES?.trim() || 'true',
    DATABASE_URL: databaseUrl ?? 'postgres://embedded',
    REDIS_URL: redisUrl ?? 'redis://embedded',
    REDIS_EPHEMERAL_URL: ephemeralRedisUrl ?? 'redis://embedded',
  };
  const errors = new Set<string>();
  const gateway = collecting(errors, () => readGatewayConfig(environment));
  const dnsNode = collecting(errors, () => readDnsNodeConfig(environment));
  const mailbox = smtpUrl === null ? collecting(errors, () => readMailboxPorts(environment)) : null;
  if (gateway === null || dnsNode === null || errors.size > 0) throw new ConfigError([...errors]);
  return {
    gateway,
    dnsNode,
    mailbox,
    secretKey,
    databaseUrl,
    redisUrl,
    ephemeralRedisUrl,
    environment: { ...environment, PORTAL_URL: env.PORTAL_URL },
  };
}

function readMailboxPorts(env: Environment): { smtpPort: number; pagePort: number } {
  const read = new SettingsReader(env);
  return read.finish({
    pagePort: read.port('MAILBOX_PORT', 4002),
    smtpPort: read.port('MAILBOX_SMTP_PORT', 4025),
  });
}

function collecting<T>(errors: Set<string>, read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const message of error.errors) errors.add(message);
    return null;
  }
}

/** The settings that the started gateway has, and nothing that only the dns-node needs. */
export function gatewaySettings(config: StartConfig, started: StartedWith): Record<string, string> {
  return {
    ...pick(config.environment, [...SHARED_SETTINGS, ...GATEWAY_SETTINGS]),
    ...linksHere(config, started.ports),
    GATEWAY_PORT: String(started.ports.GATEWAY_PORT),
    GATEWAY_METRICS_PORT: String(started.ports.GATEWAY_METRICS_PORT),
    DATABASE_URL: started.databaseUrl,
    REDIS_URL: started.redisUrl,
    REDIS_EPHEMERAL_URL: started.ephemeralRedisUrl,
    SECRET_KEY: started.secretKey,
    SMTP_URL: started.smtpUrl,
  };
}

/**
 * The targets of links when no setting names them: links in mails lead to the portal pages beside the mailbox, and all others to
 * the gateway, with a URL for each family. Also the DNS servers that devices use, when the dns-node can be reached from this machine's networks.
 */
function linksHere(
  { gateway, dnsNode, environment }: StartConfig,
  { GATEWAY_PORT, MAILBOX_PORT }: Ports,
): Record<string, string> {
  const { PORTAL_URL, PUBLIC_URL, PUBLIC_URL_IPV4, PUBLIC_URL_IPV6, DNS_SERVERS, REGIONS } = environment;
  const { host } = dnsNode.listen;
  const ownGateway = browserUrl({ host: gateway.listen.host, port: GATEWAY_PORT });
  const links: Record<string, string> = {};
  if (!PORTAL_URL?.trim()) {
    links.PORTAL_URL = MAILBOX_PORT === undefined ? ownGateway : `http://localhost:${MAILBOX_PORT}`;
    if (!PUBLIC_URL?.trim()) links.PUBLIC_URL = ownGateway;
    const hosts = [gateway.listen.host, ...gateway.moreHosts];
    const [ipv4Url, ipv6Url] = [urlOfFamily(4, hosts, GATEWAY_PORT), urlOfFamily(6, hosts, GATEWAY_PORT)];
    if (!PUBLIC_URL_IPV4?.trim() && ipv4Url !== null) links.PUBLIC_URL_IPV4 = ipv4Url;
    if (!PUBLIC_URL_IPV6?.trim() && ipv6Url !== null) links.PUBLIC_URL_IPV6 = ipv6Url;
  }
  if (!DNS_SERVERS?.trim() && !REGIONS?.trim() && !isLocalOnly(host)) {
    const servers = reachableHosts(host);
    if (servers.length > 0) links.DNS_SERVERS = servers.join();
  }
  return links;
}

/** The settings of the started dns-node, which has no access to Postgres. */
export function dnsNodeSettings(config: StartConfig, started: StartedWith): Record<string, string> {
  return {
    ...pick(config.environment, [...SHARED_SETTINGS, ...DNS_NODE_SETTINGS]),
    DNS_PORT: String(started.ports.DNS_PORT),
    DNS_METRICS_PORT: String(started.ports.DNS_METRICS_PORT),
    REDIS_URL: started.dnsNodeRedisUrl,
  };
}

/** Environment variables that every process gets beside its settings. */
export function processSettings(config: StartConfig): Record<string, string> {
  return pick(config.environment, PROCESS_SETTINGS);
}

function pick(env: Environment, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const])),
  );
}
