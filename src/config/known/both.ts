// The settings that the gateway and the dns-node both read.
import type { KnownSettings } from './known-setting.js';

export const BOTH = {
  NODE_ENV: {
    default: '`development`',
    example: 'production',
    description:
      '`production` turns introspection and GraphiQL off, and refuses `http` pages, a `MAIL_FROM` without a domain and documentation addresses in `REGIONS`. `development`, `production` or `test`. The gateway requires the setting when `PORTAL_URL` has a public host name.',
  },
  REDIS_URL: {
    default: 'required; `npm start` runs its own Redis',
    example: 'rediss://dns-node:secret@redis.internal:6379/0',
    description: 'The URL of the durable Redis. Each process has its own user.',
  },
  METRICS_HOST: {
    default: '`127.0.0.1`',
    example: '10.0.0.5',
    description: 'Where metrics and health checks listen: an IP address or a host name.',
  },
  STOP_DELAY: {
    default: '`0`',
    example: '10',
    description:
      'Seconds, 0 to 300, for which a process that was asked to stop continues to serve while its `/routez` fails.',
  },
  CATALOGUE: {
    default: '`catalogue/services.json`',
    example: '/etc/mediastreamer/services.json',
    description: 'The file of streaming services.',
  },
  REGIONS: {
    default: '`catalogue/regions.json`',
    example: '/etc/mediastreamer/regions.json',
    description: 'The file of regions, relays, DNS servers and the portal’s names.',
  },
  ALLOW_PRIVATE_ADDRESSES: {
    default: '`false`; `true` under `npm start`',
    example: 'true',
    description:
      '`true` lets people register private, loopback and documentation addresses, and allows such addresses in `REGIONS` in production.',
  },
} as const satisfies KnownSettings;
