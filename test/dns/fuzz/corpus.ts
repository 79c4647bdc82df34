// Messages as they should be, from which the others are made.
import { ednsOption, nameBytes, type QueryParts, query, TYPES } from '../support/messages.js';
import type { Random } from './random.js';

export const PORTAL = 'portal.vpn.example';
/** Answered to anyone, with all names below. */
export const OPEN_ZONES = [`check.${PORTAL}`, `home.${PORTAL}`];
export const CONNECTIVITY_CHECK = 'captive.apple.com';

/** Names that the edge knows, by whatever way, and such as it has to ask for. */
const NAMES = [
  'www.stream.example',
  'WwW.CDN.sTReam.example',
  PORTAL,
  ...OPEN_ZONES,
  `4f2a.OURS.check.${PORTAL}`,
  `a.b.c.listed.check.${PORTAL}`,
  `4f2a.region-us.check.${PORTAL}`,
  `status.check.${PORTAL}`,
  `live.check.${PORTAL}`,
  `flat.home.${PORTAL}`,
  CONNECTIVITY_CHECK,
  'localhost',
  'printer.home.arpa',
  '1.0.168.192.in-addr.arpa',
  '',
  'cold.example.org',
  `${'label.'.repeat(20)}example.net`,
];
const QUERY_TYPES = [
  TYPES.A,
  TYPES.AAAA,
  TYPES.HTTPS,
  TYPES.SVCB,
  TYPES.TXT,
  TYPES.ANY,
  TYPES.AXFR,
  TYPES.MAILB,
];
const CLIENT_COOKIE = Buffer.from('0123456789abcdef', 'hex');

const VARIANTS: readonly QueryParts[] = [
  {},
  { flags: 0 },
  { flags: 0x0130 },
  { edns: {} },
  { edns: { payloadSize: 512, dnssecOk: true } },
  { edns: { payloadSize: 65_535 } },
  { edns: { version: 1 } },
  { edns: { options: ednsOption(10, CLIENT_COOKIE) } },
  {
    edns: {
      options: Buffer.concat([
        ednsOption(8, Buffer.from([0, 1, 24, 0, 192, 0, 2])),
        ednsOption(11, Buffer.alloc(0)),
      ]),
    },
  },
  { edns: { options: ednsOption(12, Buffer.alloc(100)) } },
];

export const QUERIES: readonly Buffer[] = [
  ...NAMES.flatMap((name) =>
    QUERY_TYPES.flatMap((type) => VARIANTS.map((variant) => query({ name, type, ...variant }))),
  ),
  query({ name: 'stream.example', type: TYPES.IXFR, counts: [1, 0, 1, 0], edns: {} }),
  query({ name: 'version.bind', type: TYPES.TXT, class: 3 }),
  query({ name: 'www.example.org', flags: 0x8180 }),
  query({ name: 'example.org', type: TYPES.SOA, flags: 0x2800, counts: [1, 0, 1, 0], edns: {} }),
];

/** With a server cookie, once there is one. */
export function queriesWith(cookie: Buffer): Buffer[] {
  const options = ednsOption(10, cookie);
  return NAMES.map((name) => query({ name, edns: { options, dnssecOk: true } }));
}

const OWNER = Buffer.from([0xc0, 12]);
const record = (owner: Buffer, type: number, ttl: number, data: Buffer) => {
  const fixed = Buffer.alloc(10);
  for (const [index, field] of [type, 1, ttl >>> 16, ttl & 0xffff, data.length].entries())
    fixed.writeUInt16BE(field, index * 2);
  return Buffer.concat([owner, fixed, data]);
};
const soaData = Buffer.concat([
  nameBytes('ns.example.org'),
  OWNER,
  Buffer.alloc(16),
  Buffer.from([0, 0, 0, 120]),
]);
const optRecord = (options: Buffer, extendedRcode: number) => {
  const opt = record(Buffer.from([0]), TYPES.OPT, extendedRcode << 24, options);
  opt.writeUInt16BE(1232, 3);
  return opt;
};

const ANSWER_RECORDS = [
  record(OWNER, TYPES.A, 300, Buffer.from([192, 0, 2, 53])),
  record(OWNER, TYPES.AAAA, 60, Buffer.alloc(16, 7)),
  record(OWNER, TYPES.CNAME, 0, Buffer.from([1, 97, 0xc0, 12])),
  record(nameBytes('b.example.org'), TYPES.TXT, 0x8000_0000, Buffer.alloc(200, 199)),
  record(OWNER, TYPES.TXT, 86_401, Buffer.alloc(700, 99)),
  record(OWNER, TYPES.SOA, 900, soaData),
];
const ADDITIONAL_RECORDS = [
  record(Buffer.from([1, 98, 0xc0, 12]), TYPES.A, 300, Buffer.from([192, 0, 2, 54])),
  optRecord(Buffer.alloc(0), 0),
  optRecord(Buffer.concat([ednsOption(15, Buffer.from([0, 22])), ednsOption(10, CLIENT_COOKIE)]), 0),
  optRecord(ednsOption(3, Buffer.from('ns1')), 1),
  record(Buffer.from([0]), 250, 0, Buffer.alloc(30, 1)),
];

/** An upstream's answer in two parts, before and after its question, which is not to be changed. */
export interface UpstreamAnswer {
  readonly header: Buffer;
  readonly records: Buffer;
}

export function upstreamAnswer(random: Random): UpstreamAnswer {
  const some = (records: readonly Buffer[], most: number) =>
    Array.from({ length: random.below(most + 1) }, () => random.pick(records));
  const sections = [some(ANSWER_RECORDS, 3), some(ANSWER_RECORDS, 2), some(ADDITIONAL_RECORDS, 2)];
  const header = Buffer.alloc(12);
  const rcode = random.pick([0, 0, 0, 2, 3]);
  const counts = sections.map(({ length }) => length);
  for (const [index, field] of [random.below(65_536), 0x81a0 | rcode, 1, ...counts].entries())
    header.writeUInt16BE(field, index * 2);
  return { header, records: Buffer.concat(sections.flat()) };
}
