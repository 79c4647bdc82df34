// Which columns Postgres samples for its planner. A sample of e-mail addresses would outlive the account of an address.
import type { QueryRunner } from 'typeorm';

/** Columns of text and bytes in tables about people. Columns about usage, and numbers, keep their samples. */
const SAMPLED = `
  SELECT format('%I.%I', nspname, relname) AS "table", quote_ident(attname) AS "column",
    format_type(atttypid, atttypmod) AS type, EXISTS (
      SELECT FROM pg_stats WHERE schemaname = nspname AND tablename = relname AND pg_stats.attname = pg_attribute.attname
    ) AS "hasSample"
  FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid JOIN pg_namespace ON pg_namespace.oid = relnamespace
  WHERE nspname = 'public' AND relkind = 'r' AND NOT relispartition AND attnum > 0 AND NOT attisdropped
    AND atttypid IN ('text'::regtype, 'varchar'::regtype, 'bytea'::regtype)
    AND relname !~ '^(usage|service_quality|campaign|channel|vpn_node|migrations)' AND attstattarget IS DISTINCT FROM 0`;

interface Sampled {
  readonly table: string;
  readonly column: string;
  readonly type: string;
  readonly hasSample: boolean;
}

/** Turns samples off for what people have written, and removes existing ones. It may be repeated. */
export async function keepNoSamples(runner: QueryRunner): Promise<void> {
  const columns: Sampled[] = await runner.query(SAMPLED);
  for (const { table, column, type, hasSample } of columns) {
    // Setting the type, even to what it was, removes the sample. The rows are not rewritten.
    if (hasSample) await runner.query(`ALTER TABLE ${table} ALTER COLUMN ${column} TYPE ${type}`);
    await runner.query(`ALTER TABLE ${table} ALTER COLUMN ${column} SET STATISTICS 0`);
  }
}
