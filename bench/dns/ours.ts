// Our dns-node as production runs it, with everything on: a real Redis with a million entries (fewer with --quick), the
// shipped catalogue and 2,000 suffixes more, limits at their defaults but for the rate of forwarded questions, which all
// come from one source here.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadCatalogue } from '../../src/catalogue/catalogue.js';
import { serviceKey } from '../../src/catalogue/services.js';
import { catalogueFiles } from '../../src/config/catalogue.js';
import { SettingsReader } from '../../src/config/settings.js';
import { startEmbeddedRedis } from '../../src/dev/embedded/redis.js';
import { fillAllowlist } from '../allowlist-entries.js';
import type { Bench, Server } from './bench.js';
import { generatedServices } from './names.js';
import { networks } from './profiles.js';

const PROGRAM = fileURLToPath(new URL('../../src/bin/dns-node.js', import.meta.url));

/** What the nodes of a bench share. */
export interface Installation {
  readonly redisUrl: string;
  readonly catalogueFile: string;
  /** Of the shipped and of the generated services. */
  readonly suffixes: readonly string[];
}

/** `entries`: in the allowlist. */
export async function makeInstallation(bench: Bench, entries: number): Promise<Installation> {
  const shipped = catalogueFiles(new SettingsReader({}));
  const { services } = JSON.parse(await readFile(shipped.catalogueFile, 'utf8'));
  const catalogueFile = join(bench.folder, 'services.json');
  await writeFile(catalogueFile, JSON.stringify({ services: [...services, ...generatedServices()] }));
  const catalogue = await loadCatalogue({ ...shipped, catalogueFile });
  const redis = await startEmbeddedRedis({ dataDir: bench.folder, say: bench.say });
  bench.cleanup.defer(() => redis.stop());
  bench.signal.throwIfAborted();
  const profiles = catalogue.regions.map(({ id }) => `46;${id}`);
  const more = networks(
    catalogue.regions.map(({ id }) => id),
    [...new Set(catalogue.services.map(serviceKey))],
  );
  await fillAllowlist(redis.url, entries, { profiles, more, signal: bench.signal });
  const suffixes = catalogue.services.flatMap(({ domains }) => domains);
  return { redisUrl: redis.nodeUrl, catalogueFile, suffixes };
}

/** `forwards`: also for sources over UDP that are not validated. */
export async function startOurs(
  bench: Bench,
  installation: Installation,
  options: { upstream: number; workers?: number; forwards?: boolean; cores?: string },
): Promise<Server> {
  const { upstream, workers = 1, forwards = false, cores } = options;
  const port = await bench.freePort();
  return bench.start({
    name: 'dns-node',
    command: [process.execPath, PROGRAM],
    port,
    env: {
      NODE_ENV: 'production',
      // The shipped regions are an example.
      ALLOW_PRIVATE_ADDRESSES: 'true',
      DNS_PORT: String(port),
      DNS_METRICS_PORT: '0',
      DNS_UPSTREAMS: `127.0.0.1:${upstream}`,
      DNS_WORKERS: String(workers),
      DNS_REQUIRE_COOKIE: String(!forwards),
      DNS_FORWARD_RATE: '0',
      REDIS_URL: installation.redisUrl,
      CATALOGUE: installation.catalogueFile,
    },
    ...(cores === undefined ? {} : { cores }),
  });
}
