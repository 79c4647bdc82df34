// The endpoints of the Data Rights Protocol 1.0 (section 2), below `/drp/v1`: signed messages in base64, answers in JSON.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { parseAddress } from '../allowlist/address.js';
import type { DataRightsProtocol, DrpError, ExerciseStatus } from '../services/rights/drp.js';
import type { DrpAgentView } from '../services/rights/drp-agents.js';
import { bearerToken } from './request-context.js';

const BODY_LIMIT = 64 * 1024;

type Handled =
  | { readonly ok: true; readonly value: ExerciseStatus }
  | { readonly ok: false; readonly error: DrpError };
type Route = { Params: { readonly id: string }; Body: string | undefined };

export function serveDrp(app: FastifyInstance, drp: DataRightsProtocol): void {
  function answer(reply: FastifyReply, handled: Handled): FastifyReply {
    return handled.ok
      ? reply.send(handled.value)
      : reply.code(Number(handled.error.code)).send(handled.error);
  }
  /** Answers for the agent whose token the request brings; 403 without one. */
  async function asAgent(
    request: FastifyRequest,
    reply: FastifyReply,
    act: (agent: DrpAgentView) => Promise<Handled>,
  ): Promise<FastifyReply> {
    const agent = await drp.agentOf(bearerToken(request) ?? '');
    if (agent !== null) return answer(reply, await act(agent));
    const error = {
      code: '403',
      message: 'Send the token of the pair-wise key setup.',
      fatal: false,
    } as const;
    return answer(reply, { ok: false, error });
  }

  app.register(
    async (scope) => {
      scope.removeAllContentTypeParsers();
      const types = ['text/plain', 'application/json'];
      scope.addContentTypeParser(
        types,
        { parseAs: 'string', bodyLimit: BODY_LIMIT },
        (_request, body, parsed) => parsed(null, body),
      );
      scope.post<Route>('/agent/:id', async ({ params: { id }, body }, reply) => {
        const token = await drp.setUp(id, body ?? '');
        return token === null ? reply.code(403).send() : reply.send({ 'agent-id': id, token });
      });
      scope.get<Route>('/agent/:id', async (request, reply) => {
        const agent = await drp.agentOf(bearerToken(request) ?? '');
        return agent?.id === request.params.id ? reply.send({}) : reply.code(403).send();
      });
      scope.post<Route>('/data-rights-request', (request, reply) =>
        asAgent(request, reply, (agent) => drp.exercise(agent, request.body ?? '', parseAddress(request.ip))),
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
