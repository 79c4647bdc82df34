import { Session } from 'node:inspector/promises';
import dnsPacket from 'dns-packet';
import { expect, it } from 'vitest';
import type { Arrival } from '../../../src/dns/transport/transports.js';
import { questionOf } from '../../../src/dns/upstream/forwarder.js';
import { readAnswer } from '../../../src/dns/wire/answer.js';
import { parseAddress } from '../../../src/lib/ip.js';
import { catalogueWith, portalWith, regionWith, relayWith, serviceWith } from '../../support/catalogue.js';
import { ednsOption, query, TYPES } from '../support/messages.js';
import { arrivalFrom, testResponder } from '../support/responder.js';
import { usualAnswers } from '../support/upstream-server.js';

const ALLOWED_SOURCE = parseAddress('192.0.2.1')!;
const ALLOWED = arrivalFrom(ALLOWED_SOURCE);
const UNLISTED = arrivalFrom(parseAddress('192.0.2.66')!);
const AT_REGION = { ...ALLOWED, server: parseAddress('2001:db8::53')! };
const AT_REGION_NAME = { ...arrivalFrom(ALLOWED_SOURCE, 'dot'), serverName: 'fr.dns.vpn.example' };
const QUERIES = 1_000_000;

const relays = (place: number) =>
  [1, 2, 3].map((host) =>
    relayWith({ ipv4: `198.51.100.${place + host}`, ipv6: `2001:db8:${place}:${host}::/64` }),
  );
/** Every way to a region, patterns, several relays, and a /64 for each. */
const HOUSEHOLDS = catalogueWith({
  services: [
    serviceWith({ id: 'stream', domains: ['stream.example'], patterns: ['api-*.cloud.example'] }),
    serviceWith({ id: 'other', domains: ['other.example'], hosts: ['host.cloud.example'] }),
  ],
  regions: [
    regionWith({ id: 'us', relays: relays(10) }),
    regionWith({ id: 'br', relays: relays(20), dnsServers: ['198.51.100.53', '2001:db8::53'] }),
    regionWith({ id: 'de', relays: relays(30) }),
    regionWith({ id: 'fr', relays: relays(40), dnsNames: ['fr.dns.vpn.example'] }),
  ],
  portal: portalWith({ names: ['portal.vpn.example'], ipv4: ['192.0.2.80'] }),
});

interface ProfileNode {
  readonly selfSize: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly children: readonly ProfileNode[];
}

/** Bytes that functions of `src/dns` and `src/allowlist` have allocated, whether or not they are still in use. */
function allocatedBy({ selfSize, callFrame, children }: ProfileNode): number {
  const isOurs = /\/src\/(dns|allowlist)\//.test(callFrame.url);
  return (isOurs ? selfSize : 0) + children.reduce((sum, child) => sum + allocatedBy(child), 0);
}

it('a million queries are answered without allocating', async () => {
  const { responder, cache } = testResponder({
    allowed: ALLOWED_SOURCE,
    profile: '46;us;other=br;stream=de',
    catalogue: HOUSEHOLDS,
  });
  const edns = { payloadSize: 1232 };
  const cached = query({ name: 'cached.example.org', edns });
  const absent = query({ name: 'nxdomain.example.org', edns });
  for (const bytes of [cached, absent]) {
    const packet = dnsPacket.decode(bytes);
    const { name } = packet.questions![0]!;
    const answer = usualAnswers({ name, type: 'A', transport: 'udp', bytes, packet, fromPort: 0 }) as Buffer;
    responder.query.read(bytes, bytes.length);
    const { key, bytes: question } = questionOf(responder.query);
    cache.set(key, readAnswer(answer, 12 + question.length)!, 0);
  }
  const packets: readonly (readonly [Buffer, Arrival])[] = [
    [query({ name: 'WWW.stream.example', edns }), ALLOWED],
    [query({ name: 'www.stream.example', type: TYPES.AAAA }), ALLOWED],
    [query({ name: 'www.stream.example', type: TYPES.HTTPS, edns }), ALLOWED],
    [query({ name: 'api-77.cloud.example', type: TYPES.AAAA }), ALLOWED],
    [query({ name: 'www.other.example', type: TYPES.AAAA }), AT_REGION],
    [query({ name: 'www.other.example' }), AT_REGION_NAME],
    [cached, ALLOWED],
    [absent, ALLOWED],
    [query({ name: 'www.stream.example', edns: { options: ednsOption(10, Buffer.alloc(8, 1)) } }), ALLOWED],
    [query({ name: 'cold.example.net', edns }), ALLOWED],
    [query({ name: 'a.home.arpa' }), ALLOWED],
    [query({ name: '4f2a.ours.check.portal.vpn.example' }), ALLOWED],
    [query({ name: '4f2a.listed.check.portal.vpn.example' }), UNLISTED],
    [query({ name: 'tv.home.portal.vpn.example' }), ALLOWED],
    [query({ name: 'portal.vpn.example' }), UNLISTED],
    [query({ name: 'www.stream.example', edns }), UNLISTED],
    [query({ name: 'www.stream.example' }).subarray(0, 20), ALLOWED],
    [Buffer.alloc(5), UNLISTED],
  ];
  const room = new Uint8Array(4096);
  const run = (times: number) => {
    for (let count = 0; count < times; count++) {
      const [message, arrival] = packets[count % packets.length]!;
      for (let at = 0; at < message.length; at++) room[at] = message[at]!;
      responder.respond(room, message.length, arrival);
    }
  };
  run(QUERIES / 4);

  const session = new Session();
  session.connect();
  await session.post('HeapProfiler.startSampling', {
    samplingInterval: 512,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  } as object);
  run(QUERIES);
  const { profile } = (await session.post('HeapProfiler.stopSampling')) as { profile: { head: ProfileNode } };
  session.disconnect();
  // One object of the smallest size for every hundred queries would be 160,000 bytes.
  expect(allocatedBy(profile.head)).toBeLessThan(160_000);
});
