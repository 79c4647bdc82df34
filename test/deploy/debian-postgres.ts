// Debian's Postgres with the shipped settings and roles, as an operator sets it up.
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { freePort, runToEnd, startServerProcess } from '../../src/dev/embedded/process.js';
import { root } from '../repo/source-files.js';
import { debianPackage } from '../support/debian.js';
import { queryDatabase } from '../support/stores/postgres.js';
import { run, shipped } from './shipped.js';

/** Debian's `nobody`: Postgres refuses to run as root. */
const NOBODY = 65534;

const PASSWORD = 'a-password-of-the-test';

export interface DebianPostgres {
  readonly port: number;
  /** Where its programs are. */
  readonly bin: string;
  /** The gateways' role, and their database. */
  readonly url: string;
  /** Another database of that role, empty. */
  newDatabase(name: string): Promise<string>;
  stop(): Promise<void>;
}

export async function startDebianPostgres(): Promise<DebianPostgres> {
  const bin = dirname(await debianPackage('postgresql-15'));
  const folder = await mkdtemp(join(tmpdir(), 'gateway-test-postgres-15-'));
  await chown(folder, NOBODY, NOBODY);
  const user = process.getuid?.() === 0 ? { asUser: NOBODY } : {};
  const data = join(folder, 'data');
  const initdb = { name: 'initdb', command: join(bin, 'initdb'), ...user };
  await runToEnd({
    ...initdb,
    args: ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C'],
  });
  const settings = shipped('postgres/postgresql.conf', {
    "listen_addresses = '10.0.0.4'": "listen_addresses = '127.0.0.1'\nunix_socket_directories = ''",
    'ssl = on': 'ssl = off',
  });
  await writeFile(join(data, 'postgresql.conf'), settings);
  const port = await freePort();
  const server = await startServerProcess({
    name: 'Postgres 15',
    command: join(bin, 'postgres'),
    args: ['-D', data, '-p', String(port)],
    deathSignal: 'INT',
    readyLine: /database system is ready to accept connections/,
    ...user,
  });
  const superuser = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const roles = [
    '-q',
    '-v',
    `password=${PASSWORD}`,
    '-v',
    'ON_ERROR_STOP=1',
    '-f',
    `${root}deploy/postgres/roles.sql`,
  ];
  await run(join(bin, 'psql'), [...roles, superuser]);
  const urlOf = (name: string) => `postgres://gateway:${PASSWORD}@127.0.0.1:${port}/${name}`;
  return {
    port,
    bin,
    url: urlOf('gateway'),
    async newDatabase(name) {
      await queryDatabase(superuser, `CREATE DATABASE ${name} OWNER gateway`);
      const grant = 'GRANT EXECUTE ON FUNCTION pg_switch_wal() TO gateway';
      await queryDatabase(superuser.replace(/postgres$/, name), grant);
      return urlOf(name);
    },
    async stop() {
      await server.stop('SIGINT');
      await rm(folder, { recursive: true, force: true });
    },
  };
}
