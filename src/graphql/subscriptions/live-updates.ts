// Live updates: subscriptions over WebSocket at /graphql, and over server-sent events at /graphql/stream.
import type { FastifyInstance } from 'fastify';
import type { Services } from '../../app/services.js';
import type { AllowedOrigins } from '../../http/origins.js';
import type { Logger } from '../../runtime/log.js';
import type { GraphqlServer } from '../server.js';
import { serveStreams } from './event-streams.js';
import { serveSockets } from './web-sockets.js';

export interface LiveOptions {
  readonly graphql: GraphqlServer;
  readonly services: Services;
  /** Of the pages that may come with a cookie, beside the gateway's own. */
  readonly origins: AllowedOrigins;
  readonly log: Logger;
}

export interface Live {
  /** Ends every subscription: streams with the last event, sockets as a server does that goes away. */
  end(): Promise<void>;
}

/** Call this before the app listens. */
export function serveLive(app: FastifyInstance, options: LiveOptions): Live {
  const sockets = serveSockets(app, options);
  serveStreams(app, options);
  return {
    async end() {
      options.services.live.end();
      await sockets.end();
    },
  };
}
