// The image in campaign mails: the same for everybody. Loading it counts that a mail was opened, and nobody knows by whom.
import type { FastifyInstance } from 'fastify';

/** One transparent pixel. */
const IMAGE = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

/** `GET /o/TOKEN`. `count`: called with the token; a false token gets the image, too. */
export function serveOpenTracking(app: FastifyInstance, count: (token: string) => void): void {
  app.get<{ Params: { '*': string } }>('/o/*', async ({ method, headers, params }, reply) => {
    if (method === 'GET' && headers['sec-gpc'] !== '1') count(params['*']);
    return reply.type('image/gif').send(IMAGE);
  });
}
