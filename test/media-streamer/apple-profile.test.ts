// The configuration profile for Apple devices: its form, and how it is downloaded and printed.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse, parseBinary } from 'plist';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Catalogue } from '../../src/catalogue/catalogue.js';
import { loadCatalogue } from '../../src/catalogue/catalogue.js';
import { appleProfile } from '../../src/services/media-streamer/apple-profile.js';
import { debianPackage } from '../support/debian.js';
import { useGateway } from '../support/fixtures.js';
import { profileErrors } from './apple-keys.js';

interface Parsed {
  readonly PayloadIdentifier: string;
  readonly PayloadUUID: string;
  readonly PayloadContent: readonly {
    readonly PayloadUUID: string;
    readonly PayloadIdentifier: string;
    readonly DNSSettings: Readonly<Record<string, unknown>>;
  }[];
}

const shipped: { catalogue: Catalogue } = { catalogue: undefined as unknown as Catalogue };

beforeAll(async () => {
  const catalogue = await loadCatalogue({
    catalogueFile: 'catalogue/services.json',
    regionsFile: 'catalogue/regions.json',
  });
  const regions = catalogue.regions.map((region) =>
    region.id === 'uk'
      ? { ...region, dnsNames: ['uk.dns.example'], dnsServers: ['203.0.113.53'] }
      : region.id === 'de'
        ? { ...region, dnsNames: ['de.dns.example'], dnsServers: [] }
        : { ...region, dnsNames: [], dnsServers: [] },
  );
  shipped.catalogue = {
    ...catalogue,
    regions,
    dnsNames: ['dns.example'],
    dnsServers: ['192.0.2.53', '2001:db8::53'],
  };
});

function profileOf(region: string | null = null, protocol: 'HTTPS' | 'TLS' = 'HTTPS'): Parsed {
  return parse(appleProfile(shipped.catalogue, { region, protocol })!) as unknown as Parsed;
}

const settingsOf = (profile: Parsed) => profile.PayloadContent[0]!.DNSSettings;

describe('the Apple profile', () => {
  it.each([
    [null, 'HTTPS'],
    [null, 'TLS'],
    ['uk', 'HTTPS'],
    ['de', 'TLS'],
  ] as const)('of region %s over %s has the keys that Apple publishes, and no others', (region, protocol) => {
    expect(profileErrors(profileOf(region, protocol))).toEqual([]);
  });

  it('is read by another implementation of property lists', async () => {
    const plistutil = await debianPackage('libplist-utils');
    const folder = await mkdtemp(join(tmpdir(), 'apple-profile-'));
    try {
      const [xml, binary] = [join(folder, 'xml'), join(folder, 'binary')];
      await writeFile(xml, appleProfile(shipped.catalogue, { region: null, protocol: 'HTTPS' })!);
      await promisify(execFile)(plistutil, ['-i', xml, '-o', binary]);
      expect(parseBinary(await readFile(binary))).toEqual(profileOf());
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('leads exactly the names of the catalogue, and the check names, to our servers', () => {
    const { services, portal } = shipped.catalogue;
    const names = services.flatMap(({ domains, hosts, cdn }) => [
      ...domains,
      ...hosts,
      ...cdn.domains,
      ...cdn.hosts,
    ]);
    const matched = settingsOf(profileOf()).SupplementalMatchDomains;
    expect(new Set(matched as string[])).toEqual(new Set([...names, `check.${portal.names[0]}`]));
    expect(matched).toContain('netflix.com');
  });

  it('names the server by URL for HTTPS and by name for TLS, with its addresses', () => {
    expect(settingsOf(profileOf())).toMatchObject({
      DNSProtocol: 'HTTPS',
      ServerURL: 'https://dns.example/dns-query',
      ServerAddresses: ['192.0.2.53', '2001:db8::53'],
      AllowFailover: true,
    });
    const tls = settingsOf(profileOf(null, 'TLS'));
    expect(tls).toMatchObject({ DNSProtocol: 'TLS', ServerName: 'dns.example' });
    expect(tls).not.toHaveProperty('ServerURL');
  });

  it('of a region has the name of the region, and its addresses where it has some', () => {
    expect(settingsOf(profileOf('uk'))).toMatchObject({
      ServerURL: 'https://uk.dns.example/dns-query',
      ServerAddresses: ['203.0.113.53'],
    });
    expect(settingsOf(profileOf('de')).ServerAddresses).toEqual(['192.0.2.53', '2001:db8::53']);
  });

  it('replaces an older one on the device, whatever its region', () => {
    const [one, again, other] = [profileOf(), profileOf(), profileOf('uk')];
    expect(again).toEqual(one);
    expect(other.PayloadIdentifier).toBe(one.PayloadIdentifier);
    const ids = [one, other].flatMap((each) => [each.PayloadUUID, each.PayloadContent[0]!.PayloadUUID]);
    expect(new Set(ids).size).toBe(4);
    expect(one.PayloadContent[0]!.PayloadIdentifier).not.toBe(one.PayloadIdentifier);
  });

  it('does not exist for a region without a name, nor for an unknown one', () => {
    expect(appleProfile(shipped.catalogue, { region: 'us', protocol: 'HTTPS' })).toBeNull();
    expect(appleProfile(shipped.catalogue, { region: 'nowhere', protocol: 'HTTPS' })).toBeNull();
    expect(
      appleProfile({ ...shipped.catalogue, dnsNames: [] }, { region: null, protocol: 'TLS' }),
    ).toBeNull();
  });
});

describe('GET /media-streamer.mobileconfig', () => {
  const gateway = useGateway();
  const get = (query: string) => fetch(new URL(`/media-streamer.mobileconfig${query}`, gateway.url));

  it('sends the profile as a file of Apple’s type to anyone', async () => {
    const response = await get('');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/x-apple-aspen-config');
    expect(response.headers.get('content-disposition')).toBe(
      'attachment; filename="media-streamer.mobileconfig"',
    );
    expect(profileErrors(parse(await response.text()))).toEqual([]);
  });

  it('sends the profile over TLS', async () => {
    const profile = parse(await (await get('?protocol=tls')).text()) as unknown as Parsed;
    expect(settingsOf(profile).DNSProtocol).toBe('TLS');
  });

  it.each([
    ['?region=nowhere', 404],
    ['?region=', 404],
    ['?region=us&region=uk', 404],
    ['?protocol=quic', 400],
    ['?protocol=', 400],
    [`?region=${'x'.repeat(4000)}`, 404],
  ])('refuses a wrong query (%#) with an error that does not repeat it', async (query, status) => {
    const response = await get(query);
    expect(response.status).toBe(status);
    expect(await response.text()).not.toMatch(/nowhere|quic|xxx/);
  });
});
