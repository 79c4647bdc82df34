// Serves proofs of addresses, `GET /address-proof`, at host names that have one family each: who gets a proof has completed a
// TCP handshake with us from the address in it.
import type { FastifyInstance } from 'fastify';
import { messageOf } from '../../lib/error-codes.js';
import { ADDRESS_PROOF_PATH, type AddressProofs } from '../../services/media-streamer/address-proofs.js';
import { sendError } from '../error-responses.js';

const RETRY_AFTER_SECONDS = 600;

/** Reads no cookie, and so does not know who asks. Only pages of the allowed origins may read the response. */
export function serveAddressProof(app: FastifyInstance, proofs: Pick<AddressProofs, 'issue'>): void {
  app.get(
    ADDRESS_PROOF_PATH,
    { config: { allowedOrigins: true }, exposeHeadRoute: false },
    async ({ source }, reply) => {
      // For readers that CORS does not stop, such as an element of another page.
      reply.header('cross-origin-resource-policy', 'same-origin').header('referrer-policy', 'no-referrer');
      if (source === null) return sendError(reply, 400, 'ADDRESS_UNKNOWN', messageOf('ADDRESS_UNKNOWN'));
      const issued = proofs.issue(source);
      if (issued === null) {
        reply.header('retry-after', RETRY_AFTER_SECONDS);
        return sendError(reply, 429, 'TOO_MANY_ATTEMPTS', messageOf('TOO_MANY_ATTEMPTS'));
      }
      const { proof, prefix } = issued;
      return reply.send({ proof, address: prefix.text, family: prefix.family === 4 ? 'IPV4' : 'IPV6' });
    },
  );
}
