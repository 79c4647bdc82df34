// Answers that say that something is wrong here, by route. Answers that went well are not counted: when somebody opened a mail
// or took their archive is nothing to keep.
import type { FastifyInstance } from 'fastify';
import { Counter, type Registry } from 'prom-client';

/** Of routes that are added after this call. GraphQL's own failures are counted as requests (metrics.ts). */
export function countFailures(app: FastifyInstance, registry: Registry): void {
  const failures = new Counter({
    name: 'gateway_http_failures_total',
    help: 'HTTP responses with a status of 500 or more, by route, on all paths.',
    labelNames: ['route'] as const,
    registers: [registry],
  });
  app.addHook('onResponse', (request, reply, done) => {
    // The check of balancers fails on purpose while a gateway stops.
    const route = request.routeOptions.url ?? 'none';
    if (reply.statusCode >= 500 && route !== '/routez') failures.inc({ route });
    done();
  });
}
