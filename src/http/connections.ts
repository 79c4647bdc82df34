// The connections of the HTTP server at a stop: who has asked is answered, and nobody holds the process up.
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

/** For so long requests are still taken on, each answer being the last on its connection. */
const DRAIN_MS = 1000;

/** For so long a client may take its last answer, such as a download; the whole stop has ten seconds. */
const LAST_ANSWERS_MS = 5000;

/**
 * A connection that is closed while a request is on its way loses that request. So a stop begins with a while in which
 * each answer says that its connection ends, and only those are closed at once on which nobody has asked in that while.
 * Fastify must not answer 503 meanwhile (`return503OnClosing`).
 */
export function endConnections(app: FastifyInstance): void {
  const open = new Set<Socket>();
  const unused = new Set<Socket>();
  let stopping = false;
  let accepted = 0;
  app.server.on('connection', (socket: Socket) => {
    accepted += 1;
    open.add(socket);
    unused.add(socket);
    socket.once('close', () => {
      open.delete(socket);
      unused.delete(socket);
    });
  });
  app.server.on('request', ({ socket }: IncomingMessage) => unused.delete(socket));
  // Those that were asked before the stop.
  app.addHook('onSend', async (_request, reply) => {
    if (stopping) reply.header('connection', 'close');
  });
  app.server.on('upgrade', ({ socket }: IncomingMessage) => unused.delete(socket));
  app.addHook('preClose', async () => {
    stopping = true;
    await quiet(open, AbortSignal.timeout(DRAIN_MS));
    // One connection is accepted in each turn of the event loop, and those that wait would be lost with the listener.
    for (let before = -1; before < accepted; ) {
      before = accepted;
      await setImmediate();
    }
    const late = setTimeout(() => app.server.closeAllConnections(), LAST_ANSWERS_MS);
    app.server.once('close', () => clearTimeout(late));
    // Node does not count a connection as idle on which nothing has been asked yet, and would wait until it times out.
    for (const socket of unused) socket.destroy();
  });
}

/** No connection is open any more, or the time is over. */
async function quiet(open: ReadonlySet<Socket>, over: AbortSignal): Promise<void> {
  while (open.size > 0 && !over.aborted) {
    const [socket] = open;
    await once(socket!, 'close', { signal: over }).catch(() => {});
  }
}
