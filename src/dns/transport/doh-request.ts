// What a request over HTTP asks for (RFC 8484 section 4.1), and why it is refused; pure, and without the request's words.
import type { IncomingHttpHeaders } from 'node:http2';
import { MAX_QUERY } from '../wire/query.js';

export const DNS_MESSAGE = 'application/dns-message';

export interface HttpFault {
  readonly status: number;
  readonly text: string;
  /** The methods that there are (RFC 9110 section 15.5.6). */
  readonly allow?: string;
}

export const FAULT = {
  notAQuery: { status: 400, text: 'This is no DNS query.\n' },
  noDns: { status: 400, text: 'The parameter dns must hold a DNS query in base64url without padding.\n' },
  notFound: { status: 404, text: 'DNS is at /dns-query.\n' },
  method: { status: 405, text: 'GET, HEAD and POST are possible.\n', allow: 'GET, HEAD, POST' },
  tooLarge: { status: 413, text: 'No DNS query is as long as this.\n' },
  uriTooLong: { status: 414, text: 'No DNS query is as long as this.\n' },
  mediaType: { status: 415, text: `A query is sent as ${DNS_MESSAGE}.\n` },
} as const satisfies Record<string, HttpFault>;

/** `body`: the query is the content that follows. */
export type DohRequest = { readonly query: Buffer } | 'body' | HttpFault;

const PATH = '/dns-query';

export function readRequest(headers: IncomingHttpHeaders): DohRequest {
  const target = headers[':path'] ?? '';
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  if (path !== PATH) return FAULT.notFound;
  // The answer to HEAD is that to GET without its content, which Node leaves out (RFC 9110 section 9.3.2).
  if (headers[':method'] === 'GET' || headers[':method'] === 'HEAD')
    return readParameter(mark < 0 ? '' : target.slice(mark));
  if (headers[':method'] !== 'POST') return FAULT.method;
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (type !== DNS_MESSAGE) return FAULT.mediaType;
  return Number(headers['content-length'] ?? 0) > MAX_QUERY ? FAULT.tooLarge : 'body';
}

/** The decoder passes over what is no base64url, so the text is checked before. */
function readParameter(search: string): DohRequest {
  const [text, ...more] = new URLSearchParams(search).getAll('dns');
  if (text === undefined || more.length > 0) return FAULT.noDns;
  if (!/^[A-Za-z0-9_-]+$/.test(text) || text.length % 4 === 1) return FAULT.noDns;
  const query = Buffer.from(text, 'base64url');
  return query.length > MAX_QUERY ? FAULT.uriTooLong : { query };
}
