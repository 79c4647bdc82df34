// The connections of the HTTP server at a stop: who has asked is answered, and nobody holds the process up.
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Server, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

/** For so long requests are still taken on the connections that there are, each answer being the last on its own. */
const DRAIN_MS = 1000;

/** For so long a client may take its last answer, such as a download; the whole stop has ten seconds. */
const LAST_ANSWERS_MS = 5000;

/** A turn of the event loop in which next to nothing happened. */
const QUIET_TURN_MS = 0.2;
const TURNS = 1000;

/**
 * Resolves when the app is closed. A connection that is closed while a request is on its way loses that request, so a stop
 * begins with a while in which each answer says that its connection ends; only those are closed at once on which nobody has
 * asked in that while. New connections are refused from the beginning: whoever is refused has sent nothing yet. Call this
 * before the app listens.
 */
export function connectionsOf(app: FastifyInstance): { end(): Promise<void> } {
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

  /** Everything that had come when this turn began has been accepted and read. */
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
      // That of http would close idle connections at once.
      Server.prototype.close.call(server);
      stopping = true;
      await noneIn(open, AbortSignal.timeout(DRAIN_MS));
      await quietTurn();
      // Node does not count a connection as idle on which nothing has been asked yet.
      for (const socket of unused) socket.destroy();
      server.closeIdleConnections();
      const late = setTimeout(() => {
        for (const socket of open) socket.destroy();
      }, LAST_ANSWERS_MS);
      await closed;
      clearTimeout(late);
    }
    await app.close();
  }
  return { end };
}

/** No connection is open any more, or the time is over. */
async function noneIn(open: ReadonlySet<Socket>, over: AbortSignal): Promise<void> {
  while (open.size > 0 && !over.aborted) {
    const [socket] = open;
    await once(socket!, 'close', { signal: over }).catch(() => {});
  }
}
