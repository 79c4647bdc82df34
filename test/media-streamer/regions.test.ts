import { describe, expect, it } from 'vitest';
import type { Network } from '../../src/allowlist/networks.js';
import { NO_PREFERENCES, type Preferences } from '../../src/allowlist/profile.js';
import { type Prefix, parsePrefix } from '../../src/lib/ip.js';
import { networkView } from '../../src/services/media-streamer/views.js';
import { catalogueWith, portalWith, regionWith, relayWith, serviceWith } from '../support/catalogue.js';

const BOTH = relayWith({ ipv4: '192.0.2.1', ipv6: '2001:db8:1::/64' });
const catalogue = catalogueWith({
  portal: portalWith({ names: ['portal.example'], ipv4: ['192.0.2.9'] }),
  services: [
    serviceWith({ id: 'anywhere' }),
    serviceWith({ id: 'british', regions: ['uk'] }),
    serviceWith({ id: 'elsewhere', regions: ['moon'] }),
    serviceWith({ id: 'several', regions: ['uk', 'de'] }),
    serviceWith({ id: 'one', group: 'group' }),
    serviceWith({ id: 'other', group: 'group' }),
  ],
  regions: [
    regionWith({ id: 'us', relays: [BOTH] }),
    regionWith({ id: 'uk', relays: [relayWith({ ipv4: '192.0.2.2' })] }),
    regionWith({
      id: 'de',
      relays: [relayWith({ ipv4: '192.0.2.3' }), { ...BOTH, ipv4: '192.0.2.4', inService: false }],
    }),
    regionWith({ id: 'fr', relays: [{ ...BOTH, ipv4: '192.0.2.5' }] }),
  ],
});

function view(addresses: readonly string[], preferences: Partial<Preferences> = {}) {
  const [ipv4, ipv6] = ([4, 6] as const).map((family) => {
    const prefix = addresses
      .map((text) => parsePrefix(text) as Prefix)
      .find((each) => each.family === family);
    return prefix === undefined ? null : { prefix, lastDay: null };
  });
  const network: Network = {
    id: 'id',
    name: 'Home',
    ipv4: ipv4!,
    ipv6: ipv6!,
    preferences: { ...NO_PREFERENCES, ...preferences },
    lastDay: null,
    hasToken: false,
  };
  return networkView(catalogue, network);
}

const [V4, V6] = ['198.51.100.7', '2001:db8:7::/64'];

describe('the families over which a network reaches a relay for every service', () => {
  const families = (addresses: readonly string[], preferences: Partial<Preferences> = {}) =>
    view(addresses, preferences).relayFamilies;

  it('are those of its addresses, where all of its regions have relays for both', () => {
    for (const region of ['us', 'fr']) {
      expect(families([V4, V6], { region })).toEqual([4, 6]);
      expect(families([V4], { region })).toEqual([4]);
      expect(families([V6], { region })).toEqual([6]);
      expect(families([], { region })).toEqual([]);
    }
  });

  it('are less where its region has no relay in service for a family', () => {
    for (const region of ['uk', 'de']) {
      expect(families([V4, V6], { region })).toEqual([4]);
      expect(families([V6], { region })).toEqual([]);
    }
  });

  it('count the region of a single service, and that of licensed services when it is automatic', () => {
    const serviceRegions = new Map([['group', 'uk']]);
    expect(families([V4, V6], { region: 'us', serviceRegions })).toEqual([4]);
    expect(families([V6])).toEqual([]);
    expect(families([V6], { serviceRegions: new Map([['british', 'us']]) })).toEqual([6]);
  });

  it('do not count what has left the catalogue', () => {
    expect(families([V6], { region: 'gone', serviceRegions: new Map([['british', 'us']]) })).toEqual([6]);
    const serviceRegions = new Map([
      ['gone', 'uk'],
      ['british', 'us'],
    ]);
    expect(families([V6], { serviceRegions })).toEqual([6]);
  });
});

describe('the regions of a network', () => {
  it('name all services of a group, and a region that has left the catalogue by its id', () => {
    const { region, serviceRegions } = view([V4], {
      region: 'gone',
      serviceRegions: new Map([
        ['group', 'fr'],
        ['gone', 'uk'],
      ]),
    });
    expect(region).toEqual({ id: 'gone', name: 'gone', relayFamilies: [], dnsServers: [], dnsNames: [] });
    expect(serviceRegions.map((each) => [each.service.id, each.service.groupId, each.region.id])).toEqual([
      ['one', 'group', 'fr'],
      ['other', 'group', 'fr'],
    ]);
  });

  it('are none when they are automatic', () => {
    expect(view([V4])).toMatchObject({ region: null, serviceRegions: [] });
  });
});
