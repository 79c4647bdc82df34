import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { plainProfile } from '../../src/allowlist/profile.js';
import { AllowlistWriter } from '../../src/allowlist/writer.js';
import { today } from '../../src/lib/calendar.js';
import { type Prefix, parsePrefix } from '../../src/lib/ip.js';
import { network, preferences } from '../allowlist/networks-support.js';
import { entriesOf } from '../allowlist/support.js';
import { root } from '../repo/source-files.js';
import { startRedis, type TestRedis } from '../support/stores/redis.js';
import { runCli } from './run-cli.js';

const ANNA = '00000000-0000-4000-8000-000000000001';

let redis: TestRedis;
let client: Redis;
let writer: AllowlistWriter;

beforeAll(async () => {
  redis = await startRedis();
  client = new Redis(redis.operatorUrl);
  writer = new AllowlistWriter(client);
});
afterAll(async () => {
  client?.disconnect();
  await redis?.stop();
});
beforeEach(async () => {
  await client.del(...(await client.keys('*')), 'none');
  await writer.initialise();
});

/** Documentation addresses are not public, so most tests allow them. */
function cli(...args: string[]) {
  return runCli(args, { REDIS_URL: redis.url, ALLOW_PRIVATE_ADDRESSES: 'true' });
}

function prefix(text: string): Prefix {
  return parsePrefix(text) as Prefix;
}

/** A network of Anna's at the address. */
const register = (text: string, rest: Parameters<typeof network>[1] = {}) =>
  writer.networks.register(ANNA, network([text], { preferences: preferences('us'), ...rest }), 5);

describe('allowlist init', () => {
  it('initialises an empty store once', async () => {
    await client.del(...(await client.keys('*')));
    const before = await cli('allowlist', 'add', '192.0.2.1');
    expect(before).toMatchObject({ code: 1, stdout: '' });
    expect(before.stderr).toMatch(/^the allowlist is not initialised; .*allowlist init\n$/);
    expect(await cli('allowlist', 'init')).toEqual({ code: 0, stdout: 'initialised\n', stderr: '' });
    expect((await cli('allowlist', 'init')).stdout).toBe('already initialised; nothing changed\n');
    expect((await cli('allowlist', 'add', '192.0.2.1')).stdout).toBe('added\n');
  });
});

describe('allowlist add', () => {
  it('explains why Redis takes no writes', async () => {
    const operator = new Redis(redis.operatorUrl);
    try {
      await operator.config('SET', 'min-replicas-to-write', '1');
      expect(await cli('allowlist', 'add', '192.0.2.1')).toEqual({
        code: 1,
        stdout: '',
        stderr: 'REDIS_URL: this Redis takes no writes, since too few replicas follow it (NOREPLICAS)\n',
      });
    } finally {
      await operator.config('SET', 'min-replicas-to-write', '0');
      operator.disconnect();
    }
  });

  it('adds an entry of the admins with its region and last day, and replaces it', async () => {
    const added = await cli('allowlist', 'add', '198.51.100.0/24', '--region', 'uk', '--until', today());
    expect(added).toEqual({ code: 0, stdout: 'added\n', stderr: '' });
    expect(await entriesOf(writer)).toEqual([
      {
        prefix: prefix('198.51.100.0/24'),
        profile: plainProfile(prefix('198.51.100.0/24'), 'uk'),
        label: '',
        lastDay: today(),
      },
    ]);
    expect((await cli('allowlist', 'add', '198.51.100.0/24')).stdout).toBe('replaced\n');
    expect(await entriesOf(writer)).toEqual([
      {
        prefix: prefix('198.51.100.0/24'),
        profile: plainProfile(prefix('198.51.100.0/24'), null),
        label: '',
        lastDay: null,
      },
    ]);
  });

  it('adds an office whose devices reach relays over both families', async () => {
    await cli('allowlist', 'add', '198.51.100.0/24', '--families', '46');
    expect((await entriesOf(writer)).map(({ profile }) => profile.families)).toEqual(['46']);
  });

  it.each([
    {
      error: 'text that is no address',
      args: ['192.0.2'],
      message: /^This is neither an IP address nor a prefix/,
    },
    { error: 'an address cut by its length', args: ['192.0.2.1/24'], message: /bits set beyond/ },
    {
      error: 'an unknown region',
      args: ['192.0.2.1', '--region', 'moon'],
      message: /no such region\. The regions are: us,/,
    },
    {
      error: 'families that are none',
      args: ['192.0.2.1', '--families', '64'],
      message: /^The families must be one of: 4, 6, 46\./,
    },
    {
      error: 'a day that is no date',
      args: ['192.0.2.1', '--until', '2027-02-30'],
      message: /must be a date such as/,
    },
    {
      error: 'a day that has passed',
      args: ['192.0.2.1', '--until', '2020-01-01'],
      message: /from today \(UTC\) to five years/,
    },
    {
      error: 'a day too far away',
      args: ['192.0.2.1', '--until', '2199-01-01'],
      message: /from today \(UTC\) to five years/,
    },
  ])('refuses $error, without repeating it', async ({ args, message }) => {
    const result = await cli('allowlist', 'add', ...args);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toMatch(message);
    expect(result.stderr).not.toContain('192.0.2.1/24');
    expect(await entriesOf(writer)).toEqual([]);
  });

  it('refuses ranges that are not public unless the settings allow them', async () => {
    const result = await runCli(['allowlist', 'add', '192.0.2.1'], { REDIS_URL: redis.url });
    expect(result).toEqual({
      code: 2,
      stdout: '',
      stderr: 'The address is not on the public internet.\n',
    });
  });
});

describe('allowlist remove', () => {
  beforeEach(async () => {
    const entry = {
      prefix: prefix('192.0.2.7'),
      profile: plainProfile(prefix('192.0.2.7'), 'us'),
      label: '',
      lastDay: null,
    };
    await writer.put(entry);
    await register('192.0.2.7');
  });

  it('removes the entry of the admins, and reports that an account still has one', async () => {
    const result = await cli('allowlist', 'remove', '192.0.2.7');
    expect(result).toMatchObject({ code: 0, stdout: 'removed\n' });
    expect(result.stderr).toMatch(/still allowed.*--include-networks/);
    expect((await writer.stats()).entries).toBe(1);
  });

  it('removes the addresses of networks, too, with --include-networks', async () => {
    const result = await cli('allowlist', 'remove', '192.0.2.7', '--include-networks');
    expect(result).toEqual({ code: 0, stdout: 'removed\n', stderr: '' });
    expect((await writer.stats()).entries).toBe(0);
  });

  it('reports that no entry exists, or only one of an account', async () => {
    expect(await cli('allowlist', 'remove', '192.0.2.8')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'there is no such entry\n',
    });
    await writer.remove(prefix('192.0.2.7'));
    const result = await cli('allowlist', 'remove', '192.0.2.7');
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toMatch(/networks of accounts have the address, not the admins/);
  });
});

describe('allowlist list and stats', () => {
  const many = Array.from({ length: 2500 }, (_, i) => ({
    prefix: prefix(`198.18.${i >> 8}.${i & 255}`),
    profile: plainProfile({ family: 4 }, 'us'),
    label: '',
    lastDay: null,
  }));

  it('lists the entries as a table, sorted by address', async () => {
    await writer.put({
      prefix: prefix('2001:db8::/32'),
      profile: plainProfile(prefix('2001:db8::/32'), 'uk'),
      label: '',
      lastDay: null,
    });
    await writer.put({
      prefix: prefix('192.0.2.9'),
      profile: plainProfile(prefix('192.0.2.9'), 'us'),
      label: '',
      lastDay: today(),
    });
    await register('192.0.2.9', { name: 'home', preferences: preferences('de'), lastDay: today() });
    const { code, stdout } = await cli('allowlist', 'list');
    expect(code).toBe(0);
    expect(stdout.split('\n').map((line) => line.split(/\s+/))).toEqual([
      ['PREFIX', 'REGION', 'FAMILIES', 'OWNERS', 'ADMIN', 'UNTIL', 'LABEL'],
      ['192.0.2.9', 'de', '4', '2', 'yes', today()],
      ['2001:db8::/32', 'uk', '6', '1', 'yes', '-'],
      [''],
    ]);
  });

  it('lists more than one page, as one JSON object per line, and only entries inside a prefix', async () => {
    await writer.putMany(many);
    const lines = (await cli('allowlist', 'list', '--json')).stdout.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).prefix)).toEqual(many.map((entry) => entry.prefix.text));
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      prefix: '198.18.0.0',
      region: 'us',
      families: '4',
      owners: 1,
      byAdmin: true,
      until: null,
      label: '',
    });
    const within = await cli('allowlist', 'list', '--json', '--within', '198.18.1.0/30');
    expect(within.stdout.match(/198\.18\.1\.\d/g)).toHaveLength(4);
  });

  it('ends without an error when its reader closes the pipe', async () => {
    await writer.putMany(many);
    const child = spawn(process.execPath, [`${root}dist/src/bin/cli.js`, 'allowlist', 'list'], {
      env: { REDIS_URL: redis.url },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.stdout.once('data', () => child.stdout.destroy());
    const [code] = await once(child, 'close');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('counts the entries', async () => {
    await writer.putMany(many);
    await writer.put({
      prefix: prefix('2001:db8::/64'),
      profile: plainProfile(prefix('2001:db8::/64'), 'us'),
      label: '',
      lastDay: null,
    });
    expect(JSON.parse((await cli('allowlist', 'stats', '--json')).stdout)).toMatchObject({
      entries: 2501,
      ipv4: 2500,
      ipv6: 1,
    });
    expect((await cli('allowlist', 'stats')).stdout).toMatch(
      /^entries +2501\nipv4 +2500\nipv6 +1\nrevision +\d+\n$/,
    );
  });
});

describe('allowlist remove, many at once', () => {
  const put = (text: string, label = '') =>
    writer.put({
      prefix: prefix(text),
      profile: plainProfile(prefix(text), 'us'),
      label,
      lastDay: null,
    });

  it('removes the entries inside a prefix, and keeps all others and those of accounts', async () => {
    for (const text of ['192.0.2.0/24', '192.0.2.0/25', '192.0.2.7', '198.51.100.1', '2001:db8::1'])
      await put(text);
    await register('192.0.2.7');
    expect((await cli('allowlist', 'remove', '--within', '192.0.2.0/25')).stdout).toBe('removed 2\n');
    expect((await entriesOf(writer)).map((entry) => entry.prefix.text)).toEqual([
      '192.0.2.0/24',
      '198.51.100.1',
      '2001:db8::1',
    ]);
    expect(await writer.networks.list(ANNA)).toMatchObject([{ ipv4: { lastDay: null } }]);
  });

  it.each([
    [],
    ['192.0.2.1', '--label', 'x'],
    ['--from', 'x', '--within', '192.0.2.0/24'],
    ['--label', 'x', '--include-networks'],
    ['192.0.2.1', '--dry-run'],
    ['--within', '192.0.2.1/24'],
  ])('is refused with exit code 2 when it is not clear what to remove: %j %j %j', async (...args) => {
    await put('192.0.2.1', 'x');
    const result = await cli('allowlist', 'remove', ...args.filter((arg) => arg !== undefined));
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect((await writer.stats()).entries).toBe(1);
  });
});

describe('allowlist clear', () => {
  beforeEach(async () => {
    await writer.put({
      prefix: prefix('198.51.100.0/24'),
      profile: plainProfile(prefix('198.51.100.0/24'), 'us'),
      label: '',
      lastDay: null,
    });
    await register('192.0.2.1', { name: 'home' });
  });

  it('removes the entries of the admins, but only with --yes', async () => {
    const asked = await cli('allowlist', 'clear');
    expect(asked).toEqual({ code: 1, stdout: '', stderr: '1 would be removed; add --yes to remove them\n' });
    expect(await cli('allowlist', 'clear', '--yes')).toEqual({ code: 0, stdout: 'removed 1\n', stderr: '' });
    expect(await entriesOf(writer)).toEqual([]);
    expect(await writer.networks.list(ANNA)).toMatchObject([{ ipv4: { lastDay: null } }]);
  });

  it('removes the addresses of networks, too, with --include-networks', async () => {
    const asked = await cli('allowlist', 'clear', '--include-networks');
    expect(asked).toEqual({ code: 1, stdout: '', stderr: '2 would be removed; add --yes to remove them\n' });
    const result = await cli('allowlist', 'clear', '--include-networks', '--yes');
    expect(result).toEqual({ code: 0, stdout: 'removed 2\n', stderr: '' });
    expect(await writer.stats()).toMatchObject({ ipv4: 0, ipv6: 0 });
    expect(await writer.networks.list(ANNA)).toMatchObject([{ ipv4: null }]);
    expect((await client.keys('*')).sort()).toEqual(
      ['changes', 'epoch-4', 'form', 'last-change', `networks:account:${ANNA}`, 'revision'].map(
        (name) => `{allowlist}:${name}`,
      ),
    );
  });
});

describe('a store that cannot be used', () => {
  it('is reported by its setting and a code, never by its URL', async () => {
    const result = await runCli(['allowlist', 'list'], { REDIS_URL: 'redis://name:secret@127.0.0.1:1' });
    expect(result).toEqual({ code: 1, stdout: '', stderr: 'REDIS_URL: cannot connect (ECONNREFUSED)\n' });
  });

  it('is reported when its password is wrong', async () => {
    const url = new URL(redis.url);
    url.password = 'wrong';
    const result = await runCli(['allowlist', 'list'], { REDIS_URL: url.href });
    expect(result).toEqual({
      code: 1,
      stdout: '',
      stderr: 'REDIS_URL: Redis refuses the user or the password (WRONGPASS)\n',
    });
  });

  it('is reported when no setting names it', async () => {
    const result = await runCli(['allowlist', 'list']);
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toBe('REDIS_URL is missing; set it, or run npm start in this folder\n');
  });

  it('is reported together with every other invalid setting', async () => {
    const result = await runCli(['allowlist', 'list'], { REDIS_URL: 'http://secret', DNS_PORT: 'x' });
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr.split('\n')).toEqual([
      expect.stringMatching(/^REDIS_URL must be a URL/),
      expect.stringMatching(/^DNS_PORT must be a port/),
      '',
    ]);
  });
});
