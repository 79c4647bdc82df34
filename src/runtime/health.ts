// Health checks and metrics over HTTP: /livez, /routez, /readyz and /metrics.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import type { Endpoint } from '../config/settings.js';

/** `ok`, or what is wrong as a short code; never a value. */
export type CheckResult = 'ok' | string;

/** One named check per dependency. A check never throws and answers within two seconds. */
export type Checks = Readonly<Record<string, () => CheckResult | Promise<CheckResult>>>;

/**
 * Whether a load balancer should send traffic to this process. It depends on nothing that all processes share: during an outage of a
 * store all of them fail together, and removing them would make it worse.
 */
export type RoutingCheck = () => CheckResult;

export interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, CheckResult>>;
}

/** Runs all checks at once. Ready when every one is `ok`. */
async function readiness(checks: Checks): Promise<Readiness> {
  const entries = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await check()] as const),
  );
  return { ready: entries.every(([, result]) => result === 'ok'), checks: Object.fromEntries(entries) };
}

export interface OperationsServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves `/metrics` (Prometheus text), `/livez` (200 while the process runs), `/routez` (503 when another process of its
 * kind should get the traffic) and `/readyz` (200, or 503 with the failing checks named). Rejects with the system's error
 * when the port is taken.
 */
export async function startOperationsServer(
  listen: Endpoint,
  registry: Registry,
  checks: Checks,
  routing: RoutingCheck,
): Promise<OperationsServer> {
  const server = createServer(async (request, response) => {
    const path = request.url?.split('?')[0];
    response.setHeader('Cache-Control', 'no-store');
    if (path === '/metrics') {
      response.setHeader('Content-Type', registry.contentType);
      response.end(await registry.metrics());
    } else if (path === '/livez') {
      response.end('ok\n');
    } else if (path === '/routez') {
      const result = routing();
      response.statusCode = result === 'ok' ? 200 : 503;
      response.end(`${result}\n`);
    } else if (path === '/readyz') {
      const result = await readiness(checks);
      response.statusCode = result.ready ? 200 : 503;
      response.setHeader('Content-Type', 'application/json');
      response.end(`${JSON.stringify(result)}\n`);
    } else {
      response.statusCode = 404;
      response.end();
    }
  });
  await listenOn(server, listen);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listenOn(server: Server, listen: Endpoint): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(listen.port, listen.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
