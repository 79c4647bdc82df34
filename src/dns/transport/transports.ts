// The transports over which a dns-node answers, as metrics name them, and how a query has come in.
import type { Address } from '../../lib/ip.js';

/** DoT: RFC 7858. DoH: RFC 8484. */
export const TRANSPORTS = ['udp', 'tcp', 'dot', 'doh'] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** From whom a query has come, and to which of the node's addresses. */
export interface Route {
  readonly source: Address;
  /** The address to which the client has sent it; of a balancer, if one is between. Unspecified: not known. */
  readonly server: Address;
}

export interface Arrival extends Route {
  readonly transport: Transport;
  /** The name by which a client of DoT or DoH reaches the node, in lower case without a trailing dot. Null: no name. */
  readonly serverName: string | null;
}

const MAX_NAME = 253;

/** A host name of a client's making, with or without a port, in the form of `serverName`. Null: it is an address, or no name. */
export function serverNameOf(host: string | false | null | undefined): string | null {
  if (!host || host.length > MAX_NAME + ':65535'.length) return null;
  const name = /^([a-z\d_-]+(?:\.[a-z\d_-]+)*)\.?(?::\d*)?$/i.exec(host)?.[1]?.toLowerCase();
  return name === undefined || name.length > MAX_NAME || /(?:^|\.)\d+$/.test(name) ? null : name;
}
