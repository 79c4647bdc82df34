// The image in campaigns' mails: the same for everybody, and whoever loads it is counted and not known.
import type { FastifyInstance } from 'fastify';
import type { CampaignCounter } from '../../services/marketing/campaign-counter.js';

/** One transparent pixel. */
const IMAGE = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

/** `GET /o/TOKEN`. A false token gets the image, too. */
export function serveOpenings(app: FastifyInstance, counter: Pick<CampaignCounter, 'countOpening'>): void {
  app.get<{ Params: { '*': string } }>('/o/*', async ({ method, headers, params }, reply) => {
    if (method === 'GET' && headers['sec-gpc'] !== '1') counter.countOpening(params['*']);
    return reply.type('image/gif').send(IMAGE);
  });
}
