import { describe, expect, it } from 'vitest';
import { readDnsNodeConfig } from '../../src/config/dns-node.js';
import { readGatewayConfig } from '../../src/config/gateway.js';
import { ConfigError } from '../../src/config/settings.js';
import { GATEWAY_SETTINGS } from '../support/settings.js';

const REQUIRED = {
  ...GATEWAY_SETTINGS,
  DATABASE_URL: 'postgres://db.example/gateway',
  REDIS_URL: 'redis://redis.example',
  REDIS_EPHEMERAL_URL: 'redis://ephemeral.example',
};
const REDIS = { REDIS_URL: 'redis://redis.example' };

function errorsOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigError) return error.errors;
    throw error;
  }
  return [];
}

describe('the settings of the gateway', () => {
  it('have defaults for all but stores, secret, mail and portal', () => {
    expect(readGatewayConfig(REQUIRED)).toMatchObject({
      listen: { host: '127.0.0.1', port: 4000 },
      metrics: { host: '127.0.0.1', port: 4001 },
      allowPrivateAddresses: false,
      trustedProxies: [],
      production: false,
      openOperations: true,
    });
  });

  it('serve operations outside the manifest only in development, or when a setting allows it', () => {
    const production = { ...REQUIRED, NODE_ENV: 'production' };
    expect(readGatewayConfig(production).openOperations).toBe(false);
    expect(readGatewayConfig({ ...production, OPEN_OPERATIONS: 'true' }).openOperations).toBe(true);
  });

  it('name files of operations beside those of the product, any number of them', () => {
    expect(readGatewayConfig(REQUIRED).operationFiles).toEqual([]);
    const config = readGatewayConfig({ ...REQUIRED, OPERATIONS: '/srv/web.json, /srv/app.json' });
    expect(config.operationFiles).toEqual(['/srv/web.json', '/srv/app.json']);
  });

  it('take proxies as addresses and as prefixes', () => {
    const config = readGatewayConfig({ ...REQUIRED, TRUSTED_PROXIES: '10.0.0.0/8, 2001:db8::7 ,' });
    expect(config.trustedProxies).toEqual(['10.0.0.0/8', '2001:db8::7']);
  });

  it('know three environments, so that a typing error does not open the API', () => {
    for (const NODE_ENV of ['Production', 'prod', 'staging']) {
      expect(errorsOf(() => readGatewayConfig({ ...REQUIRED, NODE_ENV }))).toEqual([
        'NODE_ENV must be development, production or test',
      ]);
    }
    expect(readGatewayConfig({ ...REQUIRED, NODE_ENV: 'test' }).production).toBe(false);
  });

  it('name pages without a user, and in production over TLS', () => {
    const errors = (more: Record<string, string>) =>
      errorsOf(() => readGatewayConfig({ ...REQUIRED, ...more }));
    expect(errors({ PORTAL_URL: 'http://portal.example', PUBLIC_URL: 'http://api.example' })).toEqual([]);
    const NODE_ENV = 'production';
    expect(
      errors({ NODE_ENV, PORTAL_URL: 'http://portal.example', PUBLIC_URL: 'http://api.example' }),
    ).toEqual([
      'PORTAL_URL must be a URL that starts with https://',
      'PUBLIC_URL must be a URL that starts with https://',
    ]);
    const PUBLIC_URL = 'https://user:secret@api.example';
    expect(errors({ PUBLIC_URL })).toEqual(['PUBLIC_URL must be a URL without user and password']);
    expect(errors({ PORTAL_URL: PUBLIC_URL })).toContain(
      'PORTAL_URL must be a URL without user and password',
    );
  });

  it('trust no proxy that may be anybody, and send from one line', () => {
    const errors = (more: Record<string, string>) =>
      errorsOf(() => readGatewayConfig({ ...REQUIRED, ...more }));
    for (const TRUSTED_PROXIES of ['0.0.0.0/0', '::/0', '10.0.0.0/00']) {
      expect(errors({ TRUSTED_PROXIES })).toEqual([
        'TRUSTED_PROXIES item 1 must be an address or a CIDR prefix, not /0',
      ]);
    }
    expect(errors({ MAIL_FROM: 'A <a@example.com>\r\nBcc: b@example.com' })).toEqual([
      'MAIL_FROM must be one line',
    ]);
  });

  it('refuse to run where Node prints what requests hold', () => {
    const NODE_DEBUG = 'http';
    const error = 'NODE_DEBUG must not be set: Node.js would print the content of requests';
    expect(errorsOf(() => readGatewayConfig({ ...REQUIRED, NODE_DEBUG }))).toEqual([error]);
    expect(errorsOf(() => readDnsNodeConfig({ ...REDIS, NODE_DEBUG }))).toEqual([error]);
  });

  it('let pages of the portal use the API, unless origins are named, each of which is nothing more', () => {
    const origins = (more: Record<string, string>) => readGatewayConfig({ ...REQUIRED, ...more }).corsOrigins;
    expect(origins({ PORTAL_URL: 'https://portal.example/start/' })).toEqual(['https://portal.example']);
    const CORS_ORIGINS = 'https://admin.example, http://localhost:3000';
    expect(origins({ CORS_ORIGINS })).toEqual(['https://admin.example', 'http://localhost:3000']);
    const faulty = [
      '*',
      'null',
      'admin.example',
      'https://admin.example/',
      'https://ADMIN.example',
      'file:///a',
    ];
    const error = (place: number) => `CORS_ORIGINS item ${place} must be scheme, host and port alone`;
    expect(errorsOf(() => origins({ CORS_ORIGINS: faulty.join() }))).toEqual(
      faulty.map((_, index) => error(index + 1)),
    );
  });

  it('take a postal address of one line, or none', () => {
    const read = (POSTAL_ADDRESS: string) => readGatewayConfig({ ...REQUIRED, POSTAL_ADDRESS }).postalAddress;
    expect(read(' Example VPN Ltd, 1 High Street, London ')).toBe('Example VPN Ltd, 1 High Street, London');
    expect(read('')).toBeNull();
    for (const faulty of [
      'secret',
      `secret ${'a'.repeat(200)}`,
      'secret Street 1\nBcc: secret@example.com',
    ]) {
      expect(errorsOf(() => read(faulty))).toEqual([
        'POSTAL_ADDRESS must be one line of 10 to 200 characters',
      ]);
    }
  });

  it('report all errors together and repeat no value', () => {
    const errors = errorsOf(() =>
      readGatewayConfig({
        GATEWAY_PORT: '70000',
        GATEWAY_METRICS_PORT: 'secret-port',
        DATABASE_URL: 'mysql://user:secret@db.example',
        ALLOW_PRIVATE_ADDRESSES: 'secret-yes',
        TRUSTED_PROXIES: '10.0.0.1,secret-proxy',
        SECRET_KEY: 'secret-key',
        PORTAL_URL: 'secret-portal',
        DPO_EMAIL: 'secret-dpo',
      }),
    );
    expect(errors).toEqual([
      'PORTAL_URL must be a URL that starts with http:// or https://',
      'GATEWAY_PORT must be a port number from 0 to 65535',
      'GATEWAY_METRICS_PORT must be a port number from 0 to 65535',
      'DATABASE_URL must be a URL that starts with postgres:// or postgresql://',
      'REDIS_URL is missing; it must be a URL that starts with redis:// or rediss://',
      'REDIS_EPHEMERAL_URL is missing; it must be a URL that starts with redis:// or rediss://',
      'ALLOW_PRIVATE_ADDRESSES must be true or false',
      'TRUSTED_PROXIES item 2 must be an address or a CIDR prefix, not /0',
      'SECRET_KEY must be 32 random bytes in base64 (openssl rand -base64 32)',
      'SMTP_URL is missing; it must be a URL that starts with smtp:// or smtps://',
      'MAIL_FROM is missing; it is the From field of mails',
      'CONTACT_EMAIL is missing; it is where people write to about privacy',
      'DPO_EMAIL must be an e-mail address',
    ]);
  });
});

describe('the settings of the dns-node', () => {
  it('know nothing of Postgres', () => {
    expect(JSON.stringify(readDnsNodeConfig({ ...REQUIRED }))).not.toContain('db.example');
  });

  const plain = (host: string, port: number) => ({ kind: 'plain', endpoint: { host, port } });
  const tls = (host: string, port: number, authName: string) => ({
    kind: 'tls',
    endpoint: { host, port },
    authName,
  });
  it.each([
    ['192.0.2.1', plain('192.0.2.1', 53)],
    ['192.0.2.1:5353', plain('192.0.2.1', 5353)],
    ['2001:db8::1', plain('2001:db8::1', 53)],
    ['[2001:db8::1]:5353', plain('2001:db8::1', 5353)],
    ['tls://192.0.2.1#resolver.example', tls('192.0.2.1', 853, 'resolver.example')],
    ['tls://192.0.2.1:8853#resolver.example', tls('192.0.2.1', 8853, 'resolver.example')],
    ['tls://2001:db8::1#9.resolver.example', tls('2001:db8::1', 853, '9.resolver.example')],
    ['tls://[2001:db8::1]:853#resolver', tls('2001:db8::1', 853, 'resolver')],
  ])('take %s as an upstream', (text, upstream) => {
    expect(readDnsNodeConfig({ ...REDIS, DNS_UPSTREAMS: text }).upstreams).toEqual([upstream]);
  });

  it('take an empty list of upstreams as none, and no list as those of the system', () => {
    expect(readDnsNodeConfig({ ...REDIS, DNS_UPSTREAMS: '' }).upstreams).toEqual([]);
    const system = readDnsNodeConfig(REDIS).upstreams;
    expect(system.every(({ kind, endpoint }) => kind === 'plain' && endpoint.port > 0)).toBe(true);
  });

  const errorAt = (place: number) =>
    `DNS_UPSTREAMS item ${place} must be an address with an optional port, for TLS between tls:// and #NAME-IN-ITS-CERTIFICATE`;

  it('report every invalid upstream by its place', () => {
    const DNS_UPSTREAMS = '192.0.2.1,dns.example,192.0.2.1:0,[2001:db8::1,192.0.2.1:99999';
    const errors = errorsOf(() => readDnsNodeConfig({ ...REDIS, DNS_UPSTREAMS }));
    expect(errors).toEqual([2, 3, 4, 5].map(errorAt));
  });

  it.each([
    'tls://192.0.2.1',
    'tls://192.0.2.1#',
    'tls://192.0.2.1#192.0.2.1',
    'tls://192.0.2.1#[2001:db8::1]',
    'tls://192.0.2.1#resolver..example',
    'tls://192.0.2.1#-resolver.example',
    'tls://192.0.2.1#resolver.example#again',
    'tls://192.0.2.1:0#resolver.example',
    'tls://resolver.example#resolver.example',
    '192.0.2.1#resolver.example',
    'https://192.0.2.1#resolver.example',
  ])('do not take %s', (text) => {
    expect(errorsOf(() => readDnsNodeConfig({ ...REDIS, DNS_UPSTREAMS: text }))).toEqual([errorAt(1)]);
  });

  it.each([
    ['127.0.0.1', '127.0.0.1:5353'],
    ['0.0.0.0', '127.0.0.1:5353'],
    ['::', '127.0.0.1:5353'],
    ['::', '[::1]:5353'],
    ['2001:db8::53', '[2001:db8:0::53]:5353'],
    ['127.0.0.1', 'tls://127.0.0.1#dns.example'],
  ])('at %s do not take the node itself as an upstream: %s', (DNS_HOST, own) => {
    const tls = { DNS_TLS_PORT: '853', DNS_TLS_CERT: '/cert.pem', DNS_TLS_KEY: '/key.pem' };
    const env = { ...REDIS, ...tls, DNS_HOST, DNS_PORT: '5353', DNS_UPSTREAMS: `192.0.2.1,${own}` };
    expect(errorsOf(() => readDnsNodeConfig(env))).toEqual([
      "DNS_UPSTREAMS must not be this node itself (item 2); where it is not set, the system's resolvers count",
    ]);
  });

  it.each([
    ['127.0.0.1', '127.0.0.1:53'],
    ['127.0.0.1', '127.0.0.53:5353'],
    ['0.0.0.0', '192.0.2.1:5353'],
  ])('at %s take %s as an upstream, which is another server', (DNS_HOST, other) => {
    const env = { ...REDIS, DNS_HOST, DNS_PORT: '5353', DNS_UPSTREAMS: other };
    expect(readDnsNodeConfig(env).upstreams).toHaveLength(1);
  });

  it('keep a list that cannot be brought up to date for a week, or for as many hours as they say', () => {
    expect(readDnsNodeConfig(REDIS).maxStaleMs).toBe(7 * 86_400_000);
    expect(readDnsNodeConfig({ ...REDIS, DNS_MAX_STALE: '24' }).maxStaleMs).toBe(86_400_000);
    for (const DNS_MAX_STALE of ['0', 'never', '8761', '1.5']) {
      expect(errorsOf(() => readDnsNodeConfig({ ...REDIS, DNS_MAX_STALE }))).toEqual([
        'DNS_MAX_STALE must be a whole number from 1 to 8760',
      ]);
    }
  });

  it('have no DoT and DoH without a port, and trust no balancer', () => {
    expect(readDnsNodeConfig(REDIS)).toMatchObject({ secure: null, balancers: [] });
    const files = { DNS_TLS_CERT: '/cert.pem', DNS_TLS_KEY: '/key.pem' };
    expect(readDnsNodeConfig({ ...REDIS, ...files }).secure).toBeNull();
    expect(readDnsNodeConfig({ ...REDIS, ...files, DNS_TLS_PORT: '853' }).secure).toEqual({
      dot: { host: '127.0.0.1', port: 853 },
      doh: null,
      certFile: '/cert.pem',
      keyFile: '/key.pem',
    });
  });

  it('want a certificate and its key for DoT and for DoH', () => {
    for (const setting of ['DNS_TLS_PORT', 'DNS_HTTPS_PORT']) {
      expect(errorsOf(() => readDnsNodeConfig({ ...REDIS, [setting]: '8443' }))).toEqual([
        'DNS_TLS_CERT is missing; it is the PEM file of the certificate for DoT and DoH',
        'DNS_TLS_KEY is missing; it is the PEM file of the private key for DoT and DoH',
      ]);
    }
  });

  it('take balancers as addresses and as prefixes, and report each invalid one by its place', () => {
    const { balancers } = readDnsNodeConfig({ ...REDIS, DNS_BALANCERS: '10.0.0.0/8, 2001:db8::7' });
    expect(balancers.map(({ text }) => text)).toEqual(['10.0.0.0/8', '2001:db8::7']);
    const errors = errorsOf(() =>
      readDnsNodeConfig({ ...REDIS, DNS_BALANCERS: '10.0.0.1/8,secret,::/0,::1,0.0.0.0/0' }),
    );
    const shape = 'must be an address or a CIDR prefix, not /0';
    expect(errors).toEqual([1, 2, 3, 5].map((place) => `DNS_BALANCERS item ${place} ${shape}`));
  });
});
