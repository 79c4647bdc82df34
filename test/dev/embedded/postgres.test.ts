import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmbeddedPostgres } from '../../../src/dev/embedded/postgres.js';

describe('the embedded Postgres', () => {
  let dataDir: string;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'gateway-embedded-'));
  });
  afterAll(() => rm(dataDir, { recursive: true, force: true }));

  it('keeps its data over a stop, and over a killed run', async () => {
    const first = await startEmbeddedPostgres({ dataDir });
    await query(first.url, 'CREATE TABLE kept (word text)');
    await first.stop();

    const second = await startEmbeddedPostgres({ dataDir });
    await query(second.url, "INSERT INTO kept VALUES ('stays')");
    process.kill(second.pid, 'SIGKILL');
    await second.ended;

    const third = await startEmbeddedPostgres({ dataDir });
    expect((await query(third.url, 'SELECT word FROM kept')).rows).toEqual([{ word: 'stays' }]);
    await third.stop();
  });

  it('takes the place of one that still runs on the same folder', async () => {
    const left = await startEmbeddedPostgres({ dataDir });
    const next = await startEmbeddedPostgres({ dataDir });
    await left.ended;
    expect((await query(next.url, 'SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await next.stop();
  });
});

async function query(url: string, text: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await client.query(text);
  } finally {
    await client.end();
  }
}
