// The constants of the DNS wire format that the edge uses.

/** RFC 1035 section 4.1.1. */
export const HEADER_SIZE = 12;

/** Bits of the header's second word. AD and CD: RFC 4035 section 3. */
export const FLAG = {
  QR: 0x8000,
  AA: 0x0400,
  TC: 0x0200,
  RD: 0x0100,
  RA: 0x0080,
  AD: 0x0020,
  CD: 0x0010,
} as const;

export const TYPE = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  DNAME: 39,
  OPT: 41,
  DS: 43,
  RRSIG: 46,
  SVCB: 64,
  HTTPS: 65,
  IXFR: 251,
  AXFR: 252,
  MAILB: 253,
  MAILA: 254,
  ANY: 255,
} as const;

export const CLASS_IN = 1;

/** RFC 6895 section 2.3. The upper bits of BADVERS and BADCOOKIE stand in the OPT record. */
export const RCODE = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  YXDOMAIN: 6,
  BADVERS: 16,
  BADCOOKIE: 23,
} as const;

/** RFC 8914. */
export const EXTENDED_ERROR = {
  OTHER: 0,
  STALE_ANSWER: 3,
  PROHIBITED: 18,
  STALE_NXDOMAIN_ANSWER: 19,
  NO_REACHABLE_AUTHORITY: 22,
} as const;

/** EDNS options: RFC 7873 section 4, RFC 7830 section 3, RFC 8914 section 2. */
export const OPTION_COOKIE = 10;
export const OPTION_PADDING = 12;
export const OPTION_EXTENDED_ERROR = 15;

/** Bytes of a client cookie, and of both cookies as a server makes them (RFC 9018 section 4). */
export const CLIENT_COOKIE = 8;
export const COOKIE = CLIENT_COOKIE + 16;

/** Bytes of type, class, TTL and RDLENGTH of an OPT record whose name is the root, RFC 6891 section 6.1.2. */
export const OPT_SIZE = 11;

/** Names: RFC 1035 section 2.3.4. A name of 255 bytes has at most 128 labels, the root among them. */
export const MAX_NAME = 255;
export const MAX_LABEL = 63;
export const MAX_LABELS = 128;

/** Bytes that the edge states it can receive, and the most that it sends over UDP: no path fragments them. */
export const UDP_PAYLOAD = 1232;

/** Bytes of a UDP message without EDNS (RFC 1035 section 4.2.1). */
export const UDP_PAYLOAD_MIN = 512;

export const TCP_PAYLOAD = 65_535;

/** The DO bit in the lower half of an OPT record's TTL, RFC 3225. */
export const DNSSEC_OK = 0x8000;
