// An HTTP server with the update endpoint alone, on a token store in memory.
import type { AddressInfo } from 'node:net';
import { Registry } from 'prom-client';
import { serveNetworkUpdates } from '../../src/http/media-streamer/network-updates.js';
import { AllowedOrigins } from '../../src/http/origins.js';
import { createHttpServer } from '../../src/http/server.js';
import { createLogger } from '../../src/runtime/log.js';
import { NetworkUpdates, type TokenStore } from '../../src/services/media-streamer/network-updates.js';
import { newUpdateToken, updateTokenDigest } from '../../src/services/media-streamer/update-tokens.js';

export async function startFake() {
  const nets = new Map<string, { id: string; p: Record<number, { t: string; e: string }> }>();
  let trips = 0;
  let writes = 0;
  const networks: TokenStore = {
    async findByToken(digest, prefix) {
      trips++;
      const n = nets.get(digest);
      if (!n) return null;
      const c = n.p[prefix.family];
      return { accountId: 'a', networkId: n.id, isCurrent: c?.t === prefix.text, expires: (c?.e ?? null) as never };
    },
    async moveByToken(digest, prefix, expires) {
      trips++;
      writes++;
      const n = nets.get(digest);
      if (!n) return null;
      const was = n.p[prefix.family]?.t;
      n.p[prefix.family] = { t: prefix.text, e: expires };
      return was === prefix.text ? 'unchanged' : 'moved';
    },
  };
  const log: string[] = [];
  const logger = createLogger('gateway', (l) => log.push(l));
  const updates = new NetworkUpdates({
    networks,
    throttle: { allows: async () => true, clear: async () => {} },
    isRestricted: async () => false,
    allowPrivateAddresses: true,
    clock: Date.now,
  });
  const app = await createHttpServer({
    routes: [(a, l) => serveNetworkUpdates(a, updates, l)],
    acceptsUpgrade: () => false,
    routing: () => 'ok',
    config: { trustedProxies: ['127.0.0.1'], requestMs: 15000 },
    origins: new AllowedOrigins([], false),
    log: logger,
    registry: new Registry(),
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    log,
    counts: () => ({ trips, writes }),
    async network() {
      const token = newUpdateToken();
      nets.set(updateTokenDigest(token)!, { id: token, p: {} });
      return token;
    },
    stop: () => app.close(),
  };
}
