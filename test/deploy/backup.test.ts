// A dump and its restore with the shipped scripts: what comes back works whole, and what must not come back does not.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ViewerAccount, ViewerUsage } from '../../client/index.js';
import { createDataSource } from '../../ormconfig.js';
import { AllowlistWriter } from '../../src/allowlist/writer.js';
import { startGateway } from '../../src/app/gateway.js';
import type { Day } from '../../src/lib/calendar.js';
import { Outbox } from '../../src/mail/outbox.js';
import { createLogger } from '../../src/runtime/log.js';
import { Keyring } from '../../src/secrets/keyring.js';
import { securityNoticeMail } from '../../src/services/sign-in/mails/security-notice.js';
import { network } from '../allowlist/networks-support.js';
import { runCli } from '../cli/run-cli.js';
import { root } from '../repo/source-files.js';
import { dayFromNow, startTestGateway, type TestGateway } from '../support/gateway.js';
import { send } from '../support/http/graphql-client.js';
import { makeAccount, makeSession } from '../support/people/account.js';
import { storeUsage } from '../support/people/usage.js';
import { GATEWAY_SETTINGS, SECRET_KEY } from '../support/settings.js';
import { queryDatabase } from '../support/stores/postgres.js';
import { type DebianPostgres, startDebianPostgres } from './debian-postgres.js';

const exec = promisify(execFile);

let postgres: DebianPostgres;
let gateway: TestGateway;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gateway-test-backup-'));
  postgres = await startDebianPostgres();
  let asked = 0;
  const through = async (url: string) => {
    asked += 1;
    return asked === 1 ? postgres.url : url;
  };
  gateway = await startTestGateway({ through });
});
afterAll(async () => {
  await gateway?.stop();
  await postgres?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('a dump of backup.sh', () => {
  it('restored by restore.sh, serves whole, with nobody’s usage, session or mail of before', async () => {
    const stores = { databaseUrl: postgres.url, redisUrl: gateway.redis.url };
    const anna = await makeAccount(stores, { email: 'anna@example.com' });
    await storeUsage(postgres.url, 'closed', [{ accountId: anna.id, day: dayFromNow(-40) as Day }]);
    await storeUsage(postgres.url, 'open', [{ accountId: anna.id, day: dayFromNow(-1) as Day }]);
    const source = await createDataSource(postgres.url).initialize();
    const outbox = new Outbox(new Keyring(Buffer.from(SECRET_KEY, 'base64')));
    const notice = { accountId: anna.id, change: 'passkey-added' } as const;
    await source.transaction((manager) => outbox.put(manager, securityNoticeMail, notice));
    await source.destroy();

    const dump = join(folder, 'gateway.dump');
    const env = {
      PATH: `${postgres.bin}:/usr/bin:/bin`,
      DATABASE_URL: postgres.url,
      REDIS_URL: gateway.redis.url,
    };
    await exec('sh', ['-c', `${root}deploy/postgres/backup.sh > ${dump}`], { env });
    const listed = (await exec(join(postgres.bin, 'pg_restore'), ['--list', dump])).stdout;
    expect(listed).toMatch(/TABLE public usage_day /);
    expect(listed).not.toMatch(/TABLE DATA public usage_(?:day|report)/);

    // Since then: an account that the dump does not know, with an address of its own.
    const ben = await makeAccount(stores, { email: 'ben@example.com' });
    const writer = new AllowlistWriter(gateway.store);
    await writer.networks.register(anna.id, network(['203.0.113.7']), 5);
    await writer.networks.register(ben.id, network(['203.0.113.8']), 5);

    const databaseUrl = await postgres.newDatabase('restored');
    const restored = await exec('sh', ['-c', `${root}deploy/postgres/restore.sh < ${dump}`], {
      env: { ...env, DATABASE_URL: databaseUrl },
    });
    expect(restored.stdout).toBe(
      'queued mails deleted: 1\naccounts signed out: 2\nunknown accounts removed from the allowlist: 1\n',
    );
    expect(await writer.networks.list(anna.id)).toHaveLength(1);
    expect(await writer.networks.list(ben.id)).toEqual([]);

    const log: string[] = [];
    const second = await startGateway(
      { ...gateway.config, databaseUrl },
      createLogger('gateway', (line) => log.push(line)),
    );
    const url = `http://127.0.0.1:${second.port}/graphql`;
    const account = (token: string) => send(url, ViewerAccount, { variables: {}, token });
    expect((await account(anna.token)).errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED');
    const token = await makeSession(gateway.redis.url, { id: anna.id });
    expect((await account(token)).data.viewer.account.email).toBe('anna@example.com');
    const variables = { days: { from: dayFromNow(-30), to: dayFromNow(-1) } };
    const usage = await send(url, ViewerUsage, { variables, token });
    expect(usage.errors).toBeUndefined();
    expect(usage.data.viewer.usage).toMatchObject({ daysConnected: 0 });
    // New usage finds its place again, and is closed and dropped as before.
    await storeUsage(databaseUrl, 'closed', [{ accountId: anna.id, day: dayFromNow(-2) as Day }]);
    const settings = { ...GATEWAY_SETTINGS, DATABASE_URL: databaseUrl, REDIS_URL: gateway.redis.url };
    expect(await runCli(['retention'], settings)).toMatchObject({ code: 0, stderr: '' });
    const file = join(folder, 'anna.zip');
    const disclosed = await runCli(['disclose', 'anna@example.com', '--to', file], settings);
    expect(disclosed).toMatchObject({ code: 0 });
    expect((await readFile(file)).length).toBeGreaterThan(1000);
    expect(await queryDatabase(databaseUrl, 'SELECT 1 FROM graphile_worker._private_jobs')).toEqual([]);
    await second.stop();
    expect(log.filter((line) => line.includes('"error"') && line.includes('42P01'))).toEqual([]);
  });
});
