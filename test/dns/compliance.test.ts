// The cases of ISC's DNS-Compliance-Testing (genreport), asked here of both transports: what it would report as a fault is one.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askOnce, type Transport } from './support/device.js';
import { decode, type EdnsParts, ednsOption, type QueryParts, query, TYPES } from './support/messages.js';
import { UNLISTED } from './support/table.js';
import { startTestEdge, type TestEdge } from './support/test-edge.js';
import { startUpstream, type TestUpstream } from './support/upstream-server.js';

const ALLOWED = '127.0.0.7';
const NAME = 'www.example.org';
const ADDRESS = 'A 192.0.2.53';

const AA = 0x0400;
const TC = 0x0200;
const RD = 0x0100;
const RA = 0x0080;
const Z = 0x0040;
const AD = 0x0020;
const CD = 0x0010;
const UNKNOWN_OPCODE = 15 << 11;

const UNKNOWN = ednsOption(100, Buffer.alloc(0));
const NSID = ednsOption(3, Buffer.alloc(0));
const SUBNET = ednsOption(8, Buffer.from([0, 1, 0, 0]));
const EXPIRE = ednsOption(9, Buffer.alloc(0));
const COOKIE = ednsOption(10, Buffer.alloc(8, 7));
const KEEPALIVE = ednsOption(11, Buffer.alloc(0));
const PADDING = ednsOption(12, Buffer.alloc(20));
const ALL = Buffer.concat([NSID, SUBNET, EXPIRE, COOKIE]);

interface Case {
  readonly message: Buffer;
  /** Of the answer; what is not named is as in a sound answer. */
  readonly sees: object;
}

const SOUND = { rcode: 'NOERROR', answers: [ADDRESS], flags: 'RA', opt: null };
const OPT = { version: 0, extendedRcode: 0, dnssecOk: false, options: [] };
const plain = (parts: QueryParts, sees: object = {}): Case => ({
  message: query({ name: NAME, flags: 0, ...parts }),
  sees: { ...SOUND, ...sees },
});
const edns = (parts: Partial<EdnsParts>, opt: object = {}): Case =>
  plain({ edns: parts }, { opt: { ...OPT, ...opt } });
/** Another version: BADVERS, whatever the options. */
const edns1 = (parts: Partial<EdnsParts>, opt: object = {}): Case =>
  plain(
    { edns: { ...parts, version: 1 } },
    { rcode: '16', answers: [], opt: { ...OPT, extendedRcode: 1, ...opt } },
  );
const withCookie = { options: [{ code: 10, data: { length: 24 } }] };
const noOpcode = (flags: number): Case => ({
  message: query({ flags: UNKNOWN_OPCODE | flags, counts: [0, 0, 0, 0] }).subarray(0, 12),
  sees: { rcode: 'NOTIMP', flags: '', questions: 0, opt: null },
});

const CASES: Readonly<Record<string, Case>> = {
  dns: plain({}),
  aa: plain({ flags: AA }),
  ad: plain({ flags: AD }),
  cd: plain({ flags: CD }, { flags: 'RA CD' }),
  ra: plain({ flags: RA }),
  rd: plain({ flags: RD }, { flags: 'RD RA' }),
  tc: plain({ flags: TC }),
  zflag: plain({ flags: Z }),
  opcode: noOpcode(0),
  opcodeflg: noOpcode(AA | TC | RD | RA | Z | AD | CD),
  type666: plain({ type: 666 }, { answers: [] }),
  edns: edns({}),
  edns1: edns1({}),
  'edns@512': edns({ payloadSize: 512 }),
  ednsopt: edns({ options: UNKNOWN }),
  edns1opt: edns1({ options: UNKNOWN }),
  do: edns({ dnssecOk: true }, { dnssecOk: true }),
  edns1do: edns1({ dnssecOk: true }, { dnssecOk: true }),
  docookie: edns({ dnssecOk: true, options: COOKIE }, { dnssecOk: true, ...withCookie }),
  ednsnsid: edns({ options: NSID }),
  ednscookie: edns({ options: COOKIE }, withCookie),
  ednsexpire: edns({ options: EXPIRE }),
  ednssubnet: edns({ options: SUBNET }),
  edns1nsid: edns1({ options: NSID }),
  edns1cookie: edns1({ options: COOKIE }),
  edns1expire: edns1({ options: EXPIRE }),
  edns1subnet: edns1({ options: SUBNET }),
  keepalive: edns({ options: KEEPALIVE }),
  padding: edns({ options: PADDING }),
  optlist: edns({ options: ALL }, withCookie),
  'edns1 with all options': edns1({ options: ALL }),
  dnskey: plain({ type: 48, edns: { dnssecOk: true } }, { answers: [], opt: { ...OPT, dnssecOk: true } }),
};

/** All flags of EDNS but DO, which mean nothing. */
const EDNS_FLAGS = query({
  name: NAME,
  flags: 0,
  counts: [1, 0, 0, 1],
  rest: Buffer.from([0, 0, TYPES.OPT, 4, 208, 0, 0, 0x7f, 0xff, 0, 0]),
});

describe.each<Transport>(['udp', 'tcp'])('over %s', (transport) => {
  let edge: TestEdge;
  let upstream: TestUpstream;
  beforeAll(async () => {
    upstream = await startUpstream();
    edge = await startTestEdge({ upstreams: [{ host: '127.0.0.1', port: upstream.port }] });
  });
  afterAll(async () => {
    await edge?.close();
    await upstream?.close();
  });
  const ask = async (source: string, message: Buffer) =>
    decode(await askOnce({ port: edge.port, source, transport }, message));

  it.each(Object.entries(CASES))('%s', async (_, { message, sees }) => {
    const answer = await ask(ALLOWED, message);
    expect(answer).toMatchObject(sees);
    // The bit Z is never set.
    expect(answer.bytes[3]! & Z).toBe(0);
    expect(await ask(UNLISTED, message)).toMatchObject({ rcode: 'REFUSED', answers: [], authority: [] });
  });

  it('ednsflags', async () => {
    expect(await ask(ALLOWED, EDNS_FLAGS)).toMatchObject({ ...SOUND, opt: { ...OPT, flags: 0 } });
  });
});
