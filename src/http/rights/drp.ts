// The endpoints of the Data Rights Protocol 1.0 (section 2), below `/drp/v1`: signed messages in base64, responses in JSON, and
// errors in the form of section 3.06.
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../../runtime/log.js';
import type { DataRightsProtocol } from '../../services/rights/drp/drp.js';
import type { DrpAgentView } from '../../services/rights/drp/drp-agents.js';
import { type Answer, type DrpError, failed } from '../../services/rights/drp/drp-messages.js';
import type { ExerciseStatus } from '../../services/rights/drp/drp-status.js';
import { bearerToken } from '../credentials.js';
import { serverError, UNAVAILABLE } from '../error-responses.js';
import { BODY_BYTES } from '../limits.js';

/** Section 3.07.1 requires text/plain. Clients that omit the type, or send JSON's, send the same bytes. */
const TYPES = /^(text\/plain|application\/json|application\/octet-stream)\s*(;|$)/i;

const NO_TOKEN = failed('403', 'Send the token of the pair-wise key setup.', false);

type Route = { Params: { readonly id: string }; Body: string | undefined };

export function serveDrp(app: FastifyInstance, drp: DataRightsProtocol, log: Logger): void {
  function answer(reply: FastifyReply, handled: Answer<ExerciseStatus>): FastifyReply {
    return handled.ok ? reply.send(handled.value) : refuse(reply, handled.error);
  }
  /** Calls `act` with the agent whose token the request presents. Answers 403 without one. */
  async function asAgent(
    request: FastifyRequest,
    reply: FastifyReply,
    act: (agent: DrpAgentView) => Promise<Answer<ExerciseStatus>>,
  ): Promise<FastifyReply> {
    const agent = await drp.agentOf(bearerToken(request) ?? '');
    return answer(reply, agent === null ? NO_TOKEN : await act(agent));
  }

  app.register(
    async (scope) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser(
        '*',
        { parseAs: 'string', bodyLimit: BODY_BYTES.drpMessage },
        (request, body, parsed) => {
          const type = request.headers['content-type'];
          if (type === undefined || TYPES.test(type)) return parsed(null, body);
          parsed(Object.assign(new Error('media type'), { statusCode: 415 }));
        },
      );
      scope.setErrorHandler<FastifyError>((error, _request, reply) => refuse(reply, errorOf(error, log)));
      scope.setNotFoundHandler((_request, reply) =>
        refuse(reply, failed('404', 'There is no such endpoint.').error),
      );
      scope.post<Route>('/agent/:id', async ({ params: { id }, body }, reply) => {
        const token = await drp.setUp(id, body ?? '');
        return token === null ? reply.code(403).send() : reply.send({ 'agent-id': id, token });
      });
      scope.get<Route>('/agent/:id', async (request, reply) => {
        const agent = await drp.agentOf(bearerToken(request) ?? '');
        return agent?.id === request.params.id ? reply.send({}) : refuse(reply, NO_TOKEN.error);
      });
      scope.post<Route>('/data-rights-request', (request, reply) =>
        asAgent(request, reply, (agent) => drp.exercise(agent, request.body ?? '')),
      );
      scope.get<Route>('/data-rights-request/:id', (request, reply) =>
        asAgent(request, reply, (agent) => drp.status(agent, request.params.id)),
      );
      scope.delete<Route>('/data-rights-request/:id', (request, reply) =>
        asAgent(request, reply, (agent) => drp.revoke(agent, request.params.id, request.body ?? '')),
      );
    },
    { prefix: '/drp/v1' },
  );
}

function refuse(reply: FastifyReply, error: DrpError): FastifyReply {
  return reply.code(Number(error.code)).send(error);
}

/** Errors of Fastify and of the server. Those of the server are masked. */
function errorOf(error: FastifyError, log: Logger): DrpError {
  const status = error.statusCode ?? 500;
  if (status === 413) return failed('413', 'The message is longer than 64 KiB.').error;
  if (status === 415) return failed('415', 'Send the message as text/plain.').error;
  if (status < 500) return failed('400', 'The request cannot be read.').error;
  const masked = serverError(error, log);
  return failed(masked === UNAVAILABLE ? '503' : '500', masked.message, false).error;
}
