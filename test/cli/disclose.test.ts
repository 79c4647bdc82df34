import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { daysAfter, today } from '../../src/lib/calendar.js';
import { root } from '../repo/source-files.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { unzipped } from '../support/people/data-export.js';
import { storeUsage } from '../support/people/usage.js';
import { SECRET_KEY } from '../support/settings.js';
import { runCli, type TestFolder, testFolder } from './run-cli.js';

describe('disclose', () => {
  let gateway: TestGateway;
  let folder: TestFolder;
  beforeAll(async () => {
    [gateway, folder] = await Promise.all([startTestGateway(), testFolder()]);
  });
  afterAll(async () => {
    await gateway?.stop();
    await folder?.remove();
  });

  const settings = () => ({
    DATABASE_URL: gateway.database.url,
    REDIS_URL: gateway.redis.url,
    SECRET_KEY,
    CONTACT_EMAIL: gateway.config.contactEmail,
    DPO_EMAIL: gateway.config.dpoEmail,
    POSTAL_ADDRESS: gateway.config.postalAddress ?? '',
  });
  const run = (...args: string[]) => runIn('UTC', ...args);
  const runIn = (zone: string, ...args: string[]) =>
    runCli(['disclose', ...args], { ...settings(), TZ: zone }, folder.path);

  it('writes the same bytes as the data export of the person', async () => {
    const anna = await gateway.account({ email: 'anna@example.com' });
    const as = { token: anna.token, headers: anna.fresh };
    const mutate = async (operation: string) =>
      // biome-ignore lint/suspicious/noExplicitAny: answers are compared, not computed with
      Object.values<any>((await gateway.call({ query: `mutation { ${operation} }`, ...as })).data)[0];
    await mutate('registerNetwork(input: { name: "Flat" }) { userErrors { code } }');
    const days = Array.from({ length: 3 * 36 }, (_, index) => daysAfter(today(), -10 * index - 5));
    const rows = days.map((day) => ({ accountId: anna.id, day }));
    await storeUsage(gateway.database.url, 'closed', rows);

    // No gateway builds anything meanwhile, so that the request is as far for the one as for the other.
    const holder = new pg.Client({ connectionString: gateway.database.url });
    await holder.connect();
    await holder.query('BEGIN; LOCK TABLE rights_export IN ACCESS EXCLUSIVE MODE');
    const { id } = (await mutate('submitRightsRequest(input: { kind: ACCESS }) { rightsRequest { id } }'))
      .rightsRequest;
    const result = await run('anna@example.com', '--to', 'anna.zip');
    // Written far from here.
    const tokyo = await runIn('Asia/Tokyo', 'anna@example.com', '--to', 'tokyo.zip');
    await holder.end();
    expect(result).toMatchObject({ code: 0, stdout: expect.stringMatching(/^anna\.zip: \d+ bytes\./) });
    expect(result.stderr).toContain('100 %\n');
    expect(tokyo.code).toBe(0);

    const path = async () =>
      (await mutate(`downloadExport(input: { id: "${id}" }) { path }`)).path as string | null;
    const there = await vi.waitUntil(path, { timeout: 20_000 });
    const archive = Buffer.from(await (await fetch(new URL(there, gateway.url))).arrayBuffer());
    const file = join(folder.path, 'anna.zip');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await readFile(file)).equals(archive)).toBe(true);
    expect((await readFile(join(folder.path, 'tokyo.zip'))).equals(archive)).toBe(true);
    const looks = '{ viewer { staffAccessLog { edges { node { accessedOn reason caseReference } } } } }';
    expect(
      (await gateway.call({ query: looks, token: anna.token })).data.viewer.staffAccessLog.edges,
    ).toEqual([{ node: { accessedOn: today(), reason: 'DISCLOSURE', caseReference: null } }]);
    const usage = JSON.parse((await unzipped(archive)).get('data/usage.json')!.toString());
    expect(usage.usage_day).toHaveLength(days.length);
  });

  it('overwrites no file, and reports an unknown account', async () => {
    await folder.write('kept.zip', 'kept');
    await gateway.account({ email: 'ben@example.com' });
    expect(await run('ben@example.com', '--to', 'kept.zip')).toMatchObject({
      code: 1,
      stderr: 'the file exists already; name another one\n',
    });
    expect(await readFile(join(folder.path, 'kept.zip'), 'utf8')).toBe('kept');
    expect(await run('nobody@example.com')).toMatchObject({
      code: 1,
      stderr: 'there is no account with this e-mail address\n',
    });
  });

  it('leaves no file when it fails or is interrupted, and refuses an invalid case reference', async () => {
    await gateway.account({ email: 'carla@example.com' });
    const before = await readdir(folder.path);
    await gateway.query('ALTER TABLE app_version RENAME TO elsewhere');
    const failed = await run('carla@example.com', '--to', 'carla.zip');
    await gateway.query('ALTER TABLE elsewhere RENAME TO app_version');
    expect(failed.code).toBe(1);
    expect(await run('carla@example.com', '--case', 'carla@example.com')).toMatchObject({
      code: 2,
      stderr: 'a case is 1 to 64 letters, digits, hyphens and underscores\n',
    });
    expect(await readdir(folder.path)).toEqual(before);

    const holder = new pg.Client({ connectionString: gateway.database.url });
    await holder.connect();
    await holder.query('BEGIN; LOCK TABLE app_version IN ACCESS EXCLUSIVE MODE');
    const child = spawn(
      process.execPath,
      [`${root}dist/src/bin/cli.js`, 'disclose', 'carla@example.com', '--to', 'carla.zip'],
      { cwd: folder.path, env: settings() },
    );
    const parts = async () => (await readdir(folder.path)).filter((name) => name.endsWith('.part'));
    await vi.waitUntil(async () => (await parts()).length === 1, { timeout: 20_000 });
    child.kill('SIGTERM');
    expect(await once(child, 'close')).toEqual([null, 'SIGTERM']);
    await holder.end();
    expect(await readdir(folder.path)).toEqual(before);
  });
});
