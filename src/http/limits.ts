// The limits of the HTTP server: how large a body, a message and a header may be, and how long a request may take.
import type { ServerOptions } from 'node:http';

const KIB = 1024;
const MIB = 1024 * KIB;

/** The largest body of each kind of request, in bytes. */
export const BODY_BYTES = {
  /** GraphQL requests of people, and every route that sets no limit of its own. */
  ordinary: 128 * KIB,
  /** GraphQL requests of VPN nodes: a usage report with as many rows as it may have has about 8 MB. */
  vpnNode: 16 * MIB,
  /** One message of a WebSocket. */
  webSocketMessage: 128 * KIB,
  /** A document of a rights request. */
  rightsDocument: 10 * MIB,
  /** A signed message of the Data Rights Protocol. */
  drpMessage: 64 * KIB,
  /** A form with one field, and room for what a multipart body adds to it. */
  unsubscribeForm: 4 * KIB,
  /** The parameters of an update by a router, which are as long in a body as in a URL. */
  networkUpdate: 8 * KIB,
};

const HEADER_BYTES = 16 * KIB;
export const HEADER_FIELDS = 100;
const HEADERS_MS = 10_000;

/** Options of Node's server. `requestMs`: how long a whole request may take to arrive. */
export function serverLimits(requestMs: number): ServerOptions {
  return {
    requestTimeout: requestMs,
    headersTimeout: Math.min(HEADERS_MS, requestMs),
    // Node checks for late requests at this interval, and by default only every 30 seconds.
    connectionsCheckingInterval: Math.min(1000, requestMs / 4),
    maxHeaderSize: HEADER_BYTES,
    // Node's own response to a request without a Host header has no body.
    requireHostHeader: false,
  };
}
