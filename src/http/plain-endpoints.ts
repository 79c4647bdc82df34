// The endpoints that belong to the server itself: health for balancers, and the statement on Global Privacy Control.
import type { FastifyInstance } from 'fastify';
import type { RoutingCheck } from '../runtime/health.js';

/** The support resource of Global Privacy Control (https://www.w3.org/TR/gpc/). `lastUpdate` is the day of the statement. */
const PRIVACY_CONTROL_SUPPORT = { gpc: true, lastUpdate: '2026-11-23' };

/** `/readyz` is not here: it names the stores that fail, so it is served on the operator's port alone. */
export function servePlainEndpoints(app: FastifyInstance, routing: RoutingCheck): void {
  app.get('/.well-known/gpc.json', async () => PRIVACY_CONTROL_SUPPORT);
  app.get('/livez', async () => 'ok\n');
  app.get('/routez', async (_request, reply) => {
    const result = routing();
    return reply.code(result === 'ok' ? 200 : 503).send(`${result}\n`);
  });
}
