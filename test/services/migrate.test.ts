import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDataSource } from '../../ormconfig.js';
import { migrate } from '../../src/services/migrate.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';

describe('migrations', () => {
  let database: FreshDatabase;
  let sources: DataSource[];
  beforeAll(async () => {
    database = await freshDatabase();
    sources = await Promise.all([1, 2, 3].map(() => createDataSource(database.url).initialize()));
  });
  afterAll(async () => {
    await Promise.all((sources ?? []).map((source) => source.destroy()));
    await database?.drop();
  });

  it('are applied once, however many gateways start at the same time', async () => {
    const applied = await Promise.all(sources.map(migrate));
    expect(applied.sort()).toEqual([0, 0, sources[0]!.migrations.length]);
  });

  it('leave exactly the schema that the entities describe', async () => {
    const { upQueries } = await sources[0]!.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
  });

  it('can be undone', async () => {
    const source = sources[0]!;
    await source.undoLastMigration();
    expect(await migrate(source)).toBe(1);
  });
});
