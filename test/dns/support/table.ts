// What a device sees: source × name × type → rcode, records, TTL and flags, the same over UDP and TCP and for every client.
import type { TypeName } from './messages.js';

export interface Row {
  readonly source: string;
  readonly name: string;
  readonly type: TypeName;
  readonly rcode: string;
  /** Set flags beside RD, which is as in the question. */
  readonly flags: string;
  readonly answers?: readonly string[];
  /** The SOA of a NODATA or NXDOMAIN, as zone and MINIMUM. */
  readonly soa?: string;
  /** Of all records of answer and authority. */
  readonly ttl?: number;
  /** Over UDP the client only gets TC=1. */
  readonly cutOverUdp?: true;
}

export const UNLISTED = '127.0.0.66';
const US = '127.0.0.7';
const BR = '127.0.0.8';
const UNKNOWN_REGION = '127.0.0.9';

const refused = (name: string, type: TypeName): Row => ({
  source: UNLISTED,
  name,
  type,
  rcode: 'REFUSED',
  flags: '',
});
const allowed = (name: string, type: TypeName, source = US) => ({ source, name, type, flags: 'RA' });
const relayed = (name: string, type: TypeName, answer: string, source = US): Row => ({
  ...allowed(name, type, source),
  rcode: 'NOERROR',
  answers: [answer],
  ttl: 60,
});
const noData = (name: string, type: TypeName, soa: string, source = US): Row => ({
  ...allowed(name, type, source),
  rcode: 'NOERROR',
  soa,
  ttl: 60,
});
const special = (name: string, type: TypeName, rcode: string, soa: string): Row => ({
  ...allowed(name, type),
  flags: 'AA RA',
  rcode,
  soa: `${soa} 10800`,
  ttl: 10_800,
});
const local = (name: string, type: TypeName, answer: string): Row => ({
  ...allowed(name, type),
  flags: 'AA RA',
  rcode: 'NOERROR',
  answers: [answer],
  ttl: 10_800,
});

const forwardedNoData = (name: string, type: TypeName): Row => ({
  ...allowed(name, type),
  rcode: 'NOERROR',
  soa: 'example.org 120',
  ttl: 120,
});

export const TABLE: readonly Row[] = [
  // An unlisted client gets the portal's names and nothing else; over UDP never in more bytes than its query.
  {
    ...refused('portal.vpn.example', 'A'),
    rcode: 'NOERROR',
    flags: 'RA',
    answers: ['A 192.0.2.80', 'A 192.0.2.81'],
    ttl: 300,
    cutOverUdp: true,
  },
  {
    ...refused('portal.vpn.example', 'AAAA'),
    rcode: 'NOERROR',
    flags: 'RA',
    answers: ['AAAA 2001:db8::80'],
    ttl: 300,
    cutOverUdp: true,
  },
  {
    ...refused('portal.vpn.example', 'MX'),
    rcode: 'NOERROR',
    flags: 'RA',
    soa: 'portal.vpn.example 300',
    ttl: 300,
    cutOverUdp: true,
  },
  refused('portal.vpn.example', 'ANY'),
  refused('below.portal.vpn.example', 'A'),
  refused('vpn.example', 'A'),
  refused('www.stream.example', 'A'),
  refused('www.example.org', 'A'),
  refused('localhost', 'A'),
  refused('stream.example', 'AXFR'),
  // Listed: the portal as for anyone.
  {
    ...allowed('portal.vpn.example', 'A'),
    rcode: 'NOERROR',
    answers: ['A 192.0.2.80', 'A 192.0.2.81'],
    ttl: 300,
  },
  { ...allowed('portal.vpn.example', 'HTTPS'), rcode: 'NOERROR', soa: 'portal.vpn.example 300', ttl: 300 },
  // Streaming names.
  relayed('stream.example', 'A', 'A 198.51.100.10'),
  relayed('a.b.c.stream.example', 'A', 'A 198.51.100.10'),
  relayed('WwW.StReAm.ExAmPlE', 'A', 'A 198.51.100.10'),
  relayed('www.stream.example', 'A', 'A 198.51.100.30', BR),
  relayed('www.stream.example', 'A', 'A 198.51.100.10', UNKNOWN_REGION),
  relayed('www.stream.example', 'AAAA', 'AAAA 2001:db8:10::1'),
  noData('www.stream.example', 'AAAA', 'stream.example 60', BR),
  noData('x.cdn.stream.example', 'HTTPS', 'cdn.stream.example 60'),
  noData('www.stream.example', 'SVCB', 'stream.example 60'),
  // Other types of such a name, and other names, are forwarded.
  forwardedNoData('www.stream.example', 'TXT'),
  { ...allowed('www.example.org', 'A'), rcode: 'NOERROR', answers: ['A 192.0.2.53'], ttl: 300 },
  { ...allowed('notstream.example', 'A'), rcode: 'NOERROR', answers: ['A 192.0.2.53'], ttl: 300 },
  { ...allowed('www.example', 'A'), rcode: 'NOERROR', answers: ['A 192.0.2.53'], ttl: 300 },
  { ...allowed('nxdomain.example.org', 'A'), rcode: 'NXDOMAIN', soa: 'example.org 120', ttl: 120 },
  // Special-use names.
  local('localhost', 'A', 'A 127.0.0.1'),
  local('app.localhost', 'AAAA', 'AAAA ::1'),
  special('localhost', 'MX', 'NOERROR', 'localhost'),
  special('printer.local', 'A', 'NXDOMAIN', 'local'),
  special('anything.invalid', 'A', 'NXDOMAIN', 'invalid'),
  special('a.test', 'AAAA', 'NXDOMAIN', 'test'),
  special('hidden.onion', 'A', 'NXDOMAIN', 'onion'),
  special('router.home.arpa', 'A', 'NXDOMAIN', 'home.arpa'),
  special('home.arpa', 'A', 'NOERROR', 'home.arpa'),
  local('home.arpa', 'SOA', 'SOA home.arpa 10800'),
  local('home.arpa', 'NS', 'NS home.arpa'),
  // The parent's proof that these zones are not signed (RFC 8375 section 4), but nothing below them.
  forwardedNoData('home.arpa', 'DS'),
  forwardedNoData('168.192.in-addr.arpa', 'DS'),
  forwardedNoData('d.f.ip6.arpa', 'DS'),
  special('router.home.arpa', 'DS', 'NXDOMAIN', 'home.arpa'),
  special('test', 'DS', 'NOERROR', 'test'),
  special('1.0.168.192.in-addr.arpa', 'PTR', 'NXDOMAIN', '168.192.in-addr.arpa'),
  special('1.1.20.172.in-addr.arpa', 'PTR', 'NXDOMAIN', '20.172.in-addr.arpa'),
  special('1.0.64.100.in-addr.arpa', 'PTR', 'NXDOMAIN', '64.100.in-addr.arpa'),
  special('1.0.0.d.f.ip6.arpa', 'PTR', 'NXDOMAIN', 'd.f.ip6.arpa'),
  special('_dns.resolver.arpa', 'SVCB', 'NOERROR', 'resolver.arpa'),
  // With NODATA iCloud Private Relay and Firefox's DNS over HTTPS stay off; unlisted clients get REFUSED for these names like any other.
  ...(['mask.icloud.com', 'mask-h2.icloud.com', 'use-application-dns.net'] as const).flatMap((name) =>
    (['A', 'AAAA', 'HTTPS'] as const).map((type) => ({ ...noData(name, type, `${name} 300`), ttl: 300 })),
  ),
  refused('mask.icloud.com', 'A'),
  { ...allowed('www.icloud.com', 'A'), rcode: 'NOERROR', answers: ['A 192.0.2.53'], ttl: 300 },
  // Questions of the protocol.
  { ...allowed('www.stream.example', 'ANY'), rcode: 'NOERROR', answers: ['HINFO RFC8482'], ttl: 3600 },
  { ...allowed('www.stream.example', 'AXFR'), rcode: 'REFUSED' },
  { ...allowed('www.stream.example', 'MAILB'), rcode: 'NOTIMP' },
];
