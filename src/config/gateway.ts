// The gateway's settings, and only the gateway's.
import ipaddr from 'ipaddr.js';
import { catalogueFiles } from './catalogue.js';
import { type Endpoint, SettingsReader } from './settings.js';

export interface StoreConfig {
  /** `postgres://user:password@host:port/database` */
  readonly databaseUrl: string;
  /** `redis://user:password@host:port/0` or `rediss://…` */
  readonly redisUrl: string;
}

export interface GatewayConfig extends StoreConfig {
  readonly listen: Endpoint;
  readonly metrics: Endpoint;
  readonly catalogueFile: string;
  readonly regionsFile: string;
  /** Lets private, loopback and documentation ranges be registered; for development. */
  readonly allowPrivateAddresses: boolean;
  /** Addresses or CIDR prefixes of proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  /** In production the schema cannot be introspected. */
  readonly production: boolean;
}

/** Throws SettingsError with every fault at once. */
export function readGatewayConfig(
  env: Readonly<Record<string, string | undefined>> = process.env,
): GatewayConfig {
  const read = new SettingsReader(env);
  return read.finish({
    listen: { host: read.text('GATEWAY_HOST', '127.0.0.1'), port: read.port('GATEWAY_PORT', 4000) },
    metrics: {
      host: read.text('METRICS_HOST', '127.0.0.1'),
      port: read.port('GATEWAY_METRICS_PORT', 4001),
    },
    databaseUrl: read.url('DATABASE_URL', ['postgres:', 'postgresql:']),
    redisUrl: read.url('REDIS_URL', ['redis:', 'rediss:']),
    ...catalogueFiles(read),
    allowPrivateAddresses: read.boolean('ALLOW_PRIVATE_ADDRESSES', false),
    trustedProxies: read.list('TRUSTED_PROXIES', '', 'an address or a CIDR prefix', parseProxy),
    production: read.text('NODE_ENV', 'development') === 'production',
  });
}

function parseProxy(item: string): string | null {
  return ipaddr.isValid(item) || ipaddr.isValidCIDR(item) ? item : null;
}
