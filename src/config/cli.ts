// The command line's settings: the environment's, or those of the `npm start` that runs in this folder.
import { SECRET_KEY_BYTES } from '../secrets/keyring.js';
import { catalogueFiles } from './catalogue.js';
import { refusesExamples } from './environment.js';
import { policyFile } from './policy.js';
import { type Endpoint, SettingsReader } from './settings.js';
import { usageMonths } from './usage.js';

type Environment = Readonly<Record<string, string | undefined>>;

export interface CliConfig {
  /** Null when neither the environment nor a running `npm start` sets it. */
  readonly databaseUrl: string | null;
  readonly redisUrl: string | null;
  readonly ephemeralRedisUrl: string | null;
  /** 32 bytes; null as above. */
  readonly secretKey: Buffer | null;
  /** E-mail addresses; null as above. */
  readonly contactEmail: string | null;
  readonly dpoEmail: string | null;
  readonly postalAddress: string | null;
  /** The settings that name URLs of the gateways and of the portal, with the URLs; those that are not set are left out. */
  readonly publicUrls: readonly (readonly [setting: string, url: string])[];
  readonly gatewayMetrics: Endpoint;
  readonly dns: Endpoint;
  readonly dnsMetrics: Endpoint;
  readonly catalogueFile: string;
  readonly regionsFile: string;
  /** Whether addresses and names of the shipped example are refused in the file of regions. */
  readonly refusesExamples: boolean;
  readonly policyFile: string;
  readonly allowPrivateAddresses: boolean;
  readonly breachedPasswordsFile: string | null;
  /** Of a VPN node that sends reports. */
  readonly vpnNodeToken: string | null;
  /** Months before the current one for which usage data is kept. */
  readonly usageMonths: number;
}

const PUBLIC_URLS = [
  'PORTAL_URL',
  'PUBLIC_URL',
  'PUBLIC_URL_IPV4',
  'PUBLIC_URL_IPV6',
  'UPDATE_URL',
  'UPDATE_URL_IPV4',
  'UPDATE_URL_IPV6',
] as const;

/**
 * `running` holds the settings of a running `npm start`. They apply all together or not at all: an environment that names its
 * own store means another installation, which must not get settings of the local one. Throws ConfigError, which has all errors.
 */
export function readCliConfig(running: Environment | null, env: Environment = process.env): CliConfig {
  const namesStore = Boolean(env.DATABASE_URL?.trim() || env.REDIS_URL?.trim());
  const settings = running !== null && !namesStore ? { ...env, ...running } : env;
  const read = new SettingsReader(settings);
  const metricsHost = read.host('METRICS_HOST', '127.0.0.1');
  return read.finish({
    databaseUrl: settings.DATABASE_URL?.trim()
      ? read.url('DATABASE_URL', ['postgres:', 'postgresql:'])
      : null,
    redisUrl: settings.REDIS_URL?.trim() ? read.url('REDIS_URL', ['redis:', 'rediss:']) : null,
    ephemeralRedisUrl: settings.REDIS_EPHEMERAL_URL?.trim()
      ? read.url('REDIS_EPHEMERAL_URL', ['redis:', 'rediss:'])
      : null,
    secretKey: settings.SECRET_KEY?.trim() ? read.secret('SECRET_KEY', SECRET_KEY_BYTES) : null,
    contactEmail: settings.CONTACT_EMAIL?.trim()
      ? read.email('CONTACT_EMAIL', 'where people write to about privacy')
      : null,
    dpoEmail: settings.DPO_EMAIL?.trim()
      ? read.email('DPO_EMAIL', 'the address of the data protection specialist')
      : null,
    postalAddress: read.optionalLine('POSTAL_ADDRESS', 10, 200),
    publicUrls: PUBLIC_URLS.map((name) => [name, read.pages(name, '', false)] as const).filter(
      ([, url]) => url !== '',
    ),
    gatewayMetrics: { host: metricsHost, port: read.port('GATEWAY_METRICS_PORT', 4001) },
    dns: { host: read.host('DNS_HOST', '127.0.0.1'), port: read.port('DNS_PORT', 5300) },
    dnsMetrics: { host: metricsHost, port: read.port('DNS_METRICS_PORT', 5301) },
    ...catalogueFiles(read),
    refusesExamples: refusesExamples(read),
    policyFile: policyFile(read),
    allowPrivateAddresses: read.boolean('ALLOW_PRIVATE_ADDRESSES', false),
    breachedPasswordsFile: read.text('BREACHED_PASSWORDS', '') || null,
    vpnNodeToken: read.text('VPN_NODE_TOKEN', '') || null,
    usageMonths: usageMonths(read),
  });
}
