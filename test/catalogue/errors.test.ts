import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Catalogue, CatalogueError, loadCatalogue } from '../../src/catalogue/catalogue.js';
import { wireName } from '../../src/dns/wire/name.js';
import { portalWith, regionWith, relayWith, serviceWith } from '../support/catalogue.js';

const netflix = { id: 'netflix', name: 'Netflix', domains: ['netflix.com', 'nflxvideo.net'] };
const zdf = { id: 'zdf', name: 'ZDF', domains: ['zdf.de'] };
const services = { services: [netflix, zdf] };
const relay = { ipv4: '198.51.100.1' };
const us = { id: 'us', name: 'United States', relays: [relay] };
const portal = { names: ['portal.vpn.example'], ipv4: ['192.0.2.80'] };
const regions = { dnsServers: ['192.0.2.53'], portal, defaultRegion: 'us', regions: [us] };

const service = (more: object) => ({ services: [{ ...netflix, ...more }] });
const domain = (name: unknown) => service({ domains: [name] });
const region = (more: object) => ({ ...regions, regions: [{ ...us, ...more }] });
const withPortal = (more: object) => ({ ...regions, portal: { ...portal, ...more } });

const ODD_ID = 'must be lower-case letters and digits, with single hyphens between';
const longLabel = 'a'.repeat(64);
const longName = `${`${'a'.repeat(60)}.`.repeat(4)}abcdefghi.com`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'catalogue-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Loads two files with the given contents: text as it is, everything else as JSON. */
async function load(servicesContent: unknown, regionsContent: unknown): Promise<Catalogue> {
  const files = {
    catalogueFile: join(folder, 'services.json'),
    regionsFile: join(folder, 'regions.json'),
  };
  const text = (content: unknown) => (typeof content === 'string' ? content : JSON.stringify(content));
  await writeFile(files.catalogueFile, text(servicesContent));
  await writeFile(files.regionsFile, text(regionsContent));
  return loadCatalogue(files);
}

async function errorsOf(loading: Promise<unknown>): Promise<readonly string[]> {
  const error = await loading.then(
    () => expect.unreachable('it was accepted'),
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(CatalogueError);
  expect(error.message).toBe(error.errors.join('\n'));
  return error.errors;
}

describe('a catalogue', () => {
  it('has the content of its two files, with defaults for optional fields', async () => {
    await expect(load(services, regions)).resolves.toEqual({
      services: [serviceWith(netflix), serviceWith(zdf)],
      regions: [regionWith({ ...us, relays: [relayWith(relay)] })],
      defaultRegion: 'us',
      portal: portalWith(portal),
      dnsServers: ['192.0.2.53'],
      dnsNames: [],
    });
  });

  it('has groups, regions, exact hosts, patterns, and what carries bytes only', async () => {
    const full = {
      ...netflix,
      group: 'films',
      regions: ['uk', 'nowhere-here'],
      hosts: ['fast.com', 'netflix.akamaized.net'],
      patterns: ['api-*.eu.example.com', '*-eu.example.com'],
      cdn: { domains: ['nflxcdn.example'], hosts: ['a.cloudfront.net'], patterns: ['c*.cdn.example.com'] },
      risks: {},
      source: ['a list, 2026-11'],
    };
    const loaded = await load({ services: [full] }, regions);
    expect(loaded.services).toEqual([full]);
  });

  it('has a pattern below a shared suffix when it says why', async () => {
    const pattern = 'apiproxy-*.us-west-2.amazonaws.com';
    const risks = { [pattern]: 'The sign-in of televisions.' };
    const loaded = await load(service({ cdn: { patterns: [pattern] }, risks }), regions);
    expect(loaded.services[0]).toMatchObject({ cdn: { patterns: [pattern] }, risks });
  });

  it('has a portal whose name leaves just enough room for check names', async () => {
    const name = `${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(5)}.example`;
    const long = { ...us, id: `${'r'.repeat(40)}` };
    const { portal: loaded, regions: ids } = await load(services, {
      ...withPortal({ names: [name] }),
      defaultRegion: long.id,
      regions: [long],
    });
    expect(wireName(`${'n'.repeat(63)}.region-${ids[0]!.id}.check.${loaded.names[0]}`)).toHaveLength(255);
  });

  it('has names of DNS servers, servers of regions, relays with a /64 and names of one family', async () => {
    const full = {
      dnsServers: ['192.0.2.53'],
      dnsNames: ['dns.vpn.example'],
      portal: {
        ...portal,
        ipv6: ['2001:db8::80'],
        ipv4Names: ['ipv4.vpn.example'],
        ipv6Names: ['ipv6.vpn.example'],
        check: { ipv4: ['192.0.2.81'], ipv6: [] },
      },
      defaultRegion: 'us',
      regions: [
        {
          ...us,
          relays: [{ ipv4: '198.51.100.1', ipv6: '2001:db8:1:2::/64', inService: true }],
          dnsServers: ['192.0.2.54', '2001:db8::54'],
          dnsNames: ['us.dns.vpn.example'],
        },
      ],
    };
    const { services: _, ...loaded } = await load(services, full);
    expect(loaded).toEqual(full);
  });

  it('may have an internationalised domain as its A-label, and one customer below a shared suffix', async () => {
    const names = [
      'xn--bcher-kva.example',
      'd1v5ir2lpwr8os.cloudfront.net',
      'www.ck',
      'youtubei.googleapis.com',
    ];
    const loaded = await load(service({ domains: names }), regions);
    expect(loaded.services[0]?.domains).toEqual(names);
  });

  it.each([
    ['an unknown key', service({ domain: [] }), 'services[0]: has a key that is not known here: "domain"'],
    ['a missing key', { services: [{ id: 'a', domains: ['zdf.de'] }] }, 'services[0].name: is missing'],
    ['a wrong kind', { services: {} }, 'services: must be a list'],
    ['a list as the file', [], 'must be an object'],
    ['no service', { services: [] }, 'services: must list at least one service'],
    [
      'no name at all',
      service({ domains: [], cdn: { domains: ['zdf.de'] } }),
      'services[0]: must list at least one domain, host or pattern',
    ],
    ['a domain that is no string', domain(7), 'services[0].domains[0]: must be a string'],
    ['an id of odd characters', service({ id: 'Net_flix' }), `services[0].id: ${ODD_ID}`],
    ['an empty name', service({ name: '' }), 'services[0].name: must not be empty'],
    [
      'a name with a control character',
      service({ name: 'Net\u0007flix' }),
      'services[0].name: must have no control characters and no space at its ends',
    ],
    [
      'a repeated id',
      { services: [netflix, { ...zdf, id: 'netflix' }] },
      'services[1].id: "netflix" is already at services[0].id',
    ],
    [
      'a repeated domain',
      { services: [netflix, { ...zdf, domains: ['netflix.com'] }] },
      'services[1].domains[0]: "netflix.com" is already at services[0].domains[0]',
    ],
    [
      "a domain below another service's",
      { services: [{ ...zdf, domains: ['api.netflix.com'] }, netflix] },
      'services[0].domains[0]: "api.netflix.com" lies below "netflix.com" at services[1].domains[0]',
    ],
    [
      "a domain that one carries for another's bytes",
      { services: [netflix, { ...zdf, cdn: { domains: ['netflix.com'] } }] },
      'services[1].cdn.domains[0]: "netflix.com" is already at services[0].domains[0]',
    ],
    [
      'a host that is a domain',
      service({ hosts: ['netflix.com'] }),
      'services[0].hosts[0]: "netflix.com" is already at services[0].domains[0]',
    ],
    [
      "a host below another service's domain",
      { services: [netflix, { ...zdf, hosts: ['a.api.netflix.com'] }] },
      'services[1].hosts[0]: "a.api.netflix.com" lies below "netflix.com" at services[0].domains[0]',
    ],
    [
      'a repeated host',
      { services: [netflix, { ...zdf, hosts: ['fast.com', 'fast.com'] }] },
      'services[1].hosts[1]: "fast.com" is already at services[1].hosts[0]',
    ],
    [
      'a domain that is the host of another',
      { services: [{ ...netflix, hosts: ['zdf.de'] }, zdf] },
      'services[0].hosts[0]: "zdf.de" is already at services[1].domains[0]',
    ],
    [
      'a pattern below a domain',
      service({ patterns: ['api-*.netflix.com'] }),
      'services[0].patterns[0]: "api-*.netflix.com" lies below "netflix.com" at services[0].domains[0]',
    ],
    [
      'a host that a pattern matches',
      service({ hosts: ['api-1.eu.example.com'], patterns: ['api-*.eu.example.com'] }),
      'services[0].hosts[0]: "api-1.eu.example.com" matches "api-*.eu.example.com" at services[0].patterns[0]',
    ],
    [
      'patterns that match the same names',
      service({ patterns: ['api-*.eu.example.com', 'a*-x.eu.example.com'] }),
      'services[0].patterns[1]: "a*-x.eu.example.com" and "api-*.eu.example.com" at services[0].patterns[0] match the same names',
    ],
    [
      'a repeated pattern',
      {
        services: [netflix, { ...zdf, patterns: ['a*.example.com'], cdn: { patterns: ['a*.example.com'] } }],
      },
      'services[1].cdn.patterns[0]: "a*.example.com" is already at services[1].patterns[0]',
    ],
    ...[
      ['api.example.com', 'must have one "*"; it has 0'],
      ['a*b*.example.com', 'must have one "*"; it has 2'],
      ['a*.b*.example.com', 'must have one "*"; it has 2'],
      ['a.b*.example.com', 'must have its "*" in the first label'],
      ['*.example.com', 'must have letters or digits beside its "*"'],
      ['api-*', 'must have a zone after its first label, such as "*-api.example.com"'],
      ['api-*.com', 'must have a zone after its first label, such as "*-api.example.com"'],
      ['api-*.Example.com', 'must be in lower case'],
      ['-*.example.com', 'is not a host name: labels are letters, digits and inner hyphens'],
      ['a*.example.com.', 'must not end with a dot'],
    ].map(([text, error]): [string, unknown, string] => [
      `${text} as a pattern`,
      service({ patterns: [text] }),
      `services[0].patterns[0]: "${text}" ${error}`,
    ]),
    ['a group of odd characters', service({ group: 'Bam' }), `services[0].group: ${ODD_ID}`],
    ['a region of odd characters', service({ regions: ['U K'] }), `services[0].regions[0]: ${ODD_ID}`],
    [
      'a group that is called like a service outside it',
      { services: [netflix, { ...zdf, group: 'netflix' }] },
      'services[1].group: "netflix" is the id of a service outside the group, services[0]',
    ],
    [
      'a single label',
      domain('com'),
      'services[0].domains[0]: "com" is a single label, which would cover a whole top-level domain',
    ],
    ...['co.uk', 'com.au', 'gov.br', 'kobe.jp', 'x.ck'].map((suffix): [string, unknown, string] => [
      `the registry's suffix ${suffix}`,
      domain(suffix),
      `services[0].domains[0]: "${suffix}" is a registry's suffix, not one service's domain`,
    ]),
    ...[
      'cloudfront.net',
      'amazonaws.com',
      'us-west-2.amazonaws.com',
      'elb.eu-west-1.amazonaws.com',
      'eu-west-1.elb.amazonaws.com',
      's3.amazonaws.com',
      's3.us-gov-west-1.amazonaws.com',
      'akamaized.net',
      'akamaihd.net',
      'edgesuite.net',
      'herokuapp.com',
      'azurewebsites.net',
      'blob.core.windows.net',
      'googleapis.com',
      'global.ssl.fastly.net',
      'fastly.net',
      'llnwd.net',
      'workers.dev',
    ].map((suffix): [string, unknown, string] => [
      `the shared suffix ${suffix}`,
      domain(suffix),
      `services[0].domains[0]: "${suffix}" is shared by many sites, not one service's domain`,
    ]),
    [
      'a shared suffix as a host',
      service({ cdn: { hosts: ['s3.amazonaws.com'] } }),
      `services[0].cdn.hosts[0]: "s3.amazonaws.com" is shared by many sites, not one service's domain`,
    ],
    [
      "a pattern in a registry's zone",
      service({ patterns: ['netflix-*.co.uk'] }),
      `services[0].patterns[0]: "netflix-*.co.uk" has a registry's suffix as its zone, below which anyone can register such a name`,
    ],
    [
      'a pattern below a shared suffix without a reason',
      service({ patterns: ['apiproxy-*.us-west-2.amazonaws.com'] }),
      'services[0].patterns[0]: "apiproxy-*.us-west-2.amazonaws.com" lies below "us-west-2.amazonaws.com", where a stranger can take such a name; services[0].risks must say why it is relayed',
    ],
    [
      'a short pattern below a shared suffix',
      service({ patterns: ['nflx-*.akamaized.net'] }),
      'services[0].patterns[0]: "nflx-*.akamaized.net" lies below "akamaized.net", which many sites share: it needs 6 characters beside its "*"',
    ],
    [
      'a reason without such a pattern',
      service({
        patterns: ['netflix-*.akamaized.net'],
        risks: { 'a*.b.c': 'why', 'netflix-*.akamaized.net': 'why' },
      }),
      'services[0].risks: "a*.b.c" is not one of its patterns below a shared suffix',
    ],
    [
      'a reason that is empty',
      service({ risks: { 'netflix-*.akamaized.net': '' } }),
      'services[0].risks.netflix-*.akamaized.net: must give a reason',
    ],
    ['upper case', domain('Zdf.de'), 'services[0].domains[0]: "Zdf.de" must be in lower case'],
    ['a trailing dot', domain('zdf.de.'), 'services[0].domains[0]: "zdf.de." must not end with a dot'],
    [
      'a U-label',
      domain('bücher.example'),
      'services[0].domains[0]: "bücher.example" must be written with A-labels (xn--…), RFC 5890',
    ],
    [
      'an A-label that encodes nothing',
      domain('xn--0.example'),
      'services[0].domains[0]: "xn--0.example" has an invalid A-label (RFC 5891)',
    ],
    [
      'a long label',
      domain(`${longLabel}.com`),
      `services[0].domains[0]: "${longLabel}.com" has a label that is longer than 63 bytes`,
    ],
    ['a long name', domain(longName), `services[0].domains[0]: "${longName}" is longer than 253 bytes`],
    [
      'an address as a domain',
      domain('192.0.2.1'),
      'services[0].domains[0]: "192.0.2.1" ends in a number, as an address does',
    ],
    ...[
      '_dmarc.zdf.de',
      '*.zdf.de',
      '-a.zdf.de',
      'a-.zdf.de',
      'a..de',
      '.zdf.de',
      'https://zdf.de',
      'zdf de',
      '',
    ].map((name): [string, unknown, string] => [
      `${JSON.stringify(name)} as a domain`,
      domain(name),
      `services[0].domains[0]: ${JSON.stringify(name)} is not a host name: labels are letters, digits and inner hyphens`,
    ]),
  ])('is rejected for %s in services.json', async (_, content, error) => {
    expect(await errorsOf(load(content, regions))).toEqual([`services.json: ${error}`]);
  });

  it.each([
    ['no region', { ...regions, regions: [] }, ['regions: must list at least one region']],
    ['no relay', region({ relays: [] }), ['regions[0].relays: must list at least one relay']],
    ['no DNS server', { ...regions, dnsServers: [] }, ['dnsServers: must list at least one address']],
    [
      'a DNS server that is a name',
      { ...regions, dnsServers: ['a.example'] },
      ['dnsServers[0]: "a.example" is not an IP address'],
    ],
    [
      'an unknown default region',
      { ...regions, defaultRegion: 'uk' },
      ['defaultRegion: "uk" is not the id of a region'],
    ],
    [
      'a region without a relay in service',
      region({ relays: [{ ...relay, inService: false }] }),
      ['regions[0].relays: must have at least one relay in service'],
    ],
    [
      'a repeated region',
      { ...regions, regions: [us, { ...us, relays: [{ ipv4: '198.51.100.2' }] }] },
      ['regions[1].id: "us" is already at regions[0].id'],
    ],
    [
      'a repeated relay',
      { ...regions, regions: [us, { ...us, id: 'uk' }] },
      ['regions[1].relays[0].ipv4: "198.51.100.1" is already at regions[0].relays[0].ipv4'],
    ],
    ...['198.51.100', '198.51.100.01', '198.51.100.256', '2001:db8::1', '0.0.0.0', '224.0.0.1', ''].map(
      (ipv4): [string, unknown, string[]] => [
        `${JSON.stringify(ipv4)} as IPv4`,
        region({ relays: [{ ipv4 }] }),
        [`regions[0].relays[0].ipv4: ${JSON.stringify(ipv4)} is not the IPv4 address of a host`],
      ],
    ),
    ...[
      '198.51.100.1',
      '2001:db8::g',
      'fe80::1%eth0',
      '::ffff:198.51.100.1',
      '::',
      'ff02::1',
      '2001:db8::/48',
      '2001:db8::/65',
      '2001:db8::1/64',
      '::/64',
      'ff02::/64',
      '2001:db8::/064',
      '2001:db8::/64/64',
    ].map((ipv6): [string, unknown, string[]] => [
      `${JSON.stringify(ipv6)} as IPv6`,
      region({ relays: [{ ...relay, ipv6 }] }),
      [`regions[0].relays[0].ipv6: ${JSON.stringify(ipv6)} is not the IPv6 address of a host, nor a /64`],
    ]),
    [
      "a relay's /64 that overlaps another, however it is written",
      region({
        relays: [
          { ...relay, ipv6: '2001:db8:1:2::/64' },
          { ipv4: '198.51.100.2', ipv6: '2001:DB8:1:2:0::/64' },
          { ipv4: '198.51.100.3', ipv6: '2001:db8:1:2::3' },
        ],
      }),
      [
        'regions[0].relays[1].ipv6: "2001:DB8:1:2:0::/64" is already at regions[0].relays[0].ipv6',
        'regions[0].relays[2].ipv6: "2001:db8:1:2::3" and "2001:db8:1:2::/64" at regions[0].relays[0].ipv6 overlap',
      ],
    ],
    [
      'a DNS server of two regions, or of a region and of all',
      {
        ...regions,
        regions: [
          { ...us, dnsServers: ['192.0.2.54', '192.0.2.53'] },
          { id: 'uk', name: 'UK', relays: [{ ipv4: '198.51.100.2' }], dnsServers: ['192.0.2.54'] },
        ],
      },
      [
        'regions[0].dnsServers[1]: "192.0.2.53" is already at dnsServers[0]',
        'regions[1].dnsServers[0]: "192.0.2.54" is already at regions[0].dnsServers[0]',
      ],
    ],
    [
      'a name of a DNS server of two regions, or of a region and of all',
      {
        ...regions,
        dnsNames: ['dns.vpn.example', 'dns.vpn.example'],
        regions: [{ ...us, dnsNames: ['dns.vpn.example'] }],
      },
      [
        'dnsNames[1]: "dns.vpn.example" is already at dnsNames[0]',
        'regions[0].dnsNames[0]: "dns.vpn.example" is already at dnsNames[0]',
      ],
    ],
    [
      'a name of a DNS server that belongs to a service',
      { ...regions, dnsNames: ['zdf.de'], regions: [{ ...us, dnsNames: ['us.zdf.de'] }] },
      [
        'dnsNames[0]: "zdf.de" belongs to a service ("zdf.de", services[1].domains[0])',
        'regions[0].dnsNames[0]: "us.zdf.de" belongs to a service ("zdf.de", services[1].domains[0])',
      ],
    ],
    [
      'names of one family that are names of both',
      withPortal({
        ipv6: ['2001:db8::80'],
        ipv4Names: ['portal.vpn.example', 'one.vpn.example'],
        ipv6Names: ['one.vpn.example', 'portal.netflix.com'],
      }),
      [
        'portal.ipv4Names[0]: "portal.vpn.example" is already at portal.names[0]',
        'portal.ipv6Names[0]: "one.vpn.example" is already at portal.ipv4Names[1]',
        'portal.ipv6Names[1]: "portal.netflix.com" belongs to a service ("netflix.com", services[0].domains[0])',
      ],
    ],
    [
      'names for IPv6 of a portal that has no IPv6 address',
      withPortal({ ipv6Names: ['ipv6.vpn.example'] }),
      ['portal.ipv6Names: must be empty, because the portal has no IPv6 address'],
    ],
    [
      'a portal whose name leaves no room for check names',
      withPortal({ names: [`${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(6)}.example`] }),
      ['portal.names[0]: must have at most 135 characters, because check names are below it'],
    ],
    [
      'names in the zones of check names and self names',
      {
        ...withPortal({
          names: ['portal.vpn.example', 'check.portal.vpn.example', 'mycheck.portal.vpn.example'],
        }),
        dnsNames: ['dns.home.portal.vpn.example'],
      },
      [
        'portal.names[1]: "check.portal.vpn.example" lies in "check.portal.vpn.example", whose names have answers of their own',
        'dnsNames[0]: "dns.home.portal.vpn.example" lies in "home.portal.vpn.example", whose names have answers of their own',
      ],
    ],
    [
      'a web server for check names without an address',
      withPortal({ check: { ipv4: [] } }),
      ['portal.check.ipv4: must list at least one address'],
    ],
    [
      'a relay of a wrong kind',
      region({ relays: [{ ...relay, inService: 'yes' }] }),
      ['regions[0].relays[0].inService: must be true or false'],
    ],
    [
      'a portal without a name or an address',
      withPortal({ names: [], ipv4: [] }),
      ['portal.names: must list at least one name', 'portal.ipv4: must list at least one address'],
    ],
    [
      "a portal below a service's domain",
      withPortal({ names: ['portal.netflix.com'] }),
      ['portal.names[0]: "portal.netflix.com" belongs to a service ("netflix.com", services[0].domains[0])'],
    ],
    [
      'a repeated name of the portal',
      withPortal({ names: ['portal.vpn.example', 'portal.vpn.example'] }),
      ['portal.names[1]: "portal.vpn.example" is already at portal.names[0]'],
    ],
  ])('is rejected for %s in regions.json', async (_, content, errors) => {
    expect(await errorsOf(load(services, content))).toEqual(errors.map((error) => `regions.json: ${error}`));
  });

  it.each([
    ['a stray comma', '{\n  "services": [\n    ,\n', 'line 3: not valid JSON'],
    ['text after the end', '{}\n{}\n', 'line 2: not valid JSON'],
    ['a text that does not end', '{\n  "services\n}', 'line 2: not valid JSON'],
    ['an end in the middle', '{\n  "services": [\n', 'line 2: not valid JSON, it ends too early'],
    ['nothing', '', 'line 1: not valid JSON, it ends too early'],
  ])('names the line of a syntax error: %s', async (_, text, error) => {
    expect(await errorsOf(load(text, regions))).toEqual([`services.json: ${error}`]);
  });

  it('names a file that cannot be read by its base name and the reason', async () => {
    const files = { catalogueFile: join(folder, 'absent.json'), regionsFile: folder };
    const errors = await errorsOf(loadCatalogue(files));
    expect(errors[0]).toBe('absent.json: cannot be read (ENOENT); CATALOGUE names it by an absolute path');
    expect(errors[1]).toMatch(
      /^catalogue-\w+: cannot be read \(EISDIR\); REGIONS names it by an absolute path$/,
    );
  });

  it("knows a region's DNS server from those of the setting", async () => {
    const files = {
      catalogueFile: join(folder, 'services.json'),
      regionsFile: join(folder, 'regions.json'),
      dnsServers: ['192.0.2.54', '192.0.2.54'],
    };
    await load(services, region({ dnsServers: ['192.0.2.54'] }));
    expect(await errorsOf(loadCatalogue(files))).toEqual([
      'regions.json: regions[0].dnsServers[0]: "192.0.2.54" is already at DNS_SERVERS[0]',
    ]);
  });

  it('is rejected with all errors of both files together', async () => {
    const errors = await errorsOf(
      load(
        {
          services: [
            { ...netflix, domains: ['com', 'Zdf.de'] },
            { id: 'zdf', name: 7, domains: ['zdf.de'] },
          ],
        },
        { ...regions, defaultRegion: 'uk', regions: [us, us] },
      ),
    );
    expect(errors).toEqual([
      'services.json: services[0].domains[0]: "com" is a single label, which would cover a whole top-level domain',
      'services.json: services[0].domains[1]: "Zdf.de" must be in lower case',
      'services.json: services[1].name: must be a string',
      'regions.json: regions[1].id: "us" is already at regions[0].id',
      'regions.json: regions[1].relays[0].ipv4: "198.51.100.1" is already at regions[0].relays[0].ipv4',
      'regions.json: defaultRegion: "uk" is not the id of a region',
    ]);
  });
});
