// All that can be known to be wrong before anything is started, found at once.
import { type Catalogue, CatalogueError, loadCatalogue } from '../catalogue/catalogue.js';
import type { PortSetting, StartConfig } from '../config/start.js';
import { StartError } from '../embedded/process.js';
import { choosePorts, type Listener } from './ports.js';
import { StoreFault } from './store-fault.js';
import { openPostgres, openRedis } from './stores.js';

interface Checked {
  readonly catalogue: Catalogue;
  readonly ports: Readonly<Record<PortSetting, number>>;
}

/** Throws StartError with every fault that was found, one a line. */
export async function checkBeforeStart(config: StartConfig): Promise<Checked> {
  const [catalogue, ports, ...stores] = await Promise.allSettled([
    loadCatalogue(config.gateway),
    choosePorts(listeners(config)),
    config.databaseUrl === null ? null : openPostgres(config.databaseUrl).then((client) => client.end()),
    config.redisUrl === null ? null : openRedis(config.redisUrl).then((redis) => redis.disconnect()),
  ]);
  const faults = [catalogue, ports, ...stores].flatMap((result) => {
    if (result.status === 'fulfilled') return [];
    const { reason } = result;
    const known = [CatalogueError, StartError, StoreFault].some((kind) => reason instanceof kind);
    if (!known) throw reason;
    return [reason.message as string];
  });
  if (catalogue.status === 'rejected' || ports.status === 'rejected' || faults.length > 0) {
    throw new StartError(faults.join('\n'));
  }
  return { catalogue: catalogue.value, ports: ports.value };
}

function listeners({ gateway, dnsNode }: StartConfig): Listener[] {
  const metrics = { hostSetting: 'METRICS_HOST', udp: false };
  return [
    { setting: 'GATEWAY_PORT', hostSetting: 'GATEWAY_HOST', endpoint: gateway.listen, udp: false },
    { setting: 'GATEWAY_METRICS_PORT', ...metrics, endpoint: gateway.metrics },
    { setting: 'DNS_PORT', hostSetting: 'DNS_HOST', endpoint: dnsNode.listen, udp: true },
    { setting: 'DNS_METRICS_PORT', ...metrics, endpoint: dnsNode.metrics },
  ];
}
