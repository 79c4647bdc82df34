// Conformance: EDNS, its options and cookies.
import { ednsOption, query } from '../support/messages.js';
import { answered, aRecord, invalid, longName, NAME, QUESTION, type Row, row, withEdns } from './rows.js';

/** A record beside OPT, as a signature would be. */
const OTHER_RECORD = Buffer.from([0, 0, 250, 0, 255, 0, 0, 0, 0, 0, 0]);
const optRecord = (ttl: readonly number[]) => Buffer.from([0, 0, 41, 4, 208, ...ttl, 0, 0]);

const withQdcount = (count: number, rest = Buffer.alloc(0)) =>
  Buffer.concat([
    query({ name: NAME, counts: [count, 0, 0, 1] }).subarray(0, 12),
    rest,
    optRecord([0, 0, 0x80, 0]),
  ]);
const question = Buffer.concat([QUESTION, Buffer.from([0, 1, 0, 1])]);
const askingCookie = (...cookies: readonly Buffer[]) => {
  const options = Buffer.concat(cookies.map((cookie) => ednsOption(10, cookie)));
  const message = query({ name: '', edns: { options } });
  const header = query({ counts: [0, 0, 0, 1] }).subarray(0, 12);
  return Buffer.concat([header, message.subarray(17)]);
};

/** RFC 6891 section 6.1.1: whatever is wrong with a query, an OPT is answered with an OPT. */
const ERRORS_WITH_OPT: readonly (readonly [string, Buffer])[] = [
  ['no question', withQdcount(0)],
  ['two questions', withQdcount(2, Buffer.concat([question, question]))],
  ['a name that ends in a pointer', withQdcount(1, Buffer.from([1, 97, 0xc0, 12, 0, 1, 0, 1]))],
  ['a name of 256 bytes', withQdcount(1, Buffer.concat([longName(256), Buffer.from([0, 1, 0, 1])]))],
  [
    'a record in the answer section',
    query({ name: NAME, counts: [1, 1, 0, 1], rest: Buffer.concat([aRecord(), optRecord([0, 0, 0x80, 0])]) }),
  ],
  ['more bytes than a query has', withEdns({ dnssecOk: true, options: ednsOption(12, Buffer.alloc(4100)) })],
  ['two OPT records', query({ name: NAME, edns: [{ dnssecOk: true }, {}] })],
];

export const EDNS: readonly Row[] = [
  ...ERRORS_WITH_OPT.map(([says, message]) =>
    row('6891 6.1.1', `${says} → FORMERR with OPT`, message, {
      rcode: 'FORMERR',
      answers: [],
      opt: { version: 0, dnssecOk: true, options: [] },
    }),
  ),
  row(
    '6891 6.1.1',
    'two questions without OPT → FORMERR without OPT',
    query({ name: NAME, counts: [2, 0, 0, 0], rest: question }),
    {
      rcode: 'FORMERR',
      opt: null,
    },
  ),
  row(
    '7873 5.4',
    'no question, and a client cookie → NOERROR with a server cookie',
    askingCookie(Buffer.alloc(8, 7)),
    {
      rcode: 'NOERROR',
      questions: 0,
      answers: [],
      opt: { options: [{ code: 10, data: { length: 24 } }] },
    },
  ),
  row(
    '7873 5.4',
    'no question, and an invalid server cookie → BADCOOKIE with a valid one',
    askingCookie(Buffer.alloc(24, 7)),
    {
      rcode: '23',
      headerRcode: 7,
      questions: 0,
      opt: { options: [{ code: 10, data: { length: 24 } }] },
    },
  ),
  invalid(
    '7873 5.2.2',
    'no question, and a cookie of no possible length',
    'FORMERR',
    askingCookie(Buffer.alloc(7)),
  ),
  row(
    '6891 6.1.3',
    'an unknown EDNS version is reported before its options are read',
    withEdns({ version: 1, options: ednsOption(10, Buffer.from([1, 2])) }),
    {
      rcode: '16',
      opt: { version: 0, options: [] },
    },
  ),
  row(
    '6891 6.1.3',
    'options of another version may have another form',
    withEdns({ version: 1, options: Buffer.from([0, 3, 0]) }),
    {
      rcode: '16',
      opt: { version: 0, options: [] },
    },
  ),
  row('6891 7', 'no OPT unless the query had one', query({ name: NAME }), { ...answered, opt: null }),
  row('6891 6.1.1', 'an OPT for a query that had one', withEdns({}), {
    ...answered,
    opt: { udpPayloadSize: 1232, version: 0, extendedRcode: 0, options: [] },
  }),
  row(
    '6891 7',
    'an error response has OPT although the error is behind it',
    query({ name: NAME, class: 3, edns: {} }),
    { rcode: 'REFUSED', opt: { version: 0 } },
  ),
  row(
    '6891 6.1.1',
    'OPT may stand behind another record',
    query({ name: NAME, counts: [1, 0, 0, 2], rest: Buffer.concat([OTHER_RECORD, optRecord([0, 0, 0, 0])]) }),
    { ...answered, opt: { version: 0 } },
  ),
  row(
    '6891 6.1.1',
    'OPT may stand before another record',
    query({ name: NAME, counts: [1, 0, 0, 2], rest: Buffer.concat([optRecord([0, 0, 0, 0]), OTHER_RECORD]) }),
    { ...answered, opt: { version: 0 } },
  ),
  invalid('6891 6.1.1', 'two OPT records', 'FORMERR', query({ name: NAME, edns: [{}, {}] })),
  invalid(
    '6891 6.1.2',
    'an OPT record whose owner is not the root',
    'FORMERR',
    withEdns({ owner: QUESTION }),
  ),
  invalid(
    '6891 6.1.2',
    'options that do not fill their record',
    'FORMERR',
    withEdns({ options: Buffer.from([0, 3, 0, 9]) }),
  ),
  invalid('6891 6.1.2', 'half an option', 'FORMERR', withEdns({ options: Buffer.from([0, 3, 0]) })),
  row(
    '6891 6.1.2',
    'unknown options are ignored',
    withEdns({
      options: Buffer.concat([ednsOption(65_001, Buffer.alloc(8, 1)), ednsOption(3, Buffer.alloc(0))]),
    }),
    { ...answered, opt: { options: [] } },
  ),
  row(
    '7871 7.2',
    'a client subnet is not echoed',
    withEdns({ options: ednsOption(8, Buffer.from([0, 1, 24, 0, 192, 0, 2])) }),
    { ...answered, opt: { options: [] } },
  ),
  row(
    '7828 3.3.1',
    'a keepalive means nothing over UDP',
    withEdns({ options: ednsOption(11, Buffer.alloc(0)) }),
    { ...answered, opt: { options: [] } },
  ),
  ...[1, 255].map((version) =>
    row('6891 6.1.3', `version ${version} → BADVERS, in an OPT of version 0`, withEdns({ version }), {
      rcode: '16',
      headerRcode: 0,
      answers: [],
      opt: { version: 0, extendedRcode: 1 },
    }),
  ),
  row(
    '6891 6.1.3',
    'the upper bits of an rcode mean nothing in a query',
    query({ name: NAME, counts: [1, 0, 0, 1], rest: optRecord([0xff, 0, 0, 0]) }),
    { ...answered, opt: { extendedRcode: 0 } },
  ),
  row(
    '6891 6.1.4',
    'flags that have no meaning yet are not sent back',
    query({ name: NAME, counts: [1, 0, 0, 1], rest: optRecord([0, 0, 0xff, 0xff]) }),
    { ...answered, opt: { flags: 0x8000 } },
  ),
  row('3225 3', 'DO is copied when it is set', withEdns({ dnssecOk: true }), { opt: { dnssecOk: true } }),
  row('3225 3', 'DO is copied when it is not', withEdns({ dnssecOk: false }), { opt: { dnssecOk: false } }),
];
