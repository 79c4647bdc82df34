// Conformance: questions, names, classes and types.
import { nameBytes, query, TYPES } from '../support/messages.js';
import { answered, invalid, longName, NAME, QUESTION, type Row, row, withEdns } from './rows.js';

export const QUESTIONS: readonly Row[] = [
  invalid('1035 4.1.1', 'no question', 'FORMERR', query({ name: NAME, counts: [0, 0, 0, 0] })),
  invalid(
    '9619 4',
    'two questions',
    'FORMERR',
    query({
      name: NAME,
      counts: [2, 0, 0, 0],
      rest: Buffer.concat([QUESTION, Buffer.from([0, 1, 0, 1])]),
    }),
  ),
  invalid('9619 4', '65,535 questions', 'FORMERR', query({ name: NAME, counts: [0xffff, 0, 0, 0] })),
  invalid('1035 4.1', 'a header alone', 'FORMERR', query({ name: NAME }).subarray(0, 12)),
  invalid('1035 4.1.2', 'a truncated name', 'FORMERR', query({ name: NAME }).subarray(0, 20)),
  invalid(
    '1035 4.1.2',
    'a question without its class',
    'FORMERR',
    query({ name: NAME }).subarray(0, 12 + QUESTION.length + 2),
  ),
  invalid(
    '1035 4.1',
    'a record in the answer section',
    'FORMERR',
    query({ name: NAME, counts: [1, 1, 0, 0], edns: {} }),
  ),
  invalid(
    '1035 4.1',
    'an additional record that is missing',
    'FORMERR',
    query({ name: NAME, counts: [1, 0, 0, 1] }),
  ),
  invalid(
    '1035 4.1.3',
    'a truncated additional record',
    'FORMERR',
    withEdns({ options: Buffer.alloc(8) }).subarray(0, -1),
  ),
  invalid(
    '1035 4.1.4',
    'a name that points to itself',
    'FORMERR',
    query({ nameBytes: Buffer.from([0xc0, 12]) }),
  ),
  invalid(
    '1035 4.1.4',
    'a name that ends in a pointer',
    'FORMERR',
    query({ nameBytes: Buffer.from([1, 97, 0xc0, 12]) }),
  ),
  invalid(
    '1035 4.1.4',
    'a reserved label type',
    'FORMERR',
    query({ nameBytes: Buffer.from([0x80, ...QUESTION]) }),
  ),
  invalid('6891 5', 'a binary label', 'FORMERR', query({ nameBytes: Buffer.from([0x41, 8, 97, 0]) })),
  invalid('1035 2.3.4', 'a name of 256 bytes', 'FORMERR', query({ nameBytes: longName(256) })),
  row('1035 2.3.4', 'a name of 255 bytes is a name', query({ nameBytes: longName(255) }), {
    rcode: 'NOERROR',
    question: `${longName(255).toString('hex')}00010001`,
  }),
  row('1035 2.3.4', 'a name of 128 labels is a name', query({ nameBytes: manyLabels() }), {
    rcode: 'NOERROR',
    question: `${manyLabels().toString('hex')}00010001`,
  }),
  row('1035 3.1', 'the root is a name', query({ name: '', type: TYPES.NS }), {
    rcode: 'NOERROR',
    question: '0000020001',
  }),
  row('4343 4.1', 'the case of the question is kept', query({ name: 'wWw.STReam.exAMPle' }), {
    ...answered,
    question: `${nameBytes('wWw.STReam.exAMPle').toString('hex')}00010001`,
  }),
  row('1035 4.1.4', 'a record of the question’s name points to it', query({ name: NAME }), {
    ...answered,
    owner: 'c00c',
  }),
  row(
    '1035 4.1.4',
    'an SOA points to its zone inside the question',
    query({ name: NAME, type: TYPES.HTTPS }),
    { authority: ['SOA stream.example 60'], owner: 'c010' },
  ),
  ...[
    ['0', 0],
    ['CHAOS', 3],
    ['HESIOD', 4],
    ['NONE', 254],
    ['ANY', 255],
    ['65535', 0xffff],
  ].map(([name, value]) =>
    invalid('6895 3.2', `class ${name}`, 'REFUSED', query({ name: NAME, class: Number(value) })),
  ),
  invalid(
    '4892 2',
    'version.bind, which reveals nothing',
    'REFUSED',
    query({ name: 'version.bind', type: TYPES.TXT, class: 3 }),
  ),
  ...[0, TYPES.OPT, 128, 249, 250].map((type) =>
    invalid('6895 3.1', `the meta-type ${type}`, 'FORMERR', query({ name: NAME, type })),
  ),
  ...[253, 254].map((type) =>
    invalid('1035 3.2.3', `the obsolete type ${type}`, 'NOTIMP', query({ name: NAME, type })),
  ),
  invalid('5936 2.2.1', 'a transfer', 'REFUSED', query({ name: NAME, type: TYPES.AXFR })),
  invalid(
    '1995 3',
    'an incremental transfer with the SOA that it carries',
    'REFUSED',
    query({ name: NAME, type: TYPES.IXFR, counts: [1, 0, 1, 0], edns: {} }),
  ),
  row('8482 4.2', 'ANY gets one HINFO', query({ name: NAME, type: TYPES.ANY }), {
    rcode: 'NOERROR',
    answers: ['HINFO RFC8482'],
  }),
  row('3597 3', 'an unknown type is forwarded like any other', query({ name: NAME, type: 65_280 }), {
    rcode: 'NOERROR',
    authority: ['SOA example.org 120'],
  }),
];

/** 127 labels of one byte, and the root. */
function manyLabels(): Buffer {
  return Buffer.concat([...Array.from({ length: 127 }, () => Buffer.from([1, 97])), Buffer.from([0])]);
}
