import { describe, expect, it } from 'vitest';
import { loopbackHosts } from '../../src/config/addresses.js';
import { readDnsNodeConfig } from '../../src/config/dns-node.js';
import { readGatewayConfig } from '../../src/config/gateway.js';
import {
  dnsNodeSettings,
  gatewaySettings,
  processSettings,
  readStartConfig,
} from '../../src/config/start.js';
import { GATEWAY_SETTINGS } from '../support/settings.js';

const STARTED = {
  databaseUrl: 'postgres://127.0.0.1/x',
  redisUrl: 'redis://127.0.0.1/0',
  ephemeralRedisUrl: 'redis://127.0.0.1/1',
  dnsNodeRedisUrl: 'redis://node@127.0.0.1/0',
  secretKey: 'x',
  smtpUrl: 'smtp://127.0.0.1:5',
  ports: { GATEWAY_PORT: 1, GATEWAY_METRICS_PORT: 2, DNS_PORT: 3, DNS_METRICS_PORT: 4 },
};

/** The names that a reader asks its environment for. */
function namesRead(read: (env: Record<string, string>) => unknown): Set<string> {
  const names = new Set<string>();
  const answers: Record<string, string> = {
    ...GATEWAY_SETTINGS,
    DATABASE_URL: STARTED.databaseUrl,
    REDIS_URL: STARTED.redisUrl,
    REDIS_EPHEMERAL_URL: STARTED.ephemeralRedisUrl,
  };
  read(
    new Proxy(answers, {
      get(target, name: string) {
        names.add(name);
        return target[name];
      },
    }),
  );
  // Nobody may set it.
  names.delete('NODE_DEBUG');
  return names;
}

/** An environment in which every name that either process reads is set. */
function fullEnvironment(): Record<string, string> {
  const names = [...namesRead(readGatewayConfig), ...namesRead(readDnsNodeConfig), 'PATH', 'HOME', 'TZ'];
  const known = Object.fromEntries(names.map((name) => [name, name.endsWith('_PORT') ? '0' : '127.0.0.1']));
  return {
    ...known,
    ...GATEWAY_SETTINGS,
    NODE_ENV: 'production',
    PUBLIC_URL: 'https://gateway.example',
    UPDATE_URL: 'https://update.gateway.example',
    UPDATE_URL_IPV4: 'https://update4.gateway.example',
    UPDATE_URL_IPV6: 'https://update6.gateway.example',
    PUBLIC_URL_IPV4: 'https://ipv4.gateway.example',
    PUBLIC_URL_IPV6: 'https://ipv6.gateway.example',
    CORS_ORIGINS: 'https://portal.example',
    DNS_SERVERS: '192.0.2.1',
    REQUEST_SECONDS: '15',
    STOP_DELAY: '0',
    USAGE_OPEN_DAYS: '3',
    USAGE_MONTHS: '13',
    HEAVY_USAGE_ACCOUNTS: '2000',
    IDLE_MONTHS: '24',
    ALLOW_PRIVATE_ADDRESSES: 'false',
    OPEN_OPERATIONS: 'false',
    DNS_WORKERS: '1',
    DNS_REQUIRE_COOKIE: 'true',
    DNS_CANARIES: 'true',
    DNS_CONNECTIVITY_CHECKS: 'false',
    DNS_LIVE_ADDRESSES: '192.0.2.11,2001:db8::11',
    DNS_RELAY_CDN: 'true',
    DNS_FORWARD_RATE: '200',
    DNS_MAX_STALE: '168',
    DNS_COOKIE_SECRETS: '000102030405060708090a0b0c0d0e0f',
    DATABASE_URL: STARTED.databaseUrl,
    REDIS_URL: STARTED.redisUrl,
    REDIS_EPHEMERAL_URL: STARTED.ephemeralRedisUrl,
    STRANGER: 'secret',
  };
}

describe('what npm start passes on', () => {
  const config = readStartConfig(fullEnvironment());

  it('is to the gateway exactly what the gateway reads', () => {
    const passed = { ...gatewaySettings(config, STARTED), ...processSettings(config) };
    const expected = [...namesRead(readGatewayConfig), 'PATH', 'HOME', 'TZ'];
    expect(Object.keys(passed).sort()).toEqual([...new Set(expected)].sort());
  });

  it('is to the dns-node exactly what the dns-node reads, with the reader of Redis', () => {
    const settings = dnsNodeSettings(config, STARTED);
    const passed = { ...settings, ...processSettings(config) };
    const expected = [...namesRead(readDnsNodeConfig), 'PATH', 'HOME', 'TZ'];
    expect(Object.keys(passed).sort()).toEqual([...new Set(expected)].sort());
    expect(settings.REDIS_URL).toBe(STARTED.dnsNodeRedisUrl);
  });

  it('allows private addresses unless a setting forbids them', () => {
    const allowed = readStartConfig({});
    expect(gatewaySettings(allowed, STARTED).ALLOW_PRIVATE_ADDRESSES).toBe('true');
    expect(gatewaySettings(config, STARTED).ALLOW_PRIVATE_ADDRESSES).toBe('false');
  });

  it('has links lead to the ports that it listens on, unless the settings name others', () => {
    const port = { GATEWAY_PORT: 4100, MAILBOX_PORT: 4102 };
    const links = (env: Record<string, string>, ports: object = port) => {
      const started = { ...STARTED, ports: { ...STARTED.ports, ...ports } };
      const { PORTAL_URL, PUBLIC_URL } = gatewaySettings(readStartConfig(env), started);
      return [PORTAL_URL, PUBLIC_URL];
    };
    expect(links({})).toEqual(['http://localhost:4102', 'http://localhost:4100']);
    expect(links({ PORTAL_URL: ' ' })).toEqual(['http://localhost:4102', 'http://localhost:4100']);
    const own = 'https://portal.example';
    expect(links({ PORTAL_URL: own })).toEqual([own, undefined]);
    expect(links({ PUBLIC_URL: own })).toEqual(['http://localhost:4102', own]);
    const withoutMailbox = { SMTP_URL: 'smtp://127.0.0.1:25' };
    const here = ['http://localhost:4100', 'http://localhost:4100'];
    expect(links(withoutMailbox, { ...port, MAILBOX_PORT: undefined })).toEqual(here);
  });

  it('names a URL of the gateway for each family in which it listens, unless the settings do', () => {
    const links = (env: Record<string, string>) => {
      const { PUBLIC_URL_IPV4, PUBLIC_URL_IPV6 } = gatewaySettings(readStartConfig(env), STARTED);
      return [PUBLIC_URL_IPV4, PUBLIC_URL_IPV6];
    };
    const here = ['http://127.0.0.1:1', 'http://[::1]:1'];
    expect(links({ GATEWAY_HOST: '127.0.0.1,::1' })).toEqual(here);
    expect(links({ GATEWAY_HOST: '::1, 127.0.0.1' })).toEqual(here);
    expect(links({ GATEWAY_HOST: '127.0.0.1' })).toEqual([here[0], undefined]);
    expect(links({ GATEWAY_HOST: '127.0.0.1', PUBLIC_URL_IPV6: 'http://v6.example' })[1]).toBe(
      'http://v6.example',
    );
    // A portal of an own name may be on another machine, and production needs https.
    expect(links({ PORTAL_URL: 'https://portal.example' })).toEqual([undefined, undefined]);
    expect(links({})).toEqual(loopbackHosts().length === 2 ? here : [here[0], undefined]);
  });

  it('names the DNS servers that devices reach, unless a file of regions or a setting does', () => {
    const servers = (env: Record<string, string>) =>
      gatewaySettings(readStartConfig(env), STARTED).DNS_SERVERS;
    expect(servers({})).toBeUndefined();
    expect(servers({ DNS_HOST: '192.0.2.7' })).toBe('192.0.2.7');
    expect(servers({ DNS_HOST: '192.0.2.7', DNS_SERVERS: '198.51.100.1' })).toBe('198.51.100.1');
    expect(servers({ DNS_HOST: '192.0.2.7', REGIONS: 'regions.json' })).toBeUndefined();
  });
});
