// Resource records that the edge makes itself. dns2 encodes them when a catalogue is loaded, not for each query.
import dns2, { type Resource } from 'dns2';
import { wireName } from './name.js';
import { CLASS_IN, HEADER_SIZE, TYPE } from './wire.js';

/** A pointer to the question's name, RFC 1035 section 4.1.4. */
const QUESTION_POINTER = Buffer.from([0xc0, HEADER_SIZE]);

export function aRecord(ipv4: string, ttl: number): Buffer {
  return ofQuestion({ type: TYPE.A, ttl, address: ipv4 });
}

export function aaaaRecord(ipv6: string, ttl: number): Buffer {
  return ofQuestion({ type: TYPE.AAAA, ttl, address: ipv6 });
}

/** A record of the question's name: dns2 encodes it for the root, whose one byte is replaced by the pointer. */
function ofQuestion(record: Partial<Resource>): Buffer {
  const { Packet } = dns2;
  const encoded = Packet.Resource.encode(new Packet.Resource({ name: '', class: CLASS_IN, ...record }));
  return Buffer.concat([QUESTION_POINTER, encoded.subarray(1)]);
}

/** Type, class, TTL, RDLENGTH and RDATA after a pointer to the question's name. */
function plainRecord(type: number, ttl: number, data: Buffer): Buffer {
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(type, 0);
  fixed.writeUInt16BE(CLASS_IN, 2);
  fixed.writeUInt32BE(ttl, 4);
  fixed.writeUInt16BE(data.length, 8);
  return Buffer.concat([QUESTION_POINTER, fixed, data]);
}

/** One string of at most 255 bytes of ASCII (RFC 1035 section 3.3.14). */
export function txtRecord(text: string, ttl: number): Buffer {
  return plainRecord(TYPE.TXT, ttl, Buffer.concat([Buffer.from([text.length]), Buffer.from(text, 'latin1')]));
}

/** The answer to a question of type ANY (RFC 8482 section 4.2). */
export const HINFO_RECORD = plainRecord(TYPE.HINFO, 3600, Buffer.from('\x07RFC8482\x00', 'latin1'));

/** The NS record of a locally served zone, which is its own name server (RFC 6303 section 3). */
export function nsRecord(ttl: number): Buffer {
  return plainRecord(TYPE.NS, ttl, QUESTION_POINTER);
}

const SERIAL = 1;
const REFRESH = 3600;
const RETRY = 1200;
const EXPIRE = 604_800;
const MAILBOX = wireName('nobody.invalid');

/**
 * The SOA of a zone whose name begins `offset` bytes into the question's name. It names itself as server, so that a stray
 * dynamic update goes nowhere (RFC 6303 section 3). `ttl` in seconds is also the TTL of negative answers (RFC 2308).
 */
export function soaRecord(offset: number, ttl: number): Buffer {
  const zone = Buffer.alloc(2);
  zone.writeUInt16BE(0xc000 | (HEADER_SIZE + offset), 0);
  const numbers = Buffer.alloc(20);
  for (const [index, value] of [SERIAL, REFRESH, RETRY, EXPIRE, ttl].entries()) {
    numbers.writeUInt32BE(value, index * 4);
  }
  const record = plainRecord(TYPE.SOA, ttl, Buffer.concat([zone, MAILBOX, numbers]));
  record.set(zone, 0);
  return record;
}
