// docs/reference/metrics.md: every metric of both processes, from the registries that they serve.
import { Registry } from 'prom-client';
import type { Follower } from '../allowlist/follower.js';
import { createFollowerMetrics } from '../allowlist/follower-metrics.js';
import { addCertificateMetric } from '../app/dns-node.js';
import { createGatewayMetrics } from '../app/gateway-metrics.js';
import { createEdgeMetrics } from '../dns/metrics.js';
import { countFailures } from '../http/failure-counter.js';
import { addBuildInfo } from '../runtime/build-info.js';
import { addClockMetric } from '../runtime/clock-metrics.js';
import { code, table } from './markdown.js';

/** What a metric of prom-client knows of itself, beside its values. */
interface Described {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly labelNames: readonly string[];
}

/** Nothing reads a value, so nothing that would be measured has to be there. */
const NOTHING = {} as never;

export function metricsPage(): string {
  return `# Metrics

\`/metrics\` of each process, in Prometheus' text format ([where](../operations/monitor.md#health-checks)). Beside these there are the
\`process_*\` and \`nodejs_*\` metrics of Prometheus' client. No label ever holds a name, an address or an account.

## Gateway

${tableOf(gatewayRegistry())}

## dns-node

${tableOf(dnsNodeRegistry())}
`;
}

function gatewayRegistry(): Registry {
  const { registry, graphql } = createGatewayMetrics();
  countFailures({ addHook: () => NOTHING } as never, registry);
  graphql.countSubscriptions(() => 0);
  addClockMetric(registry, () => 'ok');
  return registry;
}

function dnsNodeRegistry(): Registry {
  const registry = new Registry();
  addBuildInfo(registry, 'dns_build_info');
  addCertificateMetric(registry, NOTHING);
  createFollowerMetrics(registry, NOTHING as Follower);
  createEdgeMetrics(registry, { tallies: [], cache: NOTHING, tcpConnections: () => 0, upstreams: NOTHING });
  return registry;
}

function tableOf(registry: Registry): string {
  const metrics = registry.getMetricsAsArray() as unknown as readonly Described[];
  const rows = metrics
    .filter(({ name }) => !/^(?:process|nodejs)_/.test(name))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .map(({ name, type, labelNames, help }) => [code(name), type, labelNames.map(code).join(', '), help]);
  return table(['metric', 'type', 'labels', 'meaning'], rows);
}
