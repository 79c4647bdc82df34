import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AllowlistWriter } from '../../src/allowlist/writer.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { runCli, type TestFolder, testFolder } from './run-cli.js';

let redis: TestRedis;
let client: Redis;
let writer: AllowlistWriter;
let folder: TestFolder;

beforeAll(async () => {
  [redis, folder] = await Promise.all([startRedis(), testFolder()]);
  client = new Redis(redis.url);
  writer = new AllowlistWriter(client);
});
afterAll(async () => {
  client?.disconnect();
  await Promise.all([redis?.stop(), folder?.remove()]);
});
beforeEach(async () => {
  await client.del(...(await client.keys('*')), 'none');
  await writer.initialise();
});

async function importText(text: string) {
  const file = await folder.write('import.csv', text);
  return runCli(['allowlist', 'import', file], { REDIS_URL: redis.url, ALLOW_PRIVATE_ADDRESSES: 'true' });
}

async function listed() {
  return (await writer.entries('admin')).map(({ prefix, region, lastDay }) => [prefix.text, region, lastDay]);
}

describe('allowlist import', () => {
  it('adds and replaces the entries of the file and leaves all others', async () => {
    await importText('prefix,region\n192.0.2.1,us\n192.0.2.9,us\n');
    const result = await importText('prefix,region,until\n192.0.2.1,uk,\n2001:db8:7::/48,,2027-01-01\n');
    expect(result).toEqual({ code: 0, stdout: 'imported 2: 1 added, 1 replaced\n', stderr: '' });
    expect(await listed()).toEqual([
      ['192.0.2.1', 'uk', null],
      ['192.0.2.9', 'us', null],
      ['2001:db8:7::/48', 'us', '2027-01-01'],
    ]);
  });

  it('reads what spreadsheets write: a byte order mark, CRLF, quotation marks, spaces, any order of columns', async () => {
    const result = await importText('\ufeffregion,prefix\r\n"uk","192.0.2.1"\r\n\r\n de , 192.0.2.2 \r\n');
    expect(result.stdout).toBe('imported 2: 2 added, 0 replaced\n');
    expect(await listed()).toEqual([
      ['192.0.2.1', 'uk', null],
      ['192.0.2.2', 'de', null],
    ]);
  });

  it('tells every bad line by its number, repeats none, and applies nothing of the file', async () => {
    const result = await importText(
      [
        'prefix,region,until',
        '192.0.2.1,us,',
        'canary-address,us,',
        '',
        '192.0.2.5/24,us,',
        '192.0.2.6,canary-region,',
        '192.0.2.7,us,canary-day',
        '192.0.2.8,us,2020-01-01',
        '192.0.2.1,us,',
        '192.0.2.9,us',
        '192.0.2"canary,us,',
      ].join('\n'),
    );
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr.split('\n')).toEqual([
      expect.stringMatching(/^line 3: This is neither an IP address/),
      expect.stringMatching(/^line 5: The prefix has bits set/),
      expect.stringMatching(/^line 6: There is no such region/),
      expect.stringMatching(/^line 7: .* not a date/),
      expect.stringMatching(/^line 8: .* between today \(UTC\) and/),
      'line 9: Line 2 has the same prefix.',
      'line 10: It has not as many columns as the first line names.',
      expect.stringMatching(/^line 11: A quotation mark/),
      'nothing of the file was applied',
      '',
    ]);
    expect(result.stderr).not.toMatch(/canary|192\.0\.2\.[56789]/);
    expect(await listed()).toEqual([]);
  });

  it('tells twenty bad lines and counts the rest', async () => {
    const result = await importText(`prefix\n${'x\n'.repeat(1000)}`);
    expect(result.stderr.match(/^line /gm)).toHaveLength(20);
    expect(result.stderr).toMatch(/^and 980 more bad lines$/m);
  });

  it.each([
    { file: 'without the prefix column', text: 'address,region\n' },
    { file: 'with an unknown column', text: 'prefix,regoin\n' },
    { file: 'with a column twice', text: 'prefix,region,region\n' },
  ])('refuses a file $file', async ({ text }) => {
    const result = await importText(text);
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toBe(
      'the first line must name the columns: prefix, and optionally region and until\n',
    );
  });

  it('refuses an empty file and one that is not there', async () => {
    expect((await importText('')).stderr).toBe('the file is empty\n');
    const result = await runCli(['allowlist', 'import', `${folder.path}/none.csv`], { REDIS_URL: redis.url });
    expect(result).toEqual({ code: 1, stdout: '', stderr: 'the file cannot be read (ENOENT)\n' });
  });

  it('imports a hundred thousand lines and tells how far it is', async () => {
    const lines = Array.from(
      { length: 100_000 },
      (_, i) => `198.${18 + (i >> 16)}.${(i >> 8) & 255}.${i & 255},uk`,
    );
    const result = await importText(`prefix,region\n${lines.join('\n')}\n`);
    expect(result).toEqual({
      code: 0,
      stdout: 'imported 100000: 100000 added, 0 replaced\n',
      stderr: '50000 of 100000\n100000 of 100000\n',
    });
    expect((await writer.stats()).ipv4).toBe(100_000);
  });
});
