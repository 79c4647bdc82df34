// What the RFCs ask for before the name of a question matters, and for messages that are no sound query.
import type { Query } from '../wire/query.js';
import { HINFO_RECORD } from '../wire/records.js';
import { answersReply, bareReply, type Reply } from '../wire/reply.js';
import { CLASS_IN, FLAG, RCODE, TYPE } from '../wire/wire.js';

/** RFC 7873 section 5.4. The cookie in the answer is a good one in any case. */
const COOKIE_GOOD = bareReply(RCODE.NOERROR, FLAG.RA);
const COOKIE_BAD = bareReply(RCODE.BADCOOKIE, FLAG.RA);

/** For a query that asks for nothing but a server cookie, with its own cookie alone or with one of ours that is good or bad. */
export function cookieReply(isGood: boolean): Reply {
  return isGood ? COOKIE_GOOD : COOKIE_BAD;
}

const CLASS_REFUSED = bareReply(RCODE.REFUSED, FLAG.RA);
const TYPE_NOT_IMPLEMENTED = bareReply(RCODE.NOTIMP, FLAG.RA);
const TYPE_MALFORMED = bareReply(RCODE.FORMERR, FLAG.RA);
const ANY_REPLY = answersReply(FLAG.RA, [HINFO_RECORD]);

/**
 * What the RFCs ask for before the name matters: a class other than IN → REFUSED; AXFR and IXFR → REFUSED, for which RFC
 * 1035 section 4.1.1 names zone transfer as the example; MAILA and MAILB, obsolete → NOTIMP; other meta-types (RFC 6895
 * section 3.1), which are never asked for → FORMERR; ANY → one HINFO (RFC 8482).
 */
export function protocolReply(query: Query): Reply | null {
  const { type } = query;
  if (query.class !== CLASS_IN || type === TYPE.AXFR || type === TYPE.IXFR) return CLASS_REFUSED;
  if (type === TYPE.MAILA || type === TYPE.MAILB) return TYPE_NOT_IMPLEMENTED;
  if (type === TYPE.ANY) return ANY_REPLY;
  const isMeta = type === 0 || type === TYPE.OPT || (type >= 128 && type <= 255);
  return isMeta ? TYPE_MALFORMED : null;
}

/** RA has a meaning for opcode QUERY only. */
const OPCODE_NOT_IMPLEMENTED = bareReply(RCODE.NOTIMP, 0);
const FORMAT_ERROR = bareReply(RCODE.FORMERR, FLAG.RA);
const BAD_VERSION = bareReply(RCODE.BADVERS, FLAG.RA);

export function faultReply(fault: number): Reply {
  if (fault === RCODE.NOTIMP) return OPCODE_NOT_IMPLEMENTED;
  return fault === RCODE.BADVERS ? BAD_VERSION : FORMAT_ERROR;
}
