// The source address of a request: that of the connection, or the one that trusted proxies state in X-Forwarded-For.
import type { FastifyInstance } from 'fastify';
import ipaddr from 'ipaddr.js';
import { type Day, today } from '../lib/calendar.js';
import { type Address, parseAddress } from '../lib/ip.js';
import type { Logger } from '../runtime/log.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Null when it cannot be determined. Limits by source count all such requests as one source. */
    readonly source: Address | null;
  }
}

/** Some balancers add the port of the connection: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
const WITH_PORT = /^(?:(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}|\[([0-9A-Fa-f:.]{2,45})\](?::\d{1,5})?)$/;

/** Fastify's `trustProxy`. `proxies`: addresses or CIDR prefixes. */
export function trusting(proxies: readonly string[]): false | ((address: string) => boolean) {
  const ranges = proxies.map((proxy) => {
    const range = proxy.includes('/') ? proxy : `${proxy}/${ipaddr.parse(proxy).toByteArray().length * 8}`;
    return ipaddr.parseCIDR(range);
  });
  if (ranges.length === 0) return false;
  return (text) => {
    const bare = withoutPort(text);
    if (!ipaddr.isValid(bare)) return false;
    const address = ipaddr.process(bare);
    return ranges.some((range) => range[0].kind() === address.kind() && address.match(range));
  };
}

/** Adds `request.source`, computed when it is read. An address that cannot be determined is logged once a day at most. */
export function addSourceAddress(app: FastifyInstance, log: Logger): void {
  let logged: Day | null = null;
  app.decorateRequest('source', {
    getter() {
      const source = parseAddress(withoutPort(this.ip));
      if (source === null && logged !== today()) {
        logged = today();
        log.warn('source.unknown', { part: 'http' });
      }
      return source;
    },
  });
}

function withoutPort(text: string): string {
  const [, quad, groups] = WITH_PORT.exec(text) ?? [];
  return quad ?? groups ?? text;
}
