// Drains the HTTP server at a stop: requests that have arrived are answered, and no client delays the end for long.
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Server, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

/** How long requests are still accepted on existing connections. Each response closes its connection. */
const DRAIN_MS = 1000;

/** How long a client may take to receive its last response, such as a download. The whole stop has ten seconds. */
const LAST_RESPONSES_MS = 5000;

/** A turn of the event loop that takes less did next to nothing. */
const QUIET_TURN_MS = 0.2;
const TURNS = 1000;

/**
 * `end` resolves when the app is closed. A connection that is closed while a request is on its way loses that request. So a stop
 * begins with a period in which each response has `Connection: close`, and only connections without a request in that period
 * are closed by the server. New connections are refused from the beginning: their clients have sent nothing yet. Call this
 * before the app listens.
 */
export function drainOf(app: FastifyInstance): { end(): Promise<void> } {
  const { server } = app;
  const open = new Set<Socket>();
  const unused = new Set<Socket>();
  let stopping = false;
  let accepted = 0;
  server.on('connection', (socket: Socket) => {
    accepted += 1;
    open.add(socket);
    unused.add(socket);
    socket.once('close', () => {
      open.delete(socket);
      unused.delete(socket);
    });
  });
  server.on('request', ({ socket }: IncomingMessage) => unused.delete(socket));
  server.on('upgrade', ({ socket }: IncomingMessage) => unused.delete(socket));
  app.addHook('onSend', async (_request, reply) => {
    if (stopping) reply.header('connection', 'close');
  });

  /** Resolves when everything that had arrived before the last turn of the event loop is accepted and read. */
  async function quietTurn(): Promise<void> {
    for (let turn = 0; turn < TURNS; turn += 1) {
      const [before, start] = [accepted, performance.now()];
      await setImmediate();
      if (accepted === before && performance.now() - start < QUIET_TURN_MS) return;
    }
  }

  async function end(): Promise<void> {
    if (server.listening) {
      const closed = once(server, 'close');
      await quietTurn();
      // The `close` of node:http would close idle connections at once.
      Server.prototype.close.call(server);
      stopping = true;
      await noneIn(open, AbortSignal.timeout(DRAIN_MS));
      await quietTurn();
      // Node does not count a connection without a request as idle.
      for (const socket of unused) socket.destroy();
      server.closeIdleConnections();
      const late = setTimeout(() => {
        for (const socket of open) socket.destroy();
      }, LAST_RESPONSES_MS);
      await closed;
      clearTimeout(late);
    }
    await app.close();
  }
  return { end };
}

/** Resolves when no connection is open, or the time is over. */
async function noneIn(open: ReadonlySet<Socket>, over: AbortSignal): Promise<void> {
  while (open.size > 0 && !over.aborted) {
    const [socket] = open;
    await once(socket!, 'close', { signal: over }).catch(() => {});
  }
}
