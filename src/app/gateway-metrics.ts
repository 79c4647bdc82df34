// The metrics of the gateway. Each room and capability makes its own; this file puts them into one registry.
import { Registry } from 'prom-client';
import { createRequestMetrics, type RequestMetrics } from '../graphql/metrics.js';
import { createJobMetrics } from '../jobs/metrics.js';
import { createMailMetrics, type MailMetrics } from '../mail/metrics.js';
import { addBuildInfo } from '../runtime/build-info.js';
import { addProcessMetrics } from '../runtime/process-metrics.js';
import { createRightsMetrics } from '../services/rights/metrics.js';
import { createUsageMetrics } from '../services/usage/metrics.js';
import { createStoreMetrics, type StoreMetrics } from './store-metrics.js';

export interface GatewayMetrics {
  readonly registry: Registry;
  readonly graphql: RequestMetrics;
  readonly mail: MailMetrics;
  readonly stores: StoreMetrics;
  readonly setFailingRows: ReturnType<typeof createJobMetrics>;
  readonly setOverdueDays: ReturnType<typeof createUsageMetrics>;
  readonly setRightsRequests: ReturnType<typeof createRightsMetrics>;
}

export function createGatewayMetrics(): GatewayMetrics {
  const registry = new Registry();
  addProcessMetrics(registry);
  addBuildInfo(registry, 'gateway_build_info');
  return {
    registry,
    graphql: createRequestMetrics(registry),
    mail: createMailMetrics(registry),
    stores: createStoreMetrics(registry),
    setFailingRows: createJobMetrics(registry),
    setOverdueDays: createUsageMetrics(registry),
    setRightsRequests: createRightsMetrics(registry),
  };
}
