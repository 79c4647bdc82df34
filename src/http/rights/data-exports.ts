// Serves data exports: `GET /exports/TICKET`, with a ticket from `downloadExport`, which is valid for five minutes.
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { RightsExports } from '../../services/rights/export/exports.js';
import { sendError } from '../error-responses.js';

export function serveDataExports(app: FastifyInstance, exports: Pick<RightsExports, 'open'>): void {
  app.get<{ Params: { '*': string } }>('/exports/*', async ({ params }, reply) => {
    const dataExport = await exports.open(params['*']);
    if (dataExport === null) {
      const message = 'This link has expired, or the data export was deleted. Request another link.';
      return sendError(reply, 404, 'NOT_FOUND', message);
    }
    return reply
      .type('application/zip')
      .headers({
        'content-length': dataExport.bytes,
        'content-disposition': 'attachment; filename="cyberspacevpn-data.zip"',
        'referrer-policy': 'no-referrer',
      })
      .send(Readable.from(dataExport.content, { objectMode: false }));
  });
}
