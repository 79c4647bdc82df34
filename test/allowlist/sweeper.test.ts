import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CHANGES, encodeKey } from '../../src/allowlist/keys.js';
import { type SweeperOptions, startSweeper } from '../../src/allowlist/sweeper.js';
import { AllowlistWriter } from '../../src/allowlist/writer.js';
import { createLogger } from '../../src/operations/log.js';
import type { Passes } from '../../src/operations/passes.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { entry, eventually, prefix } from './support.js';

const NEW_YEAR = Date.UTC(2027, 0, 1);
const MINUTE = 60_000;

let server: TestRedis;
let redis: Redis;
let writer: AllowlistWriter;
let sweeper: Passes | undefined;
let log: Record<string, unknown>[];
let time: number;
/** Every pass reads the clock, up to three times. */
let clockReads: number;

beforeEach(async () => {
  server = await startRedis();
  redis = new Redis(server.url, { retryStrategy: () => 20, enableOfflineQueue: false, lazyConnect: true });
  redis.on('error', () => {});
  await redis.connect();
  writer = new AllowlistWriter(redis);
  await writer.initialise();
  log = [];
  time = NEW_YEAR;
  clockReads = 0;
});
afterEach(async () => {
  await sweeper?.stop();
  redis?.disconnect();
  await server?.stop();
});

/** Sweeps every few milliseconds on the test's clock. */
function sweep(options: Pick<SweeperOptions, 'rewriteAfterMs'> = {}): void {
  const logger = createLogger('gateway', (line) => log.push(JSON.parse(line)));
  const now = () => {
    clockReads += 1;
    return time;
  };
  sweeper = startSweeper(writer, logger, { everyMs: 5, now, ...options });
}

/** Resolves when a pass that began after this call has ended. */
async function onePass(): Promise<void> {
  const before = clockReads;
  await eventually(() => clockReads >= before + 8);
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
  it('removes what ended yesterday and counts it in the log', async () => {
    await writer.put('account:a', entry('192.0.2.1', { lastDay: '2026-12-31' }));
    await writer.put('account:a', entry('192.0.2.2', { lastDay: '2027-01-01' }));
    sweep();
    await eventually(async () => (await writer.stats()).entries === 1);
    await onePass();
    expect((await writer.entries('account:a')).map((each) => each.prefix.text)).toEqual(['192.0.2.2']);
    time += 24 * 60 * MINUTE;
    await eventually(async () => (await writer.stats()).entries === 0);
    const swept = log.filter((line) => line.event === 'allowlist.swept');
    expect(swept).toMatchObject([{ part: 'sweep', count: 1 }, { count: 1 }]);
    expect(JSON.stringify(log)).not.toContain('192.0.2');
  });

  it('forgets the changes that the pass before has seen', async () => {
    await writer.put('account:a', entry('192.0.2.1'));
    sweep();
    await eventually(async () => (await redis.exists(CHANGES)) === 0);
    await writer.put('account:a', entry('192.0.2.2'));
    await eventually(async () => (await redis.exists(CHANGES)) === 0);
    expect(await writer.stats()).toMatchObject({ entries: 2, revision: 2 });
  });

  it('leaves no byte of a removed address, label or owner on the disk', async () => {
    const canaries = ['account:canary', 'Wohnzimmer', encodeKey(prefix('192.0.2.77'))];
    await writer.put('account:canary', entry('192.0.2.77', { label: 'Wohnzimmer', lastDay: '2028-01-01' }));
    await writer.put('account:other', entry('192.0.2.78'));
    await writer.remove('account:canary', prefix('192.0.2.77'));
    const before = await disk();
    for (const canary of canaries) expect(before).toContain(canary);

    sweep({ rewriteAfterMs: 0 });
    await eventually(async () => {
      const bytes = await disk();
      return canaries.every((canary) => !bytes.includes(canary));
    });
    await eventually(async () => !(await writer.upkeep.erasurePending()));
    const after = await disk();
    for (const canary of canaries) expect(after).not.toContain(canary);
    expect(after).toContain(encodeKey(prefix('192.0.2.78')));
  });

  it('rewrites at once what was pending when it started, and later removals within the hour', async () => {
    await writer.put('account:a', entry('192.0.2.1'));
    await writer.put('account:a', entry('192.0.2.2'));
    await writer.remove('account:a', prefix('192.0.2.1'));
    sweep();
    await eventually(async () => (await rewrites()) === 1);

    // What left the stream since then has to leave the disk too.
    await eventually(async () => {
      time += 45 * MINUTE;
      await onePass();
      return !(await writer.upkeep.erasurePending());
    });
    const settled = await rewrites();

    await writer.remove('account:a', prefix('192.0.2.2'));
    await onePass();
    time += 44 * MINUTE;
    await onePass();
    expect(await rewrites()).toBe(settled);
    expect(await writer.upkeep.erasurePending()).toBe(true);
    time += MINUTE;
    await eventually(async () => (await rewrites()) > settled);
  });

  it('survives an outage of Redis, and tells its beginning and its end once', async () => {
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
    await redis.flushall();
    sweep();
    await eventually(() => log.length > 0);
    expect(log).toMatchObject([{ event: 'dependency.lost', part: 'sweep', error: 'AllowlistUninitialised' }]);
    await writer.initialise();
    await eventually(() => log.length > 1);
    expect(log[1]).toMatchObject({ event: 'dependency.back' });
  });

  it('ends with the pass that runs', async () => {
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
    await writer.put('account:a', entry('192.0.2.77'));
    await writer.remove('account:a', prefix('192.0.2.77'));
    await writer.put('account:a', entry('192.0.2.78'));
    await writer.upkeep.forgetChanges(2);
    expect((await redis.xrange(CHANGES, '-', '+')).map(([id]) => id)).toEqual(['3-0']);
    expect(await writer.upkeep.startRewrite()).toBe('started');
    await eventually(async () => (await writer.upkeep.rewriteOutcome()) === 'done');
    await eventually(async () => !(await disk()).includes(canary));
  });

  it('keeps the mark of a removal that came while a rewrite ran', async () => {
    await writer.put('account:a', entry('192.0.2.1'));
    await writer.remove('account:a', prefix('192.0.2.1'));
    expect(await writer.upkeep.startRewrite()).toBe('started');
    await writer.put('account:a', entry('192.0.2.2'));
    await writer.remove('account:a', prefix('192.0.2.2'));
    await eventually(async () => (await writer.upkeep.rewriteOutcome()) === 'done');
    expect(await writer.upkeep.erasurePending()).toBe(true);
  });

  it('needs no rewrite where Redis keeps nothing on disk', async () => {
    await writer.put('account:a', entry('192.0.2.1'));
    await writer.remove('account:a', prefix('192.0.2.1'));
    const info = redis.info.bind(redis);
    redis.info = (async (section: string) =>
      (await info(section)).replace('aof_enabled:1', 'aof_enabled:0')) as typeof redis.info;
    expect(await writer.upkeep.startRewrite()).toBe('nothing-on-disk');
    expect(await writer.upkeep.erasurePending()).toBe(false);
    expect(await rewrites()).toBe(0);
  });
});
