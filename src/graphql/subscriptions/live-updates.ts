// Live updates: subscriptions over WebSocket at /graphql, and over server-sent events at /graphql/stream.
import type { FastifyInstance } from 'fastify';
import { serveStreams } from './event-streams.js';
import { type SocketOptions, serveSockets } from './web-sockets.js';

export interface LiveUpdates {
  /** Ends every subscription: streams with their last event, sockets with the close code of a server that goes away. */
  end(): Promise<void>;
}

/** Call this before the app listens. */
export function serveLiveUpdates(app: FastifyInstance, options: SocketOptions): LiveUpdates {
  const sockets = serveSockets(app, options);
  serveStreams(app, options);
  return {
    async end() {
      options.services.live.end();
      await sockets.end();
    },
  };
}
