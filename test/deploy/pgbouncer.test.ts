// PgBouncer with the shipped file, before the run's Postgres.
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { openPostgres } from '../../src/db/connect.js';
import { refuseSharedSessions } from '../../src/db/pooler.js';
import { freePort } from '../../src/dev/embedded/process.js';
import { debianPackage } from '../support/debian.js';
import { startTestGateway } from '../support/gateway.js';
import { freshDatabase } from '../support/stores/postgres.js';
import { type Program, shipped, startProgram } from './shipped.js';

const running: Program[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const program of running.splice(0)) await program.stop();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** Before the database of the URL; the URL of the database behind it. */
async function startPgbouncer(databaseUrl: string, replaced: Record<string, string> = {}): Promise<string> {
  const program = await debianPackage('pgbouncer');
  const folder = await mkdtemp(join(tmpdir(), 'gateway-test-pgbouncer-'));
  folders.push(folder);
  const url = new URL(databaseUrl);
  const port = await freePort();
  const users = join(folder, 'userlist.txt');
  await writeFile(users, `"${url.username}" "${url.password}"\n`);
  const config = shipped('postgres/pgbouncer.ini', {
    'gateway = host=10.0.0.4 port=5432': `* = host=127.0.0.1 port=${url.port}`,
    'listen_addr = 10.0.0.6': 'listen_addr = 127.0.0.1',
    'listen_port = 6432': `listen_port = ${port}`,
    '/etc/pgbouncer/userlist.txt': users,
    'client_tls_sslmode = require': 'client_tls_sslmode = disable',
    'server_tls_sslmode = verify-full': 'server_tls_sslmode = disable',
    ...replaced,
  });
  const file = join(folder, 'pgbouncer.ini');
  await writeFile(file, config);
  // PgBouncer refuses to be root.
  await chmod(folder, 0o755);
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  const pgbouncer = startProgram(program, [...user, file]);
  running.push(pgbouncer);
  const accepts = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });
  await expect.poll(accepts, { timeout: 20_000 }).toBe(true);
  url.port = String(port);
  return url.href;
}

const throughPgbouncer = (replaced: Record<string, string> = {}) => {
  let asked = 0;
  return async (url: string) => {
    asked += 1;
    return asked === 1 ? startPgbouncer(url, replaced) : url;
  };
};

it('a gateway creates its tables and serves through PgBouncer with the shipped file', async () => {
  const gateway = await startTestGateway({ through: throughPgbouncer(), migrated: false });
  const { errors } = await gateway.call({
    query: '{ viewer { account { email } } }',
    token: await gateway.user(),
  });
  await gateway.stop();
  expect(errors).toBeUndefined();
});

it('a pooler that shares sessions is refused', async () => {
  const database = await freshDatabase();
  await refuseSharedSessions(() => openPostgres(database.url));
  const url = await startPgbouncer(database.url, { 'pool_mode = session': 'pool_mode = transaction' });
  const refused = await refuseSharedSessions(() => openPostgres(url)).then(
    () => 'nothing',
    (error: Error) => error.message,
  );
  await database.drop();
  expect(refused).toContain('pool_mode = session');
});
