// The connections of the HTTP server at a stop: who has asked is answered, and nobody holds the process up.
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** For so long a client may take its last answer, such as a download; the whole stop has ten seconds. */
const LAST_ANSWERS_MS = 5000;

/**
 * Node does not count a connection as idle on which nothing has been asked yet, and would wait until it times out: such
 * a connection is closed at once.
 */
export function endConnections(app: FastifyInstance): void {
  const unused = new Set<Socket>();
  app.server.on('connection', (socket: Socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  app.server.on('request', ({ socket }) => unused.delete(socket));
  app.server.on('upgrade', ({ socket }) => unused.delete(socket));
  app.addHook('preClose', async () => {
    for (const socket of unused) socket.destroy();
    const late = setTimeout(() => app.server.closeAllConnections(), LAST_ANSWERS_MS);
    app.server.once('close', () => clearTimeout(late));
  });
}
