import { describe, expect, it } from 'vitest';
import { readDnsNodeConfig } from '../../src/config/dns-node.js';
import { readGatewayConfig } from '../../src/config/gateway.js';
import type { SettingName } from '../../src/config/known-settings.js';
import { ConfigError } from '../../src/config/settings.js';
import { GATEWAY_SETTINGS } from '../support/settings.js';

const REQUIRED = {
  ...GATEWAY_SETTINGS,
  DATABASE_URL: 'postgres://db.example/gateway',
  REDIS_URL: 'redis://redis.example',
  REDIS_EPHEMERAL_URL: 'redis://ephemeral.example',
};
const TLS = { DNS_TLS_PORT: '853', DNS_TLS_CERT: '/cert.pem', DNS_TLS_KEY: '/key.pem' };

function errorsOf(env: Readonly<Record<string, string>>): string[] {
  const errors = new Set<string>();
  for (const reading of [readGatewayConfig, readDnsNodeConfig]) {
    try {
      reading({ ...REQUIRED, ...env });
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      for (const message of error.errors) errors.add(message);
    }
  }
  return [...errors];
}

const NUMBERS = ['secret', '-1', '1.5', '1e3', '0x10', '9999999999', '1 2'];
const PORTS = [...NUMBERS, '65536', '0.0.0.0:53'];
const HOSTS = [
  'http://secret.example',
  'secret:4000',
  '[::1]',
  'a secret',
  '300.1.1.1',
  '-secret',
  'secret..example',
];
const SECRETS = ['#', '/', '?', '@', '%'].flatMap((each) => [`sec${each}ret`, `12${each}secret`]);
const urls = (scheme: string) => [
  'secret',
  'mysql://user:secret@host',
  `${scheme}:secret`,
  ...SECRETS.map((password) => `${scheme}://user:${password}@db.example:1234/0`),
];
const ADDRESSES = [
  'secret',
  '10.0.0.1/8',
  '10.0.0.0/33',
  '0.0.0.0/0',
  '::/0',
  '10.0.0.0-10.0.0.9',
  'secret.example',
];
const BOOLEANS = ['secret', 'yes', '1', 'on'];
const EMAILS = ['secret', '@secret', 'secret@', 'a secret@example.com', 'a@b@secret'];
const PAGES = ['secret', 'secret.example', 'ftp://secret.example', 'https://user:secret@portal.example'];

/** Values that no setting of its kind can have. Those that are left out hold any text, such as a path. */
const WRONG: { readonly [setting in SettingName]?: readonly string[] } = {
  ALLOW_PRIVATE_ADDRESSES: BOOLEANS,
  CONTACT_EMAIL: EMAILS,
  CORS_ORIGINS: ['*', 'secret', 'https://secret.example/path', 'null'],
  DATABASE_URL: urls('postgres'),
  DNS_BALANCERS: ADDRESSES,
  DNS_COOKIE_SECRETS: ['secret', 'ab'.repeat(15), 'zz'.repeat(16)],
  DNS_FORWARD_RATE: NUMBERS,
  DNS_HOST: HOSTS,
  DNS_HTTPS_PORT: PORTS,
  DNS_LIVE_ADDRESSES: [
    'secret',
    '192.0.2.1/24',
    '192.0.2.1,192.0.2.2',
    '2001:db8::1,2001:db8::2',
    '0.0.0.0',
    '::',
  ],
  DNS_MAX_STALE: NUMBERS,
  DNS_METRICS_PORT: PORTS,
  DNS_PORT: PORTS,
  DNS_REQUIRE_COOKIE: BOOLEANS,
  DNS_SERVERS: ['secret', '10.0.0.0/8', 'secret.example'],
  DNS_TLS_PORT: PORTS,
  DNS_UPSTREAMS: ['secret', 'tls://9.9.9.9', '9.9.9.9:0', 'https://secret.example'],
  DNS_WORKERS: NUMBERS,
  DPO_EMAIL: EMAILS,
  GATEWAY_HOST: [...HOSTS, '127.0.0.1,', '::1,,127.0.0.1', '127.0.0.1,secret:4000'],
  GATEWAY_METRICS_PORT: PORTS,
  GATEWAY_PORT: PORTS,
  HEAVY_USAGE_ACCOUNTS: [...NUMBERS, '1999'],
  PUBLIC_URL_IPV4: PAGES,
  PUBLIC_URL_IPV6: PAGES,
  IDLE_MONTHS: [...NUMBERS, '11'],
  MAIL_FROM: [
    'secret',
    'Secret <secret>',
    'secret@',
    'A <a@b.example> secret',
    'a@b.example\r\nBcc: secret@c.example',
  ],
  METRICS_HOST: HOSTS,
  NODE_ENV: ['secret', 'prod', 'Production'],
  OPEN_OPERATIONS: BOOLEANS,
  PORTAL_URL: PAGES,
  POSTAL_ADDRESS: ['secret', `secret ${'x'.repeat(200)}`],
  PUBLIC_URL: PAGES,
  REDIS_EPHEMERAL_URL: urls('redis'),
  REDIS_URL: urls('rediss'),
  REQUEST_SECONDS: [...NUMBERS, '0'],
  SECRET_KEY: ['secret', Buffer.alloc(31).toString('base64'), Buffer.alloc(33).toString('base64')],
  SMTP_URL: urls('smtp'),
  STOP_DELAY: NUMBERS,
  TRUSTED_PROXIES: ADDRESSES.filter((each) => each !== '10.0.0.1/8'),
  UPDATE_URL: PAGES,
  UPDATE_URL_IPV4: PAGES,
  UPDATE_URL_IPV6: PAGES,
  USAGE_MONTHS: [...NUMBERS, '0'],
  USAGE_OPEN_DAYS: [...NUMBERS, '0', '32'],
};

describe('a setting', () => {
  const cases = Object.entries(WRONG).flatMap(([name, values]) =>
    values.map((value) => [name, value] as const),
  );
  it.each(cases)('%s that is wrong (%j) is named in one line, without its value', (name, value) => {
    const errors = errorsOf({ ...TLS, [name]: value });
    expect(errors).toEqual([expect.stringMatching(new RegExp(`^${name} [^\n]+$`))]);
    expect(errors[0]).not.toMatch(/secret/);
  });

  it('that is right is taken, also with a password that is percent-encoded', () => {
    expect(
      errorsOf({
        ...TLS,
        DATABASE_URL: 'postgres://user:a%23b%2Fc%3Fd%40e%25@db.example:5432/gateway?sslmode=verify-full',
        REDIS_URL: 'rediss://user:%23@redis.example:6379/0',
        MAIL_FROM: 'CyberSapceVPN <mail@example.com>',
      }),
    ).toEqual([]);
  });
});

describe('a name that is no setting', () => {
  it.each([
    ['GATEWAY_PROT', 'GATEWAY_PORT'],
    ['GATEWAY_PORTS', 'GATEWAY_PORT'],
    ['DATABASE_URI', 'DATABASE_URL'],
    ['MAIL_FORM', 'MAIL_FROM'],
    ['PORTALURL', 'PORTAL_URL'],
    ['TRUSTED_PROXY', 'TRUSTED_PROXIES'],
    ['SECRETKEY', 'SECRET_KEY'],
    ['NODE_ENVS', 'NODE_ENV'],
  ])('%s is refused, and %s is what was meant', (name, meant) => {
    const errors = errorsOf({ [name]: 'secret' });
    // Three mistakes are more than a slip.
    expect(errors).toEqual(name === 'TRUSTED_PROXY' ? [] : [`${name} is no setting; did you mean ${meant}?`]);
  });

  it('is refused where it can be meant for nothing else, and left alone where it can', () => {
    expect(
      errorsOf({ GATEWAY_COLOUR: 'secret', DNS_SPEED: 'secret', HOME: '/', LANG: 'C', PUBLIC: 'x' }),
    ).toEqual(['DNS_SPEED is no setting', 'GATEWAY_COLOUR is no setting']);
  });

  it('is taken where Kubernetes or Docker has set it', () => {
    const set = {
      REDIS_SERVICE_HOST: '10.0.0.1',
      REDIS_SERVICE_PORT: '6379',
      REDIS_PORT: 'tcp://10.0.0.1:6379',
      REDIS_PORT_6379_TCP_ADDR: '10.0.0.1',
      SMTP_PORT_25_TCP: 'tcp://10.0.0.2:25',
    };
    expect(errorsOf(set)).toEqual([]);
  });
});

describe('production', () => {
  const production = (more: Record<string, string>) => errorsOf({ ...more, NODE_ENV: 'production' });

  it('sends from an address that can be answered to, and has its pages over TLS', () => {
    expect(
      production({
        MAIL_FROM: 'nobody@localhost',
        PORTAL_URL: 'http://portal.example',
        PUBLIC_URL: 'http://a.example',
      }),
    ).toEqual([
      'PORTAL_URL must be a URL that starts with https://',
      'PUBLIC_URL must be a URL that starts with https://',
      'MAIL_FROM must be an address of a domain',
    ]);
  });

  it('has to be named where a portal is at a name of the public', () => {
    const error =
      'NODE_ENV is missing; it is production where others use the product, development or test elsewhere';
    const PORTAL_URL = 'https://portal.cyberspacevpn.com';
    expect(errorsOf({ PORTAL_URL })).toEqual([error]);
    expect(errorsOf({ PORTAL_URL, NODE_ENV: 'development' })).toEqual([]);
    for (const local of [
      'http://localhost:4002',
      'http://192.168.1.7',
      'https://portal.example',
      'http://nas.local',
    ]) {
      expect(errorsOf({ PORTAL_URL: local })).toEqual([]);
    }
  });
});
