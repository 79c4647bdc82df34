// Replies that the RFCs demand before the name of a question matters, and to messages that are no valid query.
import type { Query } from '../wire/query.js';
import { HINFO_RECORD } from '../wire/records.js';
import { answersReply, bareReply, type Reply } from '../wire/reply.js';
import { CLASS_IN, FLAG, RCODE, TYPE } from '../wire/wire.js';

/** RFC 7873 section 5.4. The response has a valid cookie in both cases. */
const COOKIE_VALID = bareReply(RCODE.NOERROR, FLAG.RA);
const COOKIE_INVALID = bareReply(RCODE.BADCOOKIE, FLAG.RA);

/** The reply to a query without a question that asks for a server cookie. `isValid`: it sent no server cookie, or a valid one. */
export function cookieReply(isValid: boolean): Reply {
  return isValid ? COOKIE_VALID : COOKIE_INVALID;
}

const CLASS_REFUSED = bareReply(RCODE.REFUSED, FLAG.RA);
const TYPE_NOT_IMPLEMENTED = bareReply(RCODE.NOTIMP, FLAG.RA);
const TYPE_MALFORMED = bareReply(RCODE.FORMERR, FLAG.RA);
const ANY_REPLY = answersReply(FLAG.RA, [HINFO_RECORD]);

/**
 * The reply to a valid query that is decided by class and type; null: the name decides. A class other than IN → REFUSED;
 * AXFR and IXFR → REFUSED (zone transfer is the example in RFC 1035 section 4.1.1); the obsolete MAILA and MAILB → NOTIMP;
 * other meta-types, which no question may have (RFC 6895 section 3.1) → FORMERR; ANY → one HINFO (RFC 8482).
 */
export function protocolReply(query: Query): Reply | null {
  const { type } = query;
  if (query.class !== CLASS_IN || type === TYPE.AXFR || type === TYPE.IXFR) return CLASS_REFUSED;
  if (type === TYPE.MAILA || type === TYPE.MAILB) return TYPE_NOT_IMPLEMENTED;
  if (type === TYPE.ANY) return ANY_REPLY;
  const isMeta = type === 0 || type === TYPE.OPT || (type >= 128 && type <= 255);
  return isMeta ? TYPE_MALFORMED : null;
}

/** Without RA, which has a meaning for opcode QUERY only. */
const OPCODE_NOT_IMPLEMENTED = bareReply(RCODE.NOTIMP, 0);
const FORMAT_ERROR = bareReply(RCODE.FORMERR, FLAG.RA);
const BAD_VERSION = bareReply(RCODE.BADVERS, FLAG.RA);

/** The reply to a query whose `rcode` is not NOERROR. */
export function errorReply(rcode: number): Reply {
  if (rcode === RCODE.NOTIMP) return OPCODE_NOT_IMPLEMENTED;
  return rcode === RCODE.BADVERS ? BAD_VERSION : FORMAT_ERROR;
}
