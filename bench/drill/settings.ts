// The settings of every process of a drill: names of hosts, settings as production has them, and regions of its own.
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MAIL_ADDRESS } from './mail.js';
import type { Host } from './network.js';
import type { Secrets } from './servers.js';

export const NAMES = {
  redis: 'redis.internal',
  ephemeral: 'redis-ephemeral.internal',
  postgres: 'postgres.internal',
} as const;

export const MEDIA_NAME = 'netflix.com';
export const PORTAL_NAME = 'portal.drill.example';
export const PORTAL_ADDRESS = '51.250.0.80';
export const RELAY_ADDRESS = '51.251.0.1';
export const REGION = 'us';

export const GATEWAY_PORT = 4000;
const GATEWAY_METRICS_PORT = 4001;
const DNS_METRICS_PORT = 5301;

const SECRET_KEY = randomBytes(32).toString('base64');

export function secretKey(): string {
  return SECRET_KEY;
}

export async function writeRegions(folder: string, dnsServers: readonly string[]): Promise<string> {
  const file = join(folder, 'regions.json');
  await writeFile(
    file,
    JSON.stringify({
      dnsServers,
      portal: { names: [PORTAL_NAME], ipv4: [PORTAL_ADDRESS] },
      defaultRegion: REGION,
      regions: [{ id: REGION, name: 'United States', relays: [{ ipv4: RELAY_ADDRESS }] }],
    }),
  );
  return file;
}

export function operationsUrl(process: 'gateway' | 'dns-node', { address }: Host): string {
  return `http://${address}:${process === 'gateway' ? GATEWAY_METRICS_PORT : DNS_METRICS_PORT}`;
}

export function gatewaySettings(
  host: Host,
  {
    regions,
    databaseUrl,
    redisUrl,
    ephemeralUrl,
    mailAuthority,
  }: {
    readonly regions: string;
    readonly databaseUrl: string;
    readonly redisUrl: string;
    readonly ephemeralUrl: string;
    readonly mailAuthority: string;
  },
): Record<string, string> {
  return {
    NODE_ENV: 'production',
    // The regions of a drill are an example.
    ALLOW_PRIVATE_ADDRESSES: 'true',
    NODE_EXTRA_CA_CERTS: mailAuthority,
    GATEWAY_HOST: host.address,
    GATEWAY_PORT: String(GATEWAY_PORT),
    METRICS_HOST: host.address,
    GATEWAY_METRICS_PORT: String(GATEWAY_METRICS_PORT),
    REGIONS: regions,
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    REDIS_EPHEMERAL_URL: ephemeralUrl,
    TRUSTED_PROXIES: host.router,
    SECRET_KEY,
    SMTP_URL: `smtp://${MAIL_ADDRESS}:25`,
    MAIL_FROM: 'CyberSapceVPN <mail@drill.example>',
    CONTACT_EMAIL: 'privacy@drill.example',
    DPO_EMAIL: 'dpo@drill.example',
    PORTAL_URL: 'https://portal.drill.example',
  };
}

export function nodeSettings(
  host: Host,
  { regions, secrets }: { readonly regions: string; readonly secrets: Secrets },
): Record<string, string> {
  return {
    NODE_ENV: 'production',
    // The regions of a drill are an example.
    ALLOW_PRIVATE_ADDRESSES: 'true',
    DNS_HOST: host.address,
    DNS_PORT: '53',
    DNS_UPSTREAMS: '',
    DNS_WORKERS: '1',
    METRICS_HOST: host.address,
    DNS_METRICS_PORT: String(DNS_METRICS_PORT),
    REGIONS: regions,
    REDIS_URL: `redis://dns-node:${secrets.node}@${NAMES.redis}:6379`,
  };
}
