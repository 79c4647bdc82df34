// The users of Redis as they are shipped: each may do its work, and nothing beyond it.
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DNS_NODE_ACL } from '../../src/allowlist/keys.js';
import { read, repositoryFiles } from '../repo/source-files.js';
import { startEphemeral, startRedis, type TestRedis, type TestRedisServer } from '../support/stores/redis.js';

/** What no gateway may do: end the data, read secrets, change the server, see what others send. */
const FORBIDDEN = [
  ['FLUSHALL'],
  ['FLUSHDB'],
  ['SWAPDB', '0', '1'],
  ['SCRIPT', 'FLUSH'],
  ['FUNCTION', 'FLUSH'],
  ['FUNCTION', 'LIST'],
  ['KEYS', '*'],
  ['RANDOMKEY'],
  ['DUMP', 'x'],
  ['RESTORE', 'x', '0', 'y'],
  ['MIGRATE', '127.0.0.1', '1', 'x', '0', '1'],
  ['CONFIG', 'SET', 'save', '1 1'],
  ['CONFIG', 'REWRITE'],
  ['ACL', 'LIST'],
  ['ACL', 'SETUSER', 'x'],
  ['SAVE'],
  ['BGSAVE'],
  ['SHUTDOWN', 'NOSAVE'],
  ['REPLICAOF', '127.0.0.1', '1'],
  ['FAILOVER', 'ABORT'],
  ['PSYNC', '?', '-1'],
  ['MONITOR'],
  ['SLOWLOG', 'GET'],
  ['CLIENT', 'LIST'],
  ['CLIENT', 'KILL', 'TYPE', 'normal'],
  ['MODULE', 'LIST'],
  ['PSUBSCRIBE', '*'],
  ['SUBSCRIBE', 'another-channel'],
];

let durable: TestRedis;
let ephemeral: TestRedisServer;
beforeAll(async () => {
  [durable, ephemeral] = await Promise.all([startRedis(), startEphemeral()]);
});
afterAll(() => Promise.all([durable?.stop(), ephemeral?.stop()]));

/** The error of each command that is not refused for want of rights. */
async function allowed(url: string, commands: readonly (readonly string[])[]): Promise<string[]> {
  const redis = new Redis(url, { enableReadyCheck: false, disableClientInfo: true });
  try {
    const results = [];
    for (const [name = '', ...rest] of commands) {
      const result = await redis.call(name, rest).then(String, (error: Error) => error.message);
      if (!result.startsWith('NOPERM')) results.push(`${name} ${rest.join(' ')}: ${result}`);
    }
    return results;
  } finally {
    redis.disconnect();
  }
}

/** The commands that a user may run, in lower case. */
function commandsOf(file: string, user: string): Set<string> {
  const line = read(file)
    .split('\n')
    .find((each) => each.startsWith(`user ${user} `))!;
  return new Set([...line.matchAll(/ \+([a-z|]+)/g)].map((match) => match[1]!));
}

describe('the users of Redis', () => {
  it('let the gateway do nothing of an administrator, in either Redis', async () => {
    expect(await allowed(durable.url, FORBIDDEN)).toEqual([]);
    expect(await allowed(ephemeral.url, [...FORBIDDEN, ['BGREWRITEAOF']])).toEqual([]);
  });

  it('let the operator do all that the gateway may not', async () => {
    const harmless = [
      ['CONFIG', 'GET', 'maxmemory'],
      ['ACL', 'LIST'],
      ['CLIENT', 'LIST'],
      ['FAILOVER', 'ABORT'],
    ];
    for (const { operatorUrl } of [durable, ephemeral]) {
      expect(await allowed(operatorUrl, harmless)).toHaveLength(harmless.length);
    }
  });

  it('let the gateway run each command that our scripts call', () => {
    const may = commandsOf('deploy/redis/durable-users.acl', 'gateway');
    const scripts = repositoryFiles()
      .filter((path) => path.startsWith('src/') && path.endsWith('.ts'))
      .map(read);
    const called = scripts.flatMap((text) => [
      ...text.matchAll(/redis\.p?call\('([A-Z]+)'(?:, '([A-Z]+)')?/g),
    ]);
    const names = called.map(([, command, second]) =>
      (command === 'MEMORY' ? `${command}|${second}` : command!).toLowerCase(),
    );
    expect(names.length).toBeGreaterThan(50);
    expect([...new Set(names)].filter((name) => !may.has(name))).toEqual([]);
  });

  it('give a dns-node the rights that the code names', () => {
    expect(read('deploy/redis/durable-users.acl')).toContain(
      `user dns-node on >DNS_NODE_PASSWORD ${DNS_NODE_ACL.join(' ')}\n`,
    );
  });
});
