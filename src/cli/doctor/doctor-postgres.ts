// The check of `doctor` on Postgres: whether deleted data can also be removed from its disk.
import type pg from 'pg';
import { LARGE_BYTES } from '../../db/upkeep.js';
import type { Finding } from './finding.js';

const PART = 'postgres on disk';

/** Settings that could keep deleted data for longer than docs/what-we-keep.md states, with the required values. */
const SETTINGS = {
  wal_recycle: 'off',
  wal_keep_size: '0',
  archive_mode: 'off',
  track_commit_timestamp: 'off',
} as const;

/** Tables that no gateway rewrites, because the rewrite would block them for too long. */
const TOO_LARGE = `
  SELECT relname AS name FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
  WHERE relkind = 'r' AND nspname IN ('public', 'graphile_worker') AND pg_total_relation_size(pg_class.oid) > $1
  ORDER BY 1`;

export async function pastOnDisk(client: pg.Client): Promise<Finding> {
  const { rows: settings } = await client.query<{ name: string; setting: string }>(
    'SELECT name, setting FROM pg_settings WHERE name = ANY($1) ORDER BY name',
    [Object.keys(SETTINGS)],
  );
  const wrong = settings.filter(({ name, setting }) => setting !== SETTINGS[name as keyof typeof SETTINGS]);
  const { rows: rights } = await client.query<{ checkpoint: boolean; switchLog: boolean; role: string }>(
    `SELECT pg_has_role('pg_checkpoint', 'USAGE') AS checkpoint, quote_ident(current_user) AS role,
       has_function_privilege('pg_switch_wal()', 'EXECUTE') AS "switchLog"`,
  );
  const { checkpoint = false, switchLog = false, role = '' } = rights[0] ?? {};
  const errors = [
    ...wrong.map(({ name, setting }) => `${name} ${setting}`),
    ...(checkpoint ? [] : ['no permission for CHECKPOINT']),
    ...(switchLog ? [] : ['no permission for pg_switch_wal()']),
  ];
  if (errors.length === 0) {
    const { rows: large } = await client.query<{ name: string }>(TOO_LARGE, [LARGE_BYTES]);
    const names = large.map(({ name }) => name).join(', ');
    const text = 'its write-ahead log is restarted every five minutes';
    return {
      part: PART,
      ok: true,
      text: names === '' ? text : `${text}; run by hand: VACUUM FULL of ${names}`,
    };
  }
  const todo = [
    ...wrong.map(({ name }) => `in postgresql.conf: ${name} = ${SETTINGS[name as keyof typeof SETTINGS]}`),
    ...(checkpoint ? [] : [`GRANT pg_checkpoint TO ${role}`]),
    ...(switchLog ? [] : [`GRANT EXECUTE ON FUNCTION pg_switch_wal() TO ${role}`]),
  ];
  return { part: PART, ok: false, text: errors.join(', '), todo: todo.join('; ') };
}
