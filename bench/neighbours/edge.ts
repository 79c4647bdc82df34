// The edge that is attacked, in a process of its own, with its limits at their defaults. Argument: the upstream's port. Sends
// its ports, and its metrics for each message that comes; ends with its parent.
import { Registry } from 'prom-client';
import { AllowlistReplica } from '../../src/allowlist/replica.js';
import { startEdge } from '../../src/dns/edge.js';
import { parsePrefix } from '../../src/lib/ip.js';
import {
  catalogueWith,
  portalWith,
  regionWith,
  relayWith,
  serviceWith,
} from '../../test/support/catalogue.js';
import { makeCertificate } from '../../test/support/network/certificate.js';
import { CUSTOMER, HOSTILE_CUSTOMERS, PORTAL, type Ports } from './sources.js';

const CATALOGUE = catalogueWith({
  services: [serviceWith({ id: 'stream', domains: ['stream.example'] })],
  regions: [regionWith({ id: 'us', relays: [relayWith({ ipv4: '198.51.100.10' })] })],
  portal: portalWith({ names: [PORTAL], ipv4: ['192.0.2.80'] }),
});

const registry = new Registry();
const allowlist = new AllowlistReplica();
for (const source of [CUSTOMER, ...Object.values(HOSTILE_CUSTOMERS)]) {
  const prefix = parsePrefix(source);
  if (typeof prefix !== 'string') allowlist.set(prefix, 'us');
}
const free = { host: '127.0.0.1', port: 0 };
const edge = await startEdge({
  listen: free,
  catalogue: CATALOGUE,
  allowlist,
  upstreams: [{ kind: 'plain', endpoint: { host: '127.0.0.1', port: Number(process.argv[2]) } }],
  secure: { certificate: makeCertificate(), dot: free, doh: free },
  registry,
  workers: 1,
  // Hostile customers send queries over UDP, which are forwarded without a cookie.
  requiresCookie: false,
  cookieSecrets: [],
  answersCanaries: true,
  allowlistAge: () => 0,
  answersConnectivityChecks: false,
  live: 'asked',
  relaysCdn: true,
});
process.on('message', async () => process.send?.({ metrics: await registry.metrics() }));
process.on('disconnect', () => process.exit());
const ports: Ports = { plain: edge.udpPort, dot: edge.dotPort!, doh: edge.dohPort! };
process.send?.({ ports });
