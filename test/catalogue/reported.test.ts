import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Catalogue, loadCatalogue } from '../../src/catalogue/catalogue.js';
import { Coverage } from '../../src/catalogue/coverage.js';

const folder = fileURLToPath(new URL('../../catalogue/', import.meta.url));

/** Hosts that people have reported as needed to watch, and the service that they belong to. */
const NEEDED: Readonly<Record<string, string>> = {
  'www.netflix.com': 'netflix',
  'ipv4-c001-lhr001-ix.1.oca.nflxvideo.net': 'netflix',
  'fast.com': 'netflix',
  'api.fast.com': 'netflix',
  'cf.prd.media.h264.io': 'hbo-max',
  'abc.cf.prd.media.h264.io': 'hbo-max',
  'wmff.warnermediacdn.com': 'hbo-max',
  'cdn.registerdisney.go.com': 'disney-plus',
  'disney.api.edge.bamgrid.com': 'disney-plus',
  'vod-hls-uk-live.akamaized.net': 'bbc-iplayer',
  'vs-cmaf-pushb-ww-live.akamaized.net': 'bbc-iplayer',
  'bidi.net.uk': 'bbc-iplayer',
  'open.live.bbc.co.uk': 'bbc-iplayer',
  'm.media-amazon.com': 'prime-video',
  'images-na.ssl-images-amazon.com': 'prime-video',
  'a1.prod.service.minerva.devices.a2z.com': 'prime-video',
  'd1v5ir2lpwr8os.cloudfront.net': 'prime-video',
  'hls-amt.itunes.apple.com': 'apple-tv',
  'splice.amlg.io': 'paramount-plus',
  'media.amlg.io': 'paramount-plus',
  'vod.pplus.paramount.tech': 'paramount-plus',
  'geoloc.yospace.com': 'peacock',
  'toots-a.akamaihd.net': 'itvx',
  'www.daznplayer.com': 'dazn',
  'api.daznfeeds.com': 'dazn',
  'f1tv.com': 'f1-tv',
  'www.skyshowtime.com': 'skyshowtime',
  'www.sho.com': 'showtime',
  'video-edge-1.lhr01.abs.hls.live-video.net': 'twitch',
  'nrodlzdf-a.akamaihd.net': 'zdf',
  'prod.npoplayer.nl': 'npo',
  'playback2.a2d.tv': 'tv4-play',
  'capi.9c9media.com': 'ctv',
  'auth.streamotion.com.au': 'kayo',
  'il.srgssr.ch': 'srf',
  'vod-fy.crunchyrollcdn.com': 'crunchyroll',
  'itvpnp.live.ott.irdeto.com': 'itvx',
  'cdn.http.anno.channel4.com': 'channel-4',
  '10.com.au': '10',
};

/** Advertising, telemetry, and what other sites share: these go past the relays. */
const LEFT_OUT = [
  'ads.brightline.tv',
  'litix.io',
  'abc.litix.io',
  'tags.tiqcdn.com',
  'pubads.g.doubleclick.net',
  'disney.my.sentry.io',
  'disneyplus.com.ssl.sc.omtrdc.net',
  'cws.conviva.com',
  'dpm.demdex.net',
  'akamaized.net',
  'other-live.akamaized.net',
  'a.vod-hls-uk-live.akamaized.net',
  'd111111abcdef8.cloudfront.net',
  's3.us-west-2.amazonaws.com',
  'link.theplatform.com',
  'edge.api.brightcove.com',
  'www.amazon.com',
  'www.apple.com',
  'www.google.com',
  'storage.googleapis.com',
  'go.com',
  'example.com',
];

let catalogue: Catalogue;
let coverage: Coverage;
beforeAll(async () => {
  catalogue = await loadCatalogue({
    catalogueFile: `${folder}services.json`,
    regionsFile: `${folder}regions.json`,
  });
  coverage = new Coverage(catalogue.services);
});

describe('the shipped services', () => {
  it.each(Object.entries(NEEDED))('have what is needed to watch: %s is of %s', (name, id) => {
    expect(coverage.find(name)?.service.id).toBe(id);
  });

  it.each(LEFT_OUT)('leave out advertising, telemetry and what other sites share: %s', (name) => {
    expect(coverage.find(name)).toBeNull();
  });

  it.each([
    ['bbc-iplayer', ['uk']],
    ['itvx', ['uk']],
    ['channel-4', ['uk']],
    ['5', ['uk']],
    ['uktv', ['uk']],
    ['hulu', ['us']],
    ['peacock', ['us']],
    ['nbc', ['us']],
    ['fox', ['us']],
    ['philo', ['us']],
    ['sling-tv', ['us']],
    ['starz', ['us']],
    ['rte-player', ['ie']],
    ['ard-mediathek', ['de']],
    ['zdf', ['de']],
    ['joyn', ['de', 'at', 'ch']],
    ['rtl-plus', ['de']],
    ['netflix', []],
  ])('say where %s is licensed', (id, regions) => {
    expect(catalogue.services.find((service) => service.id === id)?.regions).toEqual(regions);
  });

  it('name regions as those of the installation, or as a country would be named here', () => {
    const known = new Set(catalogue.regions.map(({ id }) => id));
    const others = catalogue.services.flatMap(({ regions }) => regions.filter((id) => !known.has(id)));
    expect(others.filter((id) => !/^[a-z]{2}$/.test(id) || id === 'gb')).toEqual([]);
  });

  it('are in one group where they share names', () => {
    const members = (group: string) =>
      catalogue.services.filter((service) => service.group === group).map(({ id }) => id);
    expect(members('disney')).toEqual(['disney-plus', 'hulu', 'espn']);
  });

  it('name the source of their names', () => {
    expect(catalogue.services.filter(({ source }) => source.length === 0).map(({ id }) => id)).toEqual([]);
  });
});
