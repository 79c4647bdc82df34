// The settings of the gateway, in the groups of the reference.
import type { KnownSettings } from './known-setting.js';

export const GATEWAY_NETWORK = {
  GATEWAY_HOST: {
    default: '`127.0.0.1`; `npm start`: `127.0.0.1,::1`',
    example: '::',
    description: 'Where the API listens: an IP address or a host name, or several, separated by commas.',
  },
  GATEWAY_PORT: {
    default: '`4000`',
    example: '8080',
    description: 'TCP port of the API; 0 takes a free one.',
  },
  GATEWAY_METRICS_PORT: {
    default: '`4001`',
    example: '9101',
    description: 'TCP port of metrics and health checks, on `METRICS_HOST`.',
  },
  TRUSTED_PROXIES: {
    default: 'none',
    example: '10.0.0.0/8,2001:db8::7',
    description: 'Proxies whose `X-Forwarded-For` is trusted: addresses or prefixes, but not `/0`.',
  },
  PORTAL_URL: {
    default: 'required; `npm start` has its own pages beside the mailbox',
    example: 'https://portal.example.com',
    description:
      'The URL of the portal: links in mails lead to it, and passkeys belong to its host name. `https` in production.',
  },
  PUBLIC_URL: {
    default: 'as `PORTAL_URL`; `npm start`: where the gateway listens',
    example: 'https://api.example.com',
    description: 'The URL at which the public reaches the gateway. `https` in production.',
  },
  UPDATE_URL: {
    default: 'as `PUBLIC_URL`',
    example: 'https://update.example.com',
    description:
      'The URL at which routers and links update the address of a network. `https` in production; the same name may be served over plain HTTP, too.',
  },
  UPDATE_URL_IPV4: {
    default: 'as `PUBLIC_URL_IPV4`',
    example: 'https://update4.example.com',
    description: 'The same with a name that has IPv4 addresses alone.',
  },
  UPDATE_URL_IPV6: {
    default: 'as `PUBLIC_URL_IPV6`',
    example: 'https://update6.example.com',
    description: 'The same with a name that has IPv6 addresses alone.',
  },
  PUBLIC_URL_IPV4: {
    default: 'none; `npm start`: where the gateway listens',
    example: 'https://ipv4.api.example.com',
    description:
      'The URL of the gateway at a host name that has IPv4 addresses alone, from which frontends fetch `/address-proof`. `https` in production.',
  },
  PUBLIC_URL_IPV6: {
    default: 'none; `npm start`: where the gateway listens',
    example: 'https://ipv6.api.example.com',
    description: 'As `PUBLIC_URL_IPV4`, at a host name that has IPv6 addresses alone.',
  },
  CORS_ORIGINS: {
    default: 'the origin of `PORTAL_URL`',
    example: 'https://portal.example.com,https://admin.example.com',
    description:
      'Origins of the pages that may use the API in browsers. Outside production, pages of `localhost`, `127.0.0.1` and `[::1]` may also use it, on any port.',
  },
  REQUEST_SECONDS: {
    default: '`15`',
    example: '60',
    description: 'Seconds, 1 to 600, within which a request must arrive completely.',
  },
  OPERATIONS: {
    default: 'none',
    example: '/srv/web/persisted-documents.json,/srv/app/operations.json',
    description: 'Files of listed operations of other frontends, beside those of `client/operations.json`.',
  },
  OPEN_OPERATIONS: {
    default: '`true` unless `NODE_ENV` is `production`',
    example: 'true',
    description: '`true` also serves operations that no file lists.',
  },
} as const satisfies KnownSettings;

export const GATEWAY_STORES = {
  DATABASE_URL: {
    default: 'required; `npm start` runs its own Postgres',
    example: 'postgres://gateway:secret@db.internal:5432/gateway',
    description: 'The URL of Postgres.',
  },
  REDIS_EPHEMERAL_URL: {
    default: 'required; `npm start` runs its own Redis',
    example: 'rediss://gateway:secret@ephemeral.internal:6379/0',
    description:
      'The URL of the ephemeral Redis, which has no disk and holds everything that has a time of day.',
  },
  SECRET_KEY: {
    default: 'required; `npm start` keeps one in `.data/`',
    example: 'the output of `openssl rand -base64 32`',
    description: 'The secret of the installation: 32 random bytes in base64, the same for all gateways.',
  },
} as const satisfies KnownSettings;

export const GATEWAY_MAIL = {
  SMTP_URL: {
    default: 'required; `npm start` catches all mail in its mailbox',
    example: 'smtps://gateway:secret@mail.internal:465',
    description:
      'The URL of the SMTP server that delivers the mails. `smtp://` requires STARTTLS, unless the server is on this machine.',
  },
  MAIL_FROM: {
    default: 'required',
    example: 'CyberSapceVPN <mail@example.com>',
    description: 'The From field of all mails.',
  },
  POSTAL_ADDRESS: {
    default: 'none: no campaign can be sent',
    example: 'Example VPN Ltd, 1 High Street, London EC1A 1AA',
    description:
      'The postal address of the business, which marketing mails show: one line of 10 to 200 characters.',
  },
} as const satisfies KnownSettings;

export const GATEWAY_PRIVACY = {
  POLICY: {
    default: '`policy/versions.json`',
    example: '/etc/gateway/policy/versions.json',
    description: 'The list of the versions of the privacy policy.',
  },
  CONTACT_EMAIL: {
    default: 'required',
    example: 'privacy@example.com',
    description: 'The e-mail address for questions about privacy.',
  },
  DPO_EMAIL: {
    default: 'required',
    example: 'dpo@example.com',
    description: 'The e-mail address of the data protection officer.',
  },
  DRP_BUSINESS_ID: {
    default: '`CYBERSPACEVPN`',
    example: 'EXAMPLE_VPN',
    description: 'The id of this business in the directory of the Data Rights Protocol.',
  },
  BREACHED_PASSWORDS: {
    default: 'the built-in list alone',
    example: '/srv/pwned-passwords.txt',
    description:
      'A file of passwords that nobody may choose, in the format of Have I Been Pwned, ordered by hash.',
  },
  IDLE_MONTHS: {
    default: '`24`',
    example: '36',
    description: 'Months without account activity, 12 to 120, after which the owner gets a mail.',
  },
} as const satisfies KnownSettings;

export const GATEWAY_USAGE = {
  USAGE_OPEN_DAYS: {
    default: '`3`',
    example: '7',
    description: 'Days, 1 to 31, for which usage reports of a day may come late or be corrected.',
  },
  USAGE_MONTHS: {
    default: '`13`',
    example: '6',
    description: 'Months before the current one, 1 to 60, for which usage data is stored.',
  },
  HEAVY_USAGE_ACCOUNTS: {
    default: '`2000`',
    example: '5000',
    description:
      'Number of other accounts, 2000 to 1000000, whose combined data an account must exceed in a month before support may write to its owner.',
  },
  DNS_SERVERS: {
    default: 'those in `REGIONS`; `npm start`: this machine’s addresses, when devices reach it',
    example: '192.0.2.53,2001:db8::53',
    description: 'The DNS servers that people are asked to enter in their devices: IP addresses.',
  },
} as const satisfies KnownSettings;
