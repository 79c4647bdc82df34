// What all tests share: one real Postgres, and the programs that Debian has to bring, installed once for all workers.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../../src/dev/embedded/postgres.js';
import { installDebianPackages } from './debian.js';
import { queryDatabase } from './stores/postgres.js';

declare module 'vitest' {
  interface ProvidedContext {
    databaseServerUrl: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await installDebianPackages();
  const dataDir = await mkdtemp(join(tmpdir(), 'gateway-test-'));
  const postgres = await startEmbeddedPostgres({ dataDir });
  // No test cuts this server's power, so nothing that it writes has to wait for the disk.
  for (const setting of ['fsync', 'full_page_writes']) {
    await queryDatabase(postgres.url, `ALTER SYSTEM SET ${setting} = off`);
  }
  await queryDatabase(postgres.url, 'SELECT pg_reload_conf()');
  project.provide('databaseServerUrl', postgres.url);
  return async () => {
    await postgres.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
}
