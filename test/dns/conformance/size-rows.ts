// Conformance: sizes of messages, and messages that get no response.
import { type EdnsParts, ednsOption, query, TYPES } from '../support/messages.js';
import { invalid, NAME, type Row, row, withEdns, withFlags } from './rows.js';

/** TXT of a name whose answer has so many bytes, OPT not counted. */
const ofBytes = (bytes: number, edns?: Partial<EdnsParts>) =>
  query({ name: `bytes-${bytes}.example`, type: TYPES.TXT, ...(edns && { edns }) });
const OPT_BYTES = 11;
const fits = (rfc: string, limit: number, says: string, edns?: Partial<EdnsParts>): Row[] => {
  const most = edns === undefined ? limit : limit - OPT_BYTES;
  const opt = edns === undefined ? null : { udpPayloadSize: 1232 };
  return [
    row(rfc, `${says}: ${limit} bytes are sent completely`, ofBytes(most, edns), {
      flags: 'RD RA',
      answers: { length: 1 },
      bytes: { length: limit },
      opt,
    }),
    row(rfc, `${says}: ${limit + 1} bytes are truncated, with TC`, ofBytes(most + 1, edns), {
      flags: 'TC RD RA',
      answers: [],
      opt,
    }),
  ];
};

export const SIZES: readonly Row[] = [
  ...fits('1035 4.2.1', 512, 'without EDNS'),
  ...fits('6891 6.2.3', 512, 'the payload size 0 counts as 512', { payloadSize: 0 }),
  ...fits('6891 6.2.3', 512, 'the payload size 511 counts as 512', { payloadSize: 511 }),
  ...fits('6891 6.2.3', 600, 'the payload size 600', { payloadSize: 600 }),
  ...fits('9715 3.1', 1232, 'the payload size 65,535 counts as 1232', { payloadSize: 65_535 }),
  {
    ...row('2181 9', 'what was truncated is complete over TCP', ofBytes(1300), {
      flags: 'RD RA',
      answers: { length: 1 },
    }),
    transport: 'tcp',
  },
  {
    ...row('6891 6.2.3', 'a payload size does not bind TCP', ofBytes(1300, { payloadSize: 512 }), {
      flags: 'RD RA',
      answers: { length: 1 },
      opt: { udpPayloadSize: 1232 },
    }),
    transport: 'tcp',
  },
  invalid(
    '6891 6.2.5',
    'a query larger than the advertised payload size',
    'FORMERR',
    withEdns({ options: ednsOption(12, Buffer.alloc(4100)) }),
  ),
];

export const DROPPED: readonly (readonly [string, string, Buffer])[] = [
  ['1035 4.1.1', 'a response, which could go to and fro for ever', withFlags(0x8180)],
  ['1035 4.1.1', 'eleven bytes', query({ name: NAME }).subarray(0, 11)],
  ['768', 'nothing at all', Buffer.alloc(0)],
];
