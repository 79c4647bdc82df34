import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AllowlistWriter } from '../../src/allowlist/writer.js';
import { network } from '../allowlist/networks-support.js';
import { entriesOf } from '../allowlist/support.js';
import { root } from '../repo/source-files.js';
import { startRedis, type TestRedis } from '../support/stores/redis.js';
import { runCli, type TestFolder, testFolder } from './run-cli.js';

let redis: TestRedis;
let client: Redis;
let writer: AllowlistWriter;
let folder: TestFolder;

beforeAll(async () => {
  [redis, folder] = await Promise.all([startRedis(), testFolder()]);
  client = new Redis(redis.operatorUrl);
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

function cli(...args: string[]) {
  return runCli(['allowlist', ...args], { REDIS_URL: redis.url, ALLOW_PRIVATE_ADDRESSES: 'true' });
}

async function importText(text: string, ...options: string[]) {
  return cli('import', await folder.write('import.csv', text), ...options);
}

const UNDO = 'To undo it: allowlist remove --label import.csv\n';

async function listed() {
  return (await entriesOf(writer)).map(({ prefix, profile, lastDay }) => [
    prefix.text,
    profile.region,
    lastDay,
  ]);
}

describe('allowlist import', () => {
  it('adds and replaces the entries of the file and leaves all others', async () => {
    await importText('prefix,region\n192.0.2.1,us\n192.0.2.9,us\n');
    const lines = 'prefix,region,families,until\n192.0.2.1,uk,46,\n2001:db8:7::/48,,,2027-01-01\n';
    const result = await importText(lines);
    expect(result).toEqual({ code: 0, stdout: 'imported 2: 1 added, 1 replaced\n', stderr: UNDO });
    expect(await listed()).toEqual([
      ['192.0.2.1', 'uk', null],
      ['192.0.2.9', 'us', null],
      ['2001:db8:7::/48', null, '2027-01-01'],
    ]);
    expect((await entriesOf(writer)).map(({ profile }) => profile.families)).toEqual(['46', '4', '6']);
  });

  it('reads what spreadsheets write: a byte order mark, CRLF, quotation marks, spaces, any order of columns', async () => {
    const result = await importText('\ufeffregion,prefix\r\n"uk","192.0.2.1"\r\n\r\n de , 192.0.2.2 \r\n');
    expect(result.stdout).toBe('imported 2: 2 added, 0 replaced\n');
    expect(await listed()).toEqual([
      ['192.0.2.1', 'uk', null],
      ['192.0.2.2', 'de', null],
    ]);
  });

  it('reports every invalid line by its number, repeats none, and applies nothing of the file', async () => {
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
      expect.stringMatching(/^line 7: .* must be a date/),
      expect.stringMatching(/^line 8: .* from today \(UTC\) to/),
      'line 9: Line 2 has the same prefix.',
      'line 10: It has not as many columns as the first line names.',
      expect.stringMatching(/^line 11: A quotation mark/),
      'nothing of the file was applied',
      '',
    ]);
    expect(result.stderr).not.toMatch(/canary|192\.0\.2\.[56789]/);
    expect(await listed()).toEqual([]);
  });

  it('reports twenty invalid lines and counts the rest', async () => {
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
      'the first line must name the columns: prefix, and optionally region, families, until, label, owners, byAdmin\n',
    );
  });

  it('refuses an empty file and one that is not there', async () => {
    expect((await importText('')).stderr).toBe('the file is empty\n');
    const result = await runCli(['allowlist', 'import', `${folder.path}/none.csv`], { REDIS_URL: redis.url });
    expect(result).toEqual({ code: 1, stdout: '', stderr: 'the file cannot be read (ENOENT)\n' });
  });

  it('imports a hundred thousand lines and shows its progress', async () => {
    const lines = Array.from(
      { length: 100_000 },
      (_, i) => `198.${18 + (i >> 16)}.${(i >> 8) & 255}.${i & 255},uk`,
    );
    const result = await importText(`prefix,region\n${lines.join('\n')}\n`);
    expect(result).toEqual({
      code: 0,
      stdout: 'imported 100000: 100000 added, 0 replaced\n',
      stderr: `50000 of 100000\n100000 of 100000\n${UNDO}`,
    });
    expect((await writer.stats()).ipv4).toBe(100_000);
  });

  it('names the line on which a quotation mark was opened and never closed', async () => {
    const lines = Array.from({ length: 50 }, (_, i) => (i === 30 ? '"192.0.2.30,us' : `192.0.2.${i},us`));
    const result = await importText(`prefix,region\n${lines.join('\n')}\n`);
    expect(result.stderr).toMatch(/^line 32: A quotation mark was opened, here or in the lines after/);
  });

  it('takes semicolons and a header in any case, as spreadsheets write them', async () => {
    const result = await importText('Prefix;REGION;Until\n192.0.2.1;uk;2027-01-01\n');
    expect(result).toMatchObject({ code: 0, stdout: 'imported 1: 1 added, 0 replaced\n' });
    expect(await listed()).toEqual([['192.0.2.1', 'uk', '2027-01-01']]);
  });

  it('checks the file with --dry-run, and applies nothing', async () => {
    const good = await importText('prefix\n192.0.2.1\n', '--dry-run');
    expect(good).toEqual({ code: 0, stdout: 'valid: 1 entry; nothing was applied\n', stderr: '' });
    expect(await importText('prefix\nx\n', '--dry-run')).toMatchObject({ code: 1, stdout: '' });
    expect(await listed()).toEqual([]);
  });

  it('labels entries with the name of the file or the given label, by which an import can be removed', async () => {
    const many = Array.from({ length: 10_000 }, (_, i) => `198.18.${i >> 8}.${i & 255}`);
    await importText(`prefix\n${many.join('\n')}\n`, '--label', 'partners, May');
    await importText('prefix,label\n192.0.2.1,\n192.0.2.2,kept\n');
    expect((await entriesOf(writer)).slice(0, 2).map(({ label }) => label)).toEqual(['import.csv', 'kept']);
    const counted = await cli('remove', '--label', 'partners, May', '--dry-run');
    expect(counted.stdout).toBe('10000 would be removed\n');
    expect((await cli('remove', '--label', 'partners, May')).stdout).toBe('removed 10000\n');
    expect(await listed()).toEqual([
      ['192.0.2.1', null, null],
      ['192.0.2.2', null, null],
    ]);
  });

  it.each(['--json', '--csv'])(
    'takes back what list %s has written, but for entries of accounts',
    async (format) => {
      const label = 'a; "b", c';
      await importText('prefix,region,until\n192.0.2.1,uk,2027-01-01\n2001:db8::/32,,\n', '--label', label);
      const before = await entriesOf(writer);
      await writer.networks.register('anna', network(['192.0.2.99']), 1);
      const file = await folder.write('export', (await cli('list', format)).stdout);
      await cli('clear', '--yes');
      const result = await cli('import', file);
      expect(result).toMatchObject({ code: 0, stdout: 'imported 2: 2 added, 0 replaced\n' });
      expect(result.stderr).toMatch(/^skipped, because accounts own them: 1 entry$/m);
      expect(await entriesOf(writer)).toEqual(before);
    },
  );

  it('names the lines of a JSON file that are not valid JSON', async () => {
    const result = await importText('{"prefix":"192.0.2.1"}\nsecret\n{"prefix":7}\n');
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toMatch(/^line 2: .*\nline 3: .*\nnothing of the file was applied\n$/);
    expect(result.stderr).not.toContain('secret');
  });

  it('allows a large part of the internet only with --yes', async () => {
    const refused = await importText('prefix\n0.0.0.0/0\n');
    expect(refused.stderr).toMatch(/^line 2: This prefix is a large part of the internet; add --yes/);
    expect(await importText('prefix\n0.0.0.0/0\n', '--yes')).toMatchObject({ code: 0 });
    expect(await cli('add', '::/0')).toMatchObject({ code: 2, stdout: '' });
    expect(await cli('add', '::/0', '--yes')).toMatchObject({ code: 0 });
  });

  it('reports its progress when a signal ends it, and how to remove what it has added', async () => {
    const lines = Array.from({ length: 200_000 }, (_, i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);
    const file = await folder.write('long.csv', `prefix\n${lines.join('\n')}\n`);
    const child = spawn(process.execPath, [`${root}dist/src/bin/cli.js`, 'allowlist', 'import', file], {
      env: { REDIS_URL: redis.url, ALLOW_PRIVATE_ADDRESSES: 'true' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      // The first line, which may come together with the next.
      if (stderr === '' && /^50000 of 200000\n/.test(chunk.toString())) child.kill('SIGINT');
      stderr += chunk.toString();
    });
    const [code] = await once(child, 'close');
    expect(code).toBe(130);
    const [, done] =
      /^interrupted: (\d+) of 200000 entries are applied\. .*remove --label long\.csv$/m.exec(stderr) ?? [];
    expect((await writer.stats()).entries).toBe(Number(done));
    expect((await cli('remove', '--from', file)).stdout).toBe(`removed ${done}\n`);
    expect((await writer.stats()).entries).toBe(0);
  });
});
