// Counts responses with a status of 500 or more, by route. Other responses are not counted, so that no metric shows when somebody
// opened a mail or downloaded a data export.
import type { FastifyInstance } from 'fastify';
import { Counter, type Registry } from 'prom-client';

/** Counts for routes that are added after this call. GraphQL counts its failures itself (src/graphql/metrics.ts). */
export function countFailures(app: FastifyInstance, registry: Registry): void {
  const failures = new Counter({
    name: 'gateway_http_failures_total',
    help: 'HTTP responses with a status of 500 or more, by route, on all paths.',
    labelNames: ['route'] as const,
    registers: [registry],
  });
  app.addHook('onResponse', (request, reply, done) => {
    // The health check of balancers fails on purpose while a gateway stops.
    const route = request.routeOptions.url ?? 'none';
    if (reply.statusCode >= 500 && route !== '/routez') failures.inc({ route });
    done();
  });
}
