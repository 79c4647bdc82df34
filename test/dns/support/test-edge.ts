// A real edge on real sockets with a small catalogue, and sources that a test lists.
import type { Worker } from 'node:worker_threads';
import { Registry } from 'prom-client';
import { AllowlistReplica } from '../../../src/allowlist/replica.js';
import type { Catalogue } from '../../../src/catalogue/catalogue.js';
import type { Upstream } from '../../../src/config/dns-node.js';
import type { Endpoint } from '../../../src/config/settings.js';
import { type Edge, startEdge } from '../../../src/dns/edge.js';
import type { EdgeOptions } from '../../../src/dns/edge-options.js';
import { parsePrefix } from '../../../src/lib/ip.js';
import { catalogueWith, portalWith, regionWith, relayWith, serviceWith } from '../../support/catalogue.js';

export const CATALOGUE: Catalogue = catalogueWith({
  services: [
    serviceWith({ id: 'stream', domains: ['stream.example', 'cdn.stream.example', 'video.test.example'] }),
  ],
  regions: [
    regionWith({ id: 'us', relays: [relayWith({ ipv4: '198.51.100.10', ipv6: '2001:db8:10::1' })] }),
    regionWith({
      id: 'br',
      relays: [relayWith({ ipv4: '198.51.100.30' }), relayWith({ ipv4: '198.51.100.31', inService: false })],
    }),
  ],
  portal: portalWith({
    names: ['portal.vpn.example'],
    ipv4: ['192.0.2.80', '192.0.2.81'],
    ipv6: ['2001:db8::80'],
  }),
});

/** Allowed clients and their regions; `127.0.0.9` has a region that the catalogue does not know. */
const ALLOWED = { '127.0.0.7': 'us', '127.0.0.8': 'br', '127.0.0.9': 'gone' } as const;

/** What is built, because threads run no TypeScript. */
const WORKER = new URL('../../../dist/src/dns/udp-worker.js', import.meta.url);

export interface TestEdge extends Edge {
  readonly port: number;
  readonly allowlist: AllowlistReplica;
  readonly registry: Registry;
  /** `profile`: a whole one, or the region of a network with both families. */
  list(source: string, profile: string): void;
  unlist(source: string): void;
  /** Ends a thread as a crash would; resolves when it is gone. */
  killThread(index: number): Promise<unknown>;
}

export type TestEdgeOptions = Partial<Omit<EdgeOptions, 'upstreams'>> & {
  /** A bare endpoint is a plain upstream. */
  readonly upstreams?: readonly (Upstream | Endpoint)[];
};

/** For `describe.each`: how UDP is served, and the number of threads that stands for it. */
export const UDP_TRANSPORTS: readonly (readonly [string, number])[] = [
  ['the fallback transport', 0],
  ['UDP workers', 2],
];

/** On the fallback transport, unless a number of threads is given. */
export async function startTestEdge(options: TestEdgeOptions = {}): Promise<TestEdge> {
  const registry = new Registry();
  const allowlist = options.allowlist ?? new AllowlistReplica();
  const edge = await startEdge({
    listen: { host: '127.0.0.1', port: 0 },
    catalogue: CATALOGUE,
    allowlist,
    registry,
    workers: 0,
    workerScript: WORKER,
    requiresCookie: false,
    answersCanaries: true,
    allowlistAge: () => 0,
    answersConnectivityChecks: false,
    live: 'asked',
    relaysCdn: true,
    cookieSecrets: [],
    ...options,
    upstreams: (options.upstreams ?? []).map((upstream) =>
      'kind' in upstream ? upstream : { kind: 'plain', endpoint: upstream },
    ),
  });
  const list = (source: string, profile: string) =>
    allowlist.set(prefixAt(source), profile.includes(';') ? profile : `46;${profile}`);
  if (options.allowlist === undefined) {
    for (const [source, region] of Object.entries(ALLOWED)) list(source, region);
  }
  let closing: Promise<void> | undefined;
  return {
    port: edge.udpPort,
    udpPort: edge.udpPort,
    tcpPort: edge.tcpPort,
    udpTransport: edge.udpTransport,
    allowlist,
    dotPort: edge.dotPort,
    dohPort: edge.dohPort,
    registry,
    list,
    unlist: (source) => allowlist.delete(prefixAt(source)),
    killThread: (index) => threadsOf(edge)[index]!.worker.terminate(),
    useCatalogue: (next) => edge.useCatalogue(next),
    useCertificate: (next) => edge.useCertificate(next),
    close() {
      closing ??= edge.close();
      return closing;
    },
  };
}

function prefixAt(source: string) {
  const prefix = parsePrefix(source);
  if (typeof prefix === 'string') throw new Error(prefix);
  return prefix;
}

function threadsOf(edge: Edge): readonly { worker: Worker }[] {
  return (edge as unknown as { udp: { threads: { worker: Worker }[] } }).udp.threads;
}
