import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CHANGES, ENTRIES, encodeKey, OWNERS_OF, PROFILES } from '../../src/allowlist/keys.js';
import { type SweeperOptions, startSweeper } from '../../src/allowlist/sweeper.js';
import { AllowlistWriter } from '../../src/allowlist/writer.js';
import { claimRewrite } from '../../src/ephemeral/rewrite-claim.js';
import type { BackgroundJob } from '../../src/jobs/jobs.js';
import { createLogger } from '../../src/runtime/log.js';
import { startEphemeral, startRedis, type TestRedis } from '../support/stores/redis.js';
import { network } from './networks-support.js';
import { entriesOf, entry, eventually, prefix } from './support.js';

const NEW_YEAR = Date.UTC(2027, 0, 1);
const MINUTE = 60_000;

let server: TestRedis;
let redis: Redis;
let operator: Redis;
let writer: AllowlistWriter;
let sweeper: BackgroundJob | undefined;
let log: Record<string, unknown>[];
let time: number;
/** Every pass reads the clock once. */
let clockReads: number;

beforeEach(async () => {
  server = await startRedis();
  redis = new Redis(server.url, { retryStrategy: () => 20, enableOfflineQueue: false, lazyConnect: true });
  redis.on('error', () => {});
  await redis.connect();
  operator = new Redis(server.operatorUrl, { retryStrategy: () => 20 });
  operator.on('error', () => {});
  writer = new AllowlistWriter(redis);
  await writer.initialise();
  log = [];
  time = NEW_YEAR;
  clockReads = 0;
});
afterEach(async () => {
  await sweeper?.stop();
  redis?.disconnect();
  operator?.disconnect();
  await server?.stop();
});

/** Sweeps every few milliseconds on the test's clock. */
function sweep(options: Pick<SweeperOptions, 'claimRewrite' | 'onRewrite'> = {}): void {
  const logger = createLogger('gateway', (line) => log.push(JSON.parse(line)));
  const clock = async () => {
    clockReads += 1;
    return time;
  };
  sweeper = startSweeper(writer, logger, { everyMs: 5, clock, ...options });
}

/** Resolves when a pass that began after this call has ended. */
async function onePass(): Promise<void> {
  const before = clockReads;
  await eventually(() => clockReads >= before + 3);
}

async function rewrites(): Promise<number> {
  return Number(/aof_rewrites:(\d+)/.exec(await redis.info('persistence'))?.[1]);
}

/** Every byte that Redis has on disk. */
async function disk(): Promise<string> {
  const files = await readdir(server.dataDir, { recursive: true, withFileTypes: true });
  const contents = files
    .filter((file) => file.isFile())
    // A file may go while the folder is read: that is what a rewrite does.
    .map((file) => readFile(join(file.parentPath, file.name), 'latin1').catch(() => ''));
  return (await Promise.all(contents)).join('\n');
}

describe('the sweeper', () => {
  it('removes entries whose last day was yesterday, and logs their number', async () => {
    await writer.put(entry('192.0.2.1', { lastDay: '2026-12-31' }));
    await writer.put(entry('192.0.2.2', { lastDay: '2027-01-01' }));
    sweep();
    await eventually(async () => (await writer.stats()).entries === 1);
    await onePass();
    expect((await entriesOf(writer)).map((each) => each.prefix.text)).toEqual(['192.0.2.2']);
    time += 24 * 60 * MINUTE;
    await eventually(async () => (await writer.stats()).entries === 0);
    const swept = log.filter((line) => line.event === 'allowlist.swept');
    expect(swept).toMatchObject([{ part: 'sweep', count: 1 }, { count: 1 }]);
    expect(JSON.stringify(log)).not.toContain('192.0.2');
  });

  it('removes the changes that the previous run has seen', async () => {
    await writer.put(entry('192.0.2.1'));
    sweep();
    await eventually(async () => (await redis.exists(CHANGES)) === 0);
    await writer.put(entry('192.0.2.2'));
    await eventually(async () => (await redis.exists(CHANGES)) === 0);
    expect(await writer.stats()).toMatchObject({ entries: 2, revision: 2 });
  });

  it('leaves no byte of a removed address, label or owner on the disk', async () => {
    const canaries = ['account:canary', 'Wohnzimmer', 'digest-of-a-canary', encodeKey(prefix('192.0.2.77'))];
    const home = network(['192.0.2.77'], { name: 'Wohnzimmer', lastDay: '2028-01-01' });
    await writer.networks.register('canary', home, 1);
    await writer.networks.setToken('canary', home.id, 'digest-of-a-canary');
    await writer.networks.register('other', network(['192.0.2.78']), 1);
    await writer.networks.move('canary', home.id, [prefix('192.0.2.76')], null);
    await writer.networks.remove('canary', home.id);
    const before = await disk();
    for (const canary of canaries) expect(before).toContain(canary);

    sweep();
    await eventually(async () => {
      const bytes = await disk();
      return canaries.every((canary) => !bytes.includes(canary));
    });
    expect(await disk()).toContain(encodeKey(prefix('192.0.2.78')));
  });

  it('rewrites the file regularly, also without changes, with a pause in between', async () => {
    const rests: number[] = [];
    const results: string[] = [];
    let mayRewrite = true;
    // How long a rewrite takes depends on the machine.
    let restMs = 0;
    writer.upkeep.restMs = async () => restMs;
    const claimRewrite = async (claimedMs: number) => {
      rests.push(claimedMs);
      return mayRewrite;
    };
    sweep({ claimRewrite, onRewrite: (result) => results.push(result) });
    await eventually(() => results.length >= 3);
    expect(new Set(results)).toEqual(new Set(['ok']));
    expect(new Set(rests)).toEqual(new Set([2.5]));
    restMs = 60_000;
    await eventually(() => rests.at(-1) === 60_000);

    // Another gateway does it.
    mayRewrite = false;
    await onePass();
    const settled = await rewrites();
    await onePass();
    expect(await rewrites()).toBe(settled);
  });

  it('reports a failed rewrite until one succeeds', async () => {
    const results: string[] = [];
    const outcome = writer.upkeep.rewriteOutcome.bind(writer.upkeep);
    let failing = true;
    writer.upkeep.rewriteOutcome = async () => {
      const real = await outcome();
      return real === 'done' && failing ? 'failed' : real;
    };
    sweep({ onRewrite: (result) => results.push(result) });
    await eventually(() => results.filter((result) => result === 'failed').length >= 3);
    expect(log).toMatchObject([{ event: 'dependency.lost', part: 'sweep', error: 'RewriteFailed' }]);
    failing = false;
    await eventually(() => log.length > 1);
    expect(results.at(-1)).toBe('ok');
    expect(log[1]).toMatchObject({ event: 'dependency.back', part: 'sweep' });
  });

  it('survives an outage of Redis, and logs its start and its end once', async () => {
    sweep();
    await onePass();
    await server.halt();
    await eventually(() => log.length > 0);
    await onePass();
    await server.restart();
    await eventually(() => log.length > 1);
    await onePass();
    expect(log).toMatchObject([
      { level: 'warn', event: 'dependency.lost', part: 'sweep' },
      { level: 'info', event: 'dependency.back', part: 'sweep' },
    ]);
    expect(log).toHaveLength(2);
  });

  it('waits for an operator when the store has no epoch', async () => {
    await operator.flushall();
    sweep();
    await eventually(() => log.length > 0);
    expect(log).toMatchObject([{ event: 'dependency.lost', part: 'sweep', error: 'AllowlistUninitialised' }]);
    await writer.initialise();
    await eventually(() => log.length > 1);
    expect(log[1]).toMatchObject({ event: 'dependency.back' });
  });

  it('stops after the run that is in progress', async () => {
    sweep();
    await onePass();
    await sweeper?.stop();
    const stopped = clockReads;
    // Nothing announces that no pass begins, so this gives several the time to.
    await delay(50);
    expect(clockReads).toBe(stopped);
  });
});

describe('the upkeep', () => {
  it('keeps the bytes of forgotten changes from a rewrite, although newer ones shared their node', async () => {
    const canary = encodeKey(prefix('192.0.2.77'));
    await writer.put(entry('192.0.2.77'));
    await writer.remove(prefix('192.0.2.77'));
    await writer.put(entry('192.0.2.78'));
    await writer.upkeep.forgetChanges(2);
    expect((await redis.xrange(CHANGES, '-', '+')).map(([id]) => id)).toEqual(['3-0']);
    expect(await writer.upkeep.startRewrite()).toBe('started');
    await eventually(async () => (await writer.upkeep.rewriteOutcome()) === 'done');
    await eventually(async () => !(await disk()).includes(canary));
  });

  it('pauses for sixty times as long as a rewrite takes, an hour at most', async () => {
    const info = redis.info.bind(redis);
    const lasting = async (seconds: number) => {
      redis.info = (async (section: string) =>
        (await info(section)).replace(
          /aof_last_rewrite_time_sec:-?\d+/,
          `aof_last_rewrite_time_sec:${seconds}`,
        )) as typeof redis.info;
      return writer.upkeep.restMs();
    };
    expect(await lasting(-1)).toBe(0);
    expect(await lasting(0)).toBe(0);
    expect(await lasting(2)).toBe(120_000);
    expect(await lasting(300)).toBe(3_600_000);
  });

  it('needs no rewrite where Redis keeps nothing on disk', async () => {
    const info = redis.info.bind(redis);
    redis.info = (async (section: string) =>
      (await info(section)).replace('aof_enabled:1', 'aof_enabled:0')) as typeof redis.info;
    expect(await writer.upkeep.startRewrite()).toBe('nothing-on-disk');
    expect(await rewrites()).toBe(0);
  });

  it('lets one of several gateways rewrite, and all of them while the claim cannot be made', async () => {
    const ephemeral = await startEphemeral();
    const client = new Redis(ephemeral.url, {
      retryStrategy: null,
      enableOfflineQueue: false,
      lazyConnect: true,
    });
    client.on('error', () => {});
    await client.connect();
    expect(await claimRewrite(client, 60_000)).toBe(true);
    expect(await claimRewrite(client, 60_000)).toBe(false);
    await client.del('rewriting');
    expect(await claimRewrite(client, 60_000)).toBe(true);
    await ephemeral.stop();
    expect(await claimRewrite(client, 60_000)).toBe(true);
    client.disconnect();
  });
});

describe('the order in which people registered', () => {
  /** More than chance would put in order. */
  const PEOPLE = Array.from({ length: 12 }, (_, index) => `${(index * 7) % 12}`);
  const addressOf = (index: number) => `192.0.2.${((index * 5) % 12) + 1}`;

  it('is not in what Redis holds, whichever account and address was first', async () => {
    for (const [index, account] of PEOPLE.entries()) {
      await writer.networks.register(account, network([addressOf(index)]), 1);
      await writer.put(entry(addressOf(index)));
    }
    const inOrder = async (key: string) => {
      const fields = await operator.hkeys(key);
      expect(fields).toEqual([...fields].sort());
      return fields.length;
    };
    expect(await inOrder(PROFILES)).toBe(12);
    expect(await inOrder(ENTRIES)).toBe(12);
    for (const key of await operator.keys(`${OWNERS_OF}*`)) {
      expect((await redis.zrange(key, 0, -1, 'WITHSCORES')).filter((_, at) => at % 2 === 1)).toEqual([
        '1',
        '2',
      ]);
    }
  });

  it('is not in small hashes by their encoding: no larger one keeps an order', async () => {
    const [, most] = (await redis.config('GET', 'hash-max-listpack-entries')) as [string, string];
    expect(Number(most)).toBeLessThanOrEqual(512);
  });
});
