// The servers of a gateway: health and metrics for the operator, and the API. They start last, and stop first.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { GatewayConfig } from '../config/gateway.js';
import type { Endpoint } from '../config/settings.js';
import type { ListedOperations } from '../graphql/documents/listed-operations.js';
import { serveGraphql } from '../graphql/routes.js';
import { startGraphql } from '../graphql/server.js';
import { serveLiveUpdates } from '../graphql/subscriptions/live-updates.js';
import { asksForSocket } from '../graphql/subscriptions/web-sockets.js';
import { limitConnections, openFilesLimit } from '../http/connection-limit.js';
import { drainOf } from '../http/drain.js';
import { isUpdate } from '../http/media-streamer/update-request.js';
import { AllowedOrigins } from '../http/origins.js';
import { createHttpServer, type Route } from '../http/server.js';
import { type Checks, startOperationsServer } from '../runtime/health.js';
import { ListenError } from '../runtime/listen-error.js';
import type { Logger } from '../runtime/log.js';
import { oneLinePerOutage } from '../runtime/one-line-per-outage.js';
import type { Services } from '../services/services.js';
import { openApi } from './api.js';
import type { GatewayMetrics } from './gateway-metrics.js';

export interface Ports {
  readonly port: number;
  readonly metricsPort: number;
}

/** Rejects with ListenError. */
export async function startServers(
  parts: {
    readonly config: GatewayConfig;
    readonly services: Services;
    readonly routes: readonly Route[];
    readonly listed: ListedOperations;
    /** What the gateway depends on. */
    readonly checks: Checks;
    /** Whether a stop was requested that has not begun yet. */
    readonly leaving: () => boolean;
    readonly metrics: GatewayMetrics;
    readonly log: Logger;
  },
  cleanup: AsyncDisposableStack,
): Promise<Ports> {
  const { config, services, routes, listed, leaving, metrics } = parts;
  const { production } = config;
  const { registry } = metrics;
  let stopping = false;
  const routing = () => (stopping || leaving() ? 'stopping' : 'ok');
  const checks = { process: routing, ...parts.checks };
  const operations = await startOperationsServer(config.metrics, registry, checks, routing).catch((error) => {
    throw new ListenError('GATEWAY_METRICS_PORT', config.metrics, error);
  });
  cleanup.defer(() => operations.close());

  const log = oneLinePerOutage(parts.log);
  const graphql = await startGraphql({ api: openApi(), production, listed, log, metrics: metrics.graphql });
  cleanup.defer(() => graphql.apollo.stop());
  const origins = new AllowedOrigins(config.corsOrigins, !production);
  const app = await createHttpServer({
    routes: [(app) => serveGraphql(app, { graphql, services, log }), ...routes],
    acceptsUpgrade: asksForSocket,
    isMeant: isUpdate,
    routing,
    config,
    origins,
    log,
    registry,
  });
  const openFiles = await openFilesLimit();
  if (Number.isFinite(openFiles)) {
    const listeners = 1 + config.moreHosts.length;
    limitConnections(app.server, { openFiles, listeners, log: parts.log });
  }
  const drain = drainOf(app);
  cleanup.defer(() => drain.end());
  const live = serveLiveUpdates(app, { graphql, services, origins, log });
  cleanup.defer(() => live.end());
  const port = await listen(app, config.listen);
  for (const host of config.moreHosts) {
    const door = await listenAlso(app, { host, port });
    cleanup.defer(() => {
      door.close();
    });
  }
  cleanup.defer(() => {
    stopping = true;
  });
  return { port, metricsPort: operations.port };
}

async function listen(app: FastifyInstance, endpoint: Endpoint): Promise<number> {
  try {
    await app.listen(endpoint);
  } catch (error) {
    throw new ListenError('GATEWAY_PORT', endpoint, error);
  }
  return (app.server.address() as AddressInfo).port;
}

/** Its connections are those of the app's server, with the same limits and the same end. */
async function listenAlso(app: FastifyInstance, endpoint: Endpoint): Promise<Server> {
  const door = createServer((socket) => app.server.emit('connection', socket));
  door.maxConnections = app.server.maxConnections;
  door.on('drop', () => app.server.emit('drop'));
  await once(door.listen(endpoint), 'listening').catch((error) => {
    throw new ListenError('GATEWAY_PORT', endpoint, error);
  });
  return door;
}
