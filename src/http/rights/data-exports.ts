// Serves data exports: `GET /exports/TICKET`, with a ticket from `downloadExport`, which is valid for five minutes.
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { RightsExports } from '../../services/rights/export/exports.js';
import { sendError } from '../error-responses.js';

export function serveDataExports(app: FastifyInstance, exports: Pick<RightsExports, 'open'>): void {
  app.get<{ Params: { '*': string } }>('/exports/*', async ({ params }, reply) => {
    const archive = await exports.open(params['*']);
    if (archive === null) {
      const message = 'This link is too old, or the archive is gone. Ask for another one.';
      return sendError(reply, 404, 'NOT_FOUND', message);
    }
    return reply
      .type('application/zip')
      .headers({
        'content-length': archive.bytes,
        'content-disposition': 'attachment; filename="cyberspacevpn-data.zip"',
        'referrer-policy': 'no-referrer',
      })
      .send(Readable.from(archive.content, { objectMode: false }));
  });
}
