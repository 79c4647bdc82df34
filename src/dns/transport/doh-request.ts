// Reads a DoH request (RFC 8484 section 4.1), or finds the HTTP error for it. Error texts never repeat the request.
import type { IncomingHttpHeaders } from 'node:http2';
import { MAX_QUERY } from '../wire/query.js';

export const DNS_MESSAGE = 'application/dns-message';

export interface HttpError {
  readonly status: number;
  readonly text: string;
  /** The supported methods, for status 405 (RFC 9110 section 15.5.6). */
  readonly allow?: string;
}

export const HTTP_ERROR = {
  notAQuery: { status: 400, text: 'The content is not a DNS query.\n' },
  noDns: { status: 400, text: 'The parameter dns must be a DNS query in base64url without padding.\n' },
  notFound: { status: 404, text: 'DNS queries are answered at /dns-query.\n' },
  method: { status: 405, text: 'Use GET, HEAD or POST.\n', allow: 'GET, HEAD, POST' },
  tooLarge: { status: 413, text: 'The query is too long: at most 4096 bytes.\n' },
  uriTooLong: { status: 414, text: 'The query is too long: at most 4096 bytes.\n' },
  mediaType: { status: 415, text: `The content type must be ${DNS_MESSAGE}.\n` },
} as const satisfies Record<string, HttpError>;

/** `body`: the query is the content of the request. */
export type DohRequest = { readonly query: Buffer } | 'body' | HttpError;

const PATH = '/dns-query';

export function readRequest(headers: IncomingHttpHeaders): DohRequest {
  const target = headers[':path'] ?? '';
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  if (path !== PATH) return HTTP_ERROR.notFound;
  // HEAD gets the response to GET without its content, which Node leaves out (RFC 9110 section 9.3.2).
  if (headers[':method'] === 'GET' || headers[':method'] === 'HEAD')
    return readParameter(mark < 0 ? '' : target.slice(mark));
  if (headers[':method'] !== 'POST') return HTTP_ERROR.method;
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (type !== DNS_MESSAGE) return HTTP_ERROR.mediaType;
  return Number(headers['content-length'] ?? 0) > MAX_QUERY ? HTTP_ERROR.tooLarge : 'body';
}

/** Buffer ignores characters that are not base64url, so they are checked before. */
function readParameter(search: string): DohRequest {
  const [text, ...more] = new URLSearchParams(search).getAll('dns');
  if (text === undefined || more.length > 0) return HTTP_ERROR.noDns;
  if (!/^[A-Za-z0-9_-]+$/.test(text) || text.length % 4 === 1) return HTTP_ERROR.noDns;
  const query = Buffer.from(text, 'base64url');
  return query.length > MAX_QUERY ? HTTP_ERROR.uriTooLong : { query };
}
