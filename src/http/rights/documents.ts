// Receives documents of rights requests, `PUT /rights-requests/permission` and `…/evidence`, from anyone who has the reference
// of the request, and hands them to data protection officers. No body is read before the reference and the upload's limits are
// checked.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { DocumentKind } from '../../entities/rights/rights-request-document.js';
import { type UserErrorCode } from '../../input/user-error.js';
import { messageOf } from '../../lib/error-codes.js';
import type { RightsDocuments } from '../../services/rights/documents.js';
import type { References } from '../../services/rights/references.js';
import type { SessionService } from '../../services/sign-in/session.js';
import { bearerToken, sessionToken } from '../credentials.js';
import { sendError } from '../error-responses.js';
import { BODY_BYTES } from '../limits.js';
import { Uploads } from '../uploads.js';

const STATUS: { readonly [C in UserErrorCode]?: number } = {
  DOCUMENT_TYPE: 415,
  TOO_MANY_ATTEMPTS: 429,
  TOO_MANY_DOCUMENTS: 503,
  UNKNOWN_REQUEST: 401,
  UNKNOWN_DOCUMENT: 404,
  REQUEST_MOVED_ON: 409,
};

const KINDS: readonly DocumentKind[] = ['permission', 'evidence'];

export function serveRightsDocuments(
  app: FastifyInstance,
  parts: {
    readonly references: Pick<References, 'read'>;
    readonly documents: Pick<RightsDocuments, 'mayUpload' | 'put' | 'open'>;
    readonly sessions: Pick<SessionService, 'find'>;
  },
): void {
  const { references, documents, sessions } = parts;
  const uploads = new Uploads();

  function refuse(reply: FastifyReply, code: UserErrorCode): FastifyReply {
    const status = STATUS[code] ?? 400;
    return reply.code(status).send({ errors: [{ message: messageOf(code), extensions: { code } }] });
  }
  const requestIdOf = (request: FastifyRequest) =>
    references.read(bearerToken(request) ?? '')?.requestId ?? null;

  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, parsed) => parsed(null, body));
    for (const kind of KINDS) {
      scope.put<{ Body: Buffer | undefined }>(`/rights-requests/${kind}`, {
        bodyLimit: BODY_BYTES.rightsDocument,
        onRequest: async (request, reply) => {
          if (requestIdOf(request) === null) return refuse(reply, 'UNKNOWN_REQUEST');
          if (!uploads.begin(request.source, reply)) {
            const message = 'Too many documents are being uploaded at the same time. Try again in a minute.';
            return sendError(reply.header('retry-after', '60'), 503, 'SERVICE_UNAVAILABLE', message);
          }
          if (!(await documents.mayUpload(request.source))) return refuse(reply, 'TOO_MANY_ATTEMPTS');
        },
        handler: async (request, reply) => {
          const id = requestIdOf(request) ?? '';
          const bytes = request.body ?? Buffer.alloc(0);
          const outcome = await documents.put(id, kind, bytes, request.source);
          if (!outcome.ok) return refuse(reply, outcome.userErrors[0]!.code);
          return reply.code(204).send();
        },
      });
    }
  });

  app.get<{ Params: { id: string } }>('/rights-requests/documents/:id', async (request, reply) => {
    const token = sessionToken(request);
    const session = token === null ? null : await sessions.find(token);
    if (session?.role !== 'dpo' || !session.secondFactor) {
      const message = 'Only data protection officers with a second factor may read this.';
      return sendError(reply, 403, 'FORBIDDEN', message);
    }
    const document = await documents.open(request.params.id);
    if (document === null) return refuse(reply, 'UNKNOWN_DOCUMENT');
    return reply
      .type(document.mediaType)
      .headers({
        'content-disposition': 'attachment; filename="document"',
        'content-security-policy': "default-src 'none'; sandbox",
      })
      .send(document.content);
  });
}
