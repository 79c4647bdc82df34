// Requests of DNS over HTTPS: paths, parameters, methods and types, whole and broken, and the queries in them.
import type { IncomingHttpHeaders } from 'node:http2';
import { readRequest } from '../../../src/dns/transport/doh-request.js';
import type { Target } from './campaign.js';
import { QUERIES } from './corpus.js';
import { FuzzedEdge } from './edge.js';
import { require } from './invariants.js';
import { changedBy, mutated } from './mutator.js';
import type { Random } from './random.js';

const PATHS = ['/dns-query', '/dns-query?', '/dns-query?dns=', '/', '/dns-query/', '/DNS-QUERY?dns='].map(
  (path) => Buffer.from(path),
);
const METHODS = ['GET', 'POST', 'POST', 'GET', 'HEAD', 'PUT', 'CONNECT'];
const TYPES = ['application/dns-message', 'APPLICATION/DNS-MESSAGE; x=y', 'text/plain', undefined];
const MAX_QUERY = 4096;

export class DohTarget implements Target {
  readonly name = 'DoH requests';
  private readonly edge = new FuzzedEdge();

  /** The path of a request, or its body. */
  make(random: Random): Buffer {
    const query = random.chance(0.5) ? random.pick(QUERIES) : mutated(random, QUERIES);
    if (random.chance(0.3)) return query;
    const path = Buffer.concat([PATHS[2]!, Buffer.from(query.toString('base64url'))]);
    return changedBy(random, path, PATHS, random.below(3));
  }

  feed(packet: Buffer, random: Random): void {
    const type = random.pick(TYPES);
    const headers: IncomingHttpHeaders = {
      ':path': packet.toString('latin1'),
      ':method': random.pick(METHODS),
      ...(type !== undefined && { 'content-type': type }),
      ...(random.chance(0.2) && { 'content-length': String(random.bits()) }),
    };
    const request = readRequest(headers);
    if (request === 'body') this.ask(packet.subarray(0, MAX_QUERY), random);
    else if ('query' in request) {
      require(request.query.length <= MAX_QUERY, 'no query is longer than one can be');
      this.ask(request.query, random);
    } else {
      require(request.status >= 400 && request.status < 500, 'a fault is the client’s');
    }
  }

  private ask(message: Buffer, random: Random): void {
    this.edge.feed({ message, isAllowed: random.chance(0.6), transport: 'doh', random });
  }
}
