// Hands archives out: `GET /exports/TICKET`, with a ticket of `downloadExport`, which is good for five minutes.
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { RightsExports } from '../../services/rights/export/exports.js';

export function serveExports(app: FastifyInstance, exports: Pick<RightsExports, 'open'>): void {
  app.get<{ Params: { '*': string } }>('/exports/*', async ({ params }, reply) => {
    const archive = await exports.open(params['*']);
    if (archive === null) {
      const message = 'This link is too old, or the archive is gone. Ask for another one.';
      return reply.code(404).send({ errors: [{ message, extensions: { code: 'NOT_FOUND' } }] });
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
