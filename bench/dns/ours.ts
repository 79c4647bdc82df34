// Our dns-node as production runs it, with everything on: a real Redis with a million entries, the shipped catalogue and
// 2,000 suffixes more, limits at their defaults.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prefixOf } from '../../src/allowlist/address.js';
import { encodeKey, REGIONS } from '../../src/allowlist/keys.js';
import { AllowlistWriter } from '../../src/allowlist/writer.js';
import { loadCatalogue } from '../../src/catalogue/catalogue.js';
import { catalogueFiles } from '../../src/config/catalogue.js';
import { SettingsReader } from '../../src/config/settings.js';
import { startEmbeddedRedis } from '../../src/embedded/redis.js';
import { openRedis } from '../../src/operations/stores.js';
import type { Bench, Server } from './bench.js';
import { generatedServices } from './names.js';

export const ENTRIES = 1_000_000;
/** One entry in so many is an IPv6 /64. */
const IPV6_EVERY = 5;
const ENTRIES_PER_COMMAND = 1000;

const PROGRAM = fileURLToPath(new URL('../../src/bin/dns-node.js', import.meta.url));

/** What the nodes of a bench share. */
export interface Installation {
  readonly redisUrl: string;
  readonly catalogueFile: string;
  /** Of the shipped and of the generated services. */
  readonly suffixes: readonly string[];
}

export async function makeInstallation(bench: Bench): Promise<Installation> {
  const shipped = catalogueFiles(new SettingsReader({}));
  const { services } = JSON.parse(await readFile(shipped.catalogueFile, 'utf8'));
  const catalogueFile = join(bench.folder, 'services.json');
  await writeFile(catalogueFile, JSON.stringify({ services: [...services, ...generatedServices()] }));
  const catalogue = await loadCatalogue({ ...shipped, catalogueFile });
  const redis = await startEmbeddedRedis({ dataDir: bench.folder, say: bench.say });
  bench.undos.push(() => redis.stop());
  bench.signal.throwIfAborted();
  await fillAllowlist(
    redis.url,
    catalogue.regions.map(({ id }) => id),
    bench.signal,
  );
  const suffixes = catalogue.services.flatMap(({ domains }) => domains);
  return { redisUrl: redis.nodeUrl, catalogueFile, suffixes };
}

/** `fetches`: for sources over UDP that have proved nothing, too. */
export async function startOurs(
  bench: Bench,
  installation: Installation,
  options: { upstream: number; workers?: number; fetches?: boolean; cores?: string },
): Promise<Server> {
  const { upstream, workers = 1, fetches = false, cores } = options;
  const port = await bench.freePort();
  return bench.start({
    name: 'dns-node',
    command: [process.execPath, PROGRAM],
    port,
    env: {
      NODE_ENV: 'production',
      DNS_PORT: String(port),
      DNS_METRICS_PORT: '0',
      DNS_UPSTREAMS: `127.0.0.1:${upstream}`,
      DNS_WORKERS: String(workers),
      DNS_PROVE_SOURCE: String(!fetches),
      REDIS_URL: installation.redisUrl,
      CATALOGUE: installation.catalogueFile,
    },
    ...(cores === undefined ? {} : { cores }),
  });
}

/** In the form that the writer gives them, but at once and without their owners, which no node can read. */
async function fillAllowlist(
  redisUrl: string,
  regions: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const redis = await openRedis(redisUrl);
  try {
    await new AllowlistWriter(redis).initialise();
    for (let first = 0; first < ENTRIES; first += ENTRIES_PER_COMMAND) {
      signal.throwIfAborted();
      const fields: string[] = [];
      for (let index = first; index < first + ENTRIES_PER_COMMAND; index++) {
        fields.push(entryKey(index), regions[index % regions.length]!);
      }
      await redis.hset(REGIONS, ...fields);
    }
  } finally {
    redis.disconnect();
  }
}

/** The listed source first, then addresses all over the space, no two alike. */
function entryKey(index: number): string {
  if (index === 0) return encodeKey(prefixOf({ family: 4, words: [0x7f000001] }, 32));
  const spread = Math.imul(index, 0x9e3779b1) >>> 0;
  if (index % IPV6_EVERY === 0) {
    return encodeKey(prefixOf({ family: 6, words: [0x20010db8, spread, 0, 0] }, 64));
  }
  // Loopback holds the unlisted source. With the first bit set it is what index + 2 ** 31 would give: nobody else's.
  const address = spread >>> 24 === 127 ? (spread | 0x80000000) >>> 0 : spread;
  return encodeKey(prefixOf({ family: 4, words: [address] }, 32));
}
