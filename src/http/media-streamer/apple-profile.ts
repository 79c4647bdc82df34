// The configuration profile for Apple devices, as a download. It has nothing personal, so anyone gets it.
import type { FastifyInstance } from 'fastify';
import { sendError } from '../error-responses.js';

/** What a request asks for. A region of null: the query has none. */
interface Asked {
  readonly region: string | null;
  readonly protocol: 'HTTPS' | 'TLS';
}

/** `GET /media-streamer.mobileconfig?region=uk&protocol=tls`; both may be absent. `build` returns null for an unknown region. */
export function serveAppleProfile(app: FastifyInstance, build: (asked: Asked) => string | null): void {
  app.get<{ Querystring: Record<string, unknown> }>(
    '/media-streamer.mobileconfig',
    async ({ query }, reply) => {
      const { region = null, protocol = 'https' } = query;
      if (protocol !== 'https' && protocol !== 'tls') {
        return sendError(reply, 400, 'BAD_USER_INPUT', 'The protocol must be https or tls.');
      }
      const isNamed = region === null || typeof region === 'string';
      const profile = isNamed ? build({ region, protocol: protocol === 'tls' ? 'TLS' : 'HTTPS' }) : null;
      if (profile === null) {
        return sendError(
          reply,
          404,
          'NOT_FOUND',
          'There is no profile for this region: it is not known, or its DNS servers have no name.',
        );
      }
      return reply
        .type('application/x-apple-aspen-config')
        .header('content-disposition', 'attachment; filename="media-streamer.mobileconfig"')
        .header('cache-control', 'no-cache')
        .send(profile);
    },
  );
}
