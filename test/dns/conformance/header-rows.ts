// Conformance: the header of a message.
import { query, TYPES } from '../support/messages.js';
import { answered, invalid, NAME, type Row, row, withFlags } from './rows.js';

export const HEADER: readonly Row[] = [
  ...[0, 0xffff].map((id) =>
    row('1035 4.1.1', `the ID ${id} comes back`, query({ name: NAME, id }), { ...answered, id }),
  ),
  ...Array.from({ length: 15 }, (_, index) => index + 1).map((opcode) =>
    row('1035 4.1.1', `opcode ${opcode} comes back with NOTIMP`, withFlags(0x0100 | (opcode << 11)), {
      opcode,
      rcode: 'NOTIMP',
      questions: 0,
    }),
  ),
  row('1035 4.1.1', 'all flags of an unknown opcode', withFlags(0x7ff0), {
    opcode: 15,
    flags: '',
    z: 0,
  }),
  row('6891 6.1.1', 'an unknown opcode, with OPT', query({ name: NAME, flags: 0x2000, edns: {} }), {
    opcode: 4,
    rcode: 'NOTIMP',
    opt: { version: 0, options: [] },
  }),
  invalid(
    '8490 5.1',
    'a message of stateful operations, which has a header alone',
    'NOTIMP',
    withFlags(0x3000).subarray(0, 12),
  ),
  invalid(
    '2136 2.2',
    'an update with its own counts',
    'NOTIMP',
    query({ name: NAME, type: TYPES.SOA, flags: 0x2800, counts: [1, 1, 3, 9] }),
  ),
  row('1035 4.1.1', 'RD is copied when it is set', withFlags(0x0100), { ...answered, flags: 'RD RA' }),
  row('1035 4.1.1', 'RD is copied when it is not, and RA says what could be asked', withFlags(0), {
    ...answered,
    flags: 'RA',
  }),
  row('1035 4.1.1', 'AA, TC, RA and an rcode mean nothing in a query', withFlags(0x078f), {
    ...answered,
    flags: 'RD RA',
  }),
  row('6895 2.1', 'the bit Z is not sent back', withFlags(0x0140), { ...answered, z: 0 }),
  row('4035 3.2.2', 'CD is copied', withFlags(0x0110), { ...answered, flags: 'RD RA CD' }),
  row('4035 3.1.6', 'CD is copied into an authoritative answer', withFlags(0x0110, 'localhost'), {
    flags: 'AA RD RA CD',
  }),
  row('4035 3.2.3', 'AD is clear in an answer that was not validated', withFlags(0x0120), {
    ...answered,
    flags: 'RD RA',
  }),
  row(
    '6840 5.8',
    'AD is not for a client that has not asked for it',
    withFlags(0x0100, 'validated.example'),
    {
      flags: 'RD RA',
    },
  ),
  row('6840 5.7', 'AD in the query asks for it', withFlags(0x0120, 'validated.example'), {
    flags: 'RD RA AD',
  }),
  row(
    '6840 5.8',
    'DO in the query asks for AD',
    query({ name: 'validated.example', edns: { dnssecOk: true } }),
    {
      flags: 'RD RA AD',
    },
  ),
];
