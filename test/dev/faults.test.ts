import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestFolder, testFolder } from '../cli/run-cli.js';
import { startCommand } from './start-command.js';

let folder: TestFolder;
beforeEach(async () => {
  folder = await testFolder();
});
afterEach(() => folder?.remove());

/** What `npm start` says before it gives up; nothing may have been started. */
async function errorsOf(settings: Readonly<Record<string, string>>): Promise<string[]> {
  const start = startCommand(folder.path, settings);
  expect(await start.ended).toBe(1);
  expect(start.stdout()).toBe('');
  expect(existsSync(join(folder.path, '.data/postgres'))).toBe(false);
  expect(existsSync(join(folder.path, '.data/redis'))).toBe(false);
  return start.stderr().trimEnd().split('\n');
}

describe('npm start, before it starts anything', () => {
  it.each([
    'GATEWAY_PORT',
    'GATEWAY_METRICS_PORT',
    'DNS_PORT',
    'DNS_METRICS_PORT',
    'MAILBOX_PORT',
    'MAILBOX_SMTP_PORT',
  ])('names %s when something listens there', async (setting) => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    expect(await errorsOf({ [setting]: String(port) })).toEqual([
      `${setting}: 127.0.0.1:${port} is already in use`,
    ]);
    taken.close();
  });

  it('finds a DNS port that is in use only over UDP', async () => {
    const taken = createSocket('udp4');
    taken.bind(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address();
    expect(await errorsOf({ DNS_PORT: String(port) })).toEqual([
      `DNS_PORT: 127.0.0.1:${port} is already in use`,
    ]);
    taken.close();
  });

  it('finds two settings with the same port', async () => {
    expect(await errorsOf({ GATEWAY_PORT: '39571', DNS_PORT: '39571' })).toEqual([
      'DNS_PORT: 127.0.0.1:39571 is already in use',
    ]);
  });

  it('reports a host that is not an address of this machine', async () => {
    expect(await errorsOf({ GATEWAY_HOST: '192.0.2.1' })).toEqual([
      'GATEWAY_HOST: not an address of this machine',
    ]);
  });

  it('reports the invalid settings of both processes together, each of them once', async () => {
    const lines = await errorsOf({
      GATEWAY_PORT: 'x',
      DNS_PORT: '99999',
      DATABASE_URL: 'mysql://name:secret@127.0.0.1/x',
      REDIS_URL: 'secret',
      ALLOW_PRIVATE_ADDRESSES: 'perhaps',
    });
    expect(lines.map((line) => line.split(' ')[0]).sort()).toEqual([
      'ALLOW_PRIVATE_ADDRESSES',
      'DATABASE_URL',
      'DNS_PORT',
      'GATEWAY_PORT',
      'REDIS_URL',
    ]);
    expect(lines.join('\n')).not.toContain('secret');
  });

  it('names both stores that cannot be reached, without their URLs', async () => {
    const lines = await errorsOf({
      DATABASE_URL: 'postgres://name:secret@127.0.0.1:1/x',
      REDIS_URL: 'redis://name:secret@127.0.0.1:1',
    });
    expect(lines).toEqual([
      'DATABASE_URL: cannot connect (ECONNREFUSED)',
      'REDIS_URL: cannot connect (ECONNREFUSED)',
    ]);
  });

  it('reports that it cannot use its data folder', async () => {
    await folder.write('.data', 'a file stands in its place');
    expect(await errorsOf({})).toEqual([
      'the folder .data cannot be used (EEXIST); start as the user who made it, or in another folder',
    ]);
  });

  it('reports the errors of an invalid catalogue', async () => {
    const broken = await folder.write('broken.json', '{"services": [');
    const lines = await errorsOf({ CATALOGUE: broken });
    expect(lines).toEqual([expect.stringMatching(/^broken\.json/)]);
  });

  it('reports the errors of an invalid privacy policy', async () => {
    const broken = await folder.write('versions.json', '[{}]');
    const lines = await errorsOf({ POLICY: broken });
    expect(lines[0]).toBe('versions.json: [0].version: is missing');
  });

  it('reports an invalid file of breached passwords', async () => {
    const list = await folder.write('list.txt', 'password\n123456\n');
    expect(await errorsOf({ BREACHED_PASSWORDS: list })).toEqual([
      'BREACHED_PASSWORDS: the lines are not SHA1:count, ordered by hash',
    ]);
  });
});
