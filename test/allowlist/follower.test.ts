import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Follower,
  type FollowerEvent,
  type FollowerOptions,
  startFollower,
} from '../../src/allowlist/follower.js';
import {
  CHANGES,
  EPOCH,
  encodeKey,
  INDEX,
  LAST_CHANGE,
  PROFILES,
  REVISION,
} from '../../src/allowlist/keys.js';
import { decodeProfile, plainProfile } from '../../src/allowlist/profile.js';
import { AllowlistWriter } from '../../src/allowlist/writer.js';
import { startRedis, type TestRedis } from '../support/stores/redis.js';
import { network, preferences } from './networks-support.js';
import { address, entry, eventually, prefix, startedFollower } from './support.js';

let server: TestRedis;
let redis: Redis;
let writer: AllowlistWriter;
let followers: Follower[];

beforeEach(async () => {
  server = await startRedis();
  redis = new Redis(server.operatorUrl, { retryStrategy: () => 20, maxRetriesPerRequest: null });
  redis.on('error', () => {});
  writer = new AllowlistWriter(redis);
  followers = [];
});
afterEach(async () => {
  for (const follower of followers) await follower.close();
  redis?.disconnect();
  await server?.stop();
});

/** A follower with the rights of a dns-node, and what it has reported so far. */
async function follow(
  url = server.nodeUrl,
  options: FollowerOptions = {},
): Promise<{ follower: Follower; events: FollowerEvent[] }> {
  const events: FollowerEvent[] = [];
  const follower = await startedFollower(url, { on: (event) => events.push(event), ...options });
  followers.push(follower);
  return { follower, events };
}

const LOADED: readonly FollowerEvent[] = ['loading', 'loaded'];

function region(follower: Follower, text: string): string | null | undefined {
  const profile = follower.replica.find(address(text));
  return profile === undefined ? undefined : decodeProfile(profile)!.region;
}

describe('a follower', () => {
  it('has loaded everything when it starts', async () => {
    await writer.initialise();
    const many = Array.from({ length: 3000 }, (_, i) => entry(`10.0.${i >> 8}.${i & 255}`));
    await writer.putMany(many);
    const { follower, events } = await follow();
    expect(follower.replica.size).toBe(3000);
    expect(follower.replica.revision).toBe(6);
    expect(region(follower, '10.0.11.183')).toBe('de');
    expect(follower.state()).toBe('following');
    expect(events).toEqual(LOADED);
  });

  it('follows additions, regions, shared addresses and removals without loading again', async () => {
    await writer.initialise();
    const { follower, events } = await follow();
    await writer.put(entry('192.0.2.1', { region: 'de' }));
    await eventually(() => region(follower, '192.0.2.1') === 'de');
    const home = network(['192.0.2.1'], { preferences: preferences('us') });
    await writer.networks.register('a', home, 1);
    await eventually(() => region(follower, '192.0.2.1') === 'us');
    await writer.networks.remove('a', home.id);
    await eventually(() => region(follower, '192.0.2.1') === 'de');
    await writer.remove(prefix('192.0.2.1'));
    await eventually(() => region(follower, '192.0.2.1') === undefined);
    expect(follower.replica).toMatchObject({ size: 0, revision: 4 });
    expect(events).toEqual(LOADED);
  });

  it('misses no change that is made while it loads', async () => {
    await writer.initialise();
    const many = Array.from({ length: 20_000 }, (_, i) =>
      entry(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`),
    );
    await writer.putMany(many);
    const changing = (async () => {
      for (const { prefix: each } of many.slice(0, 300)) await writer.remove(each);
      await writer.putMany(
        many.slice(300, 2300).map((each) => ({ ...each, profile: plainProfile(each.prefix, 'us') })),
      );
    })();
    const { follower } = await follow();
    await changing;
    const { revision } = await writer.stats();
    await eventually(() => follower.replica.revision === revision);
    expect(follower.replica.size).toBe(19_700);
    for (const [index, { prefix: each }] of many.entries()) {
      expect(follower.replica.find(each)).toBe(index < 300 ? undefined : index < 2300 ? '4;us' : '4;de');
    }
  });

  it('reports that Redis rejects it', async () => {
    const refused = startFollower(server.nodeUrl.replace(/:[^:@]+@/, ':wrong@'));
    followers.push(refused);
    await expect(refused.tried).rejects.toThrow(/^WRONGPASS/);
    expect(refused.replica.isKnown).toBe(false);
  });

  it('waits for Redis without an allowlist, and loads as soon as it is available', async () => {
    await writer.initialise();
    await writer.put(entry('192.0.2.1'));
    await server.halt();
    const events: unknown[] = [];
    const follower = startFollower(server.nodeUrl, {
      on: (event, error) =>
        events.push(event, ...(error instanceof Error && 'code' in error ? [error.code] : [])),
    });
    followers.push(follower);
    await follower.tried;
    expect(follower.state()).toBe('disconnected');
    expect(follower.replica.isKnown).toBe(false);
    expect(events).toEqual(['lost', 'ECONNREFUSED']);
    await server.restart();
    await eventually(() => follower.state() === 'following');
    expect(follower.replica.isKnown).toBe(true);
    expect(region(follower, '192.0.2.1')).toBe('de');
    expect(events.slice(2)).toEqual(['back', ...LOADED]);
  });

  it('has no allowlist with an empty store, and its age rises', async () => {
    const { follower, events } = await follow();
    expect(events).toEqual(['kept']);
    expect(follower.replica.isKnown).toBe(false);
    const before = follower.ageSeconds();
    await eventually(() => follower.ageSeconds() > before + 0.3);
    expect(follower.state()).toBe('empty-store');
  });

  it('drops an allowlist that has not been current for too long, and loads when it can', async () => {
    await writer.initialise();
    await writer.put(entry('192.0.2.1'));
    const { follower, events } = await follow(server.nodeUrl, { maxStaleMs: 2000 });
    await server.kill();
    await eventually(() => events.includes('stale'));
    expect(follower.ageSeconds()).toBeGreaterThanOrEqual(2);
    expect(follower.replica.isKnown).toBe(false);
    expect(region(follower, '192.0.2.1')).toBeUndefined();
    await server.restart();
    await eventually(() => follower.state() === 'following');
    expect(region(follower, '192.0.2.1')).toBe('de');
    expect(events).toEqual([...LOADED, 'lost', 'stale', 'back', ...LOADED]);
  });

  it("is rejected with the gateway's user, which does not have the rights of a node", async () => {
    const refused = startFollower(server.url);
    followers.push(refused);
    await expect(refused.tried).rejects.toThrow(/^NOPERM/);
  });

  it('reports that its user may read more than a node needs', async () => {
    await writer.initialise();
    expect((await follow(server.operatorUrl)).events).toEqual(['excess-rights', ...LOADED]);
  });

  it('reports how long ago the store answered', async () => {
    await writer.initialise();
    const { follower } = await follow();
    expect(follower.ageSeconds()).toBeGreaterThanOrEqual(0);
    await server.kill();
    const before = follower.ageSeconds();
    await eventually(() => follower.ageSeconds() > before + 0.1);
  });
});

describe('a follower keeps the last state', () => {
  beforeEach(async () => {
    await writer.initialise();
    await writer.put(entry('192.0.2.1'));
  });

  it('while Redis is unavailable, and follows again afterwards', async () => {
    const { follower, events } = await follow();
    await server.kill();
    await eventually(() => follower.state() === 'disconnected');
    expect(region(follower, '192.0.2.1')).toBe('de');
    await server.restart();
    await eventually(() => follower.state() === 'following');
    await writer.put(entry('192.0.2.2', { region: 'us' }));
    await eventually(() => region(follower, '192.0.2.2') === 'us');
    expect(region(follower, '192.0.2.1')).toBe('de');
    expect(events).toEqual([...LOADED, 'lost', 'back']);
  });

  it('after a failover to an empty replica, until an operator initialises that', async () => {
    const { follower, events } = await follow();
    await server.kill();
    await server.restartEmpty();
    await eventually(() => follower.state() === 'empty-store');
    expect(region(follower, '192.0.2.1')).toBe('de');

    await expect(writer.put(entry('192.0.2.2'))).rejects.toThrow('initialised');
    expect(region(follower, '192.0.2.1')).toBe('de');

    expect(await writer.initialise()).toBe(true);
    await writer.put(entry('192.0.2.2'));
    await eventually(() => region(follower, '192.0.2.2') === 'de');
    expect(region(follower, '192.0.2.1')).toBeUndefined();
    expect(follower.state()).toBe('following');
    expect(events).toEqual([...LOADED, 'lost', 'back', 'kept', ...LOADED]);
  });

  it('when the store is emptied while it is connected', async () => {
    const { follower, events } = await follow();
    await redis.flushall();
    await eventually(() => follower.state() === 'empty-store');
    expect(region(follower, '192.0.2.1')).toBe('de');
    expect(events).toEqual([...LOADED, 'kept']);
  });

  it('when its connection dies without being closed', async () => {
    const sockets: Socket[] = [];
    const proxy = createServer((client) => {
      const upstream = connect(server.port, '127.0.0.1');
      sockets.push(client, upstream);
      for (const socket of [client, upstream]) socket.on('error', () => socket.destroy());
      client.pipe(upstream).pipe(client);
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const { follower } = await follow(
      server.nodeUrl.replace(String(server.port), String((proxy.address() as AddressInfo).port)),
    );
    for (const socket of sockets) socket.unpipe().pause();
    await eventually(() => follower.state() === 'disconnected');
    expect(region(follower, '192.0.2.1')).toBe('de');
    await eventually(() => follower.state() === 'following');
    await follower.close();
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
});

describe('a follower loads the whole store again', () => {
  let epoch: string;
  beforeEach(async () => {
    await writer.initialise();
    await writer.put(entry('192.0.2.1'));
    epoch = (await redis.get(EPOCH))!;
  });

  /** Writes what another gateway would have written: one change, and its place in the history. */
  async function forge(change: {
    on: string;
    region: string;
    revision: number;
    /** Absent: the stream has forgotten it. */
    before?: string;
    id?: string;
    emptied?: boolean;
    inEpoch?: string;
  }): Promise<void> {
    const { on, revision, before, id = 'forged', emptied = false, inEpoch = epoch } = change;
    const key = encodeKey(prefix(on));
    const multi = redis.multi();
    if (emptied) multi.flushall();
    multi.set(EPOCH, inEpoch).set(REVISION, String(revision)).set(LAST_CHANGE, id);
    multi.hset(PROFILES, key, `4;${change.region}`).zadd(INDEX, 0, key);
    if (before === undefined) multi.del(CHANGES);
    else multi.xadd(CHANGES, `${revision}-0`, before, id, key, `4;${change.region}`);
    await multi.exec();
  }
  const lastChange = async () => (await redis.get(LAST_CHANGE))!;

  it('when the stream has a gap', async () => {
    const { follower, events } = await follow();
    const key = encodeKey(prefix('192.0.2.2'));
    await redis.multi().hset(PROFILES, key, '4;us').zadd(INDEX, 0, key).exec();
    await forge({ on: '192.0.2.3', region: 'jp', revision: 3, before: await lastChange() });
    await eventually(() => follower.replica.revision === 3);
    expect(region(follower, '192.0.2.2')).toBe('us');
    expect(region(follower, '192.0.2.3')).toBe('jp');
    expect(events).toEqual([...LOADED, ...LOADED]);
  });

  it('when the change that it needs has been trimmed', async () => {
    const { follower, events } = await follow();
    await forge({ on: '192.0.2.2', region: 'us', revision: 2 });
    await eventually(() => region(follower, '192.0.2.2') === 'us');
    expect(events).toEqual([...LOADED, ...LOADED]);
  });

  it('when the next change continues another history', async () => {
    const { follower, events } = await follow();
    await forge({ on: '192.0.2.2', region: 'us', revision: 2, before: 'lost' });
    await eventually(() => follower.replica.revision === 2);
    expect(events).toEqual([...LOADED, ...LOADED]);
  });

  it('when the revision is equal and its change is another one', async () => {
    const { follower, events } = await follow();
    await forge({ on: '192.0.2.2', region: 'us', revision: 1 });
    await eventually(() => region(follower, '192.0.2.2') === 'us');
    expect(events).toEqual([...LOADED, ...LOADED]);
  });

  it('when the revision has become smaller, as after a failover that lost writes', async () => {
    await writer.put(entry('192.0.2.9'));
    const { follower } = await follow();
    const key = encodeKey(prefix('192.0.2.9'));
    await redis.multi().hdel(PROFILES, key).zrem(INDEX, key).set(REVISION, '1').xdel(CHANGES, '2-0').exec();
    await eventually(() => follower.replica.revision === 1);
    expect(region(follower, '192.0.2.9')).toBeUndefined();
  });

  it('when a failover lost one write and accepted another one', async () => {
    const before = await lastChange();
    await writer.put(entry('192.0.2.8'));
    const { follower } = await follow();
    await server.kill();
    await eventually(() => follower.state() === 'disconnected');
    await server.restartEmpty();
    await forge({ on: '192.0.2.2', region: 'us', revision: 2, before });
    await eventually(() => region(follower, '192.0.2.2') === 'us');
    expect(region(follower, '192.0.2.8')).toBeUndefined();
  });

  it('when another store has replaced the known one, even at the next revision', async () => {
    const { follower } = await follow();
    const other = { emptied: true, inEpoch: 'another', before: 'another' };
    await forge({ on: '192.0.2.2', region: 'us', revision: 2, ...other });
    await eventually(() => region(follower, '192.0.2.2') === 'us');
    expect(region(follower, '192.0.2.1')).toBeUndefined();
  });

  it('but not when changes that it has seen are forgotten', async () => {
    const { follower, events } = await follow();
    await writer.put(entry('192.0.2.2'));
    await eventually(() => follower.replica.revision === 2);
    await writer.upkeep.forgetChanges(2);
    expect(await redis.exists(CHANGES)).toBe(0);
    await writer.put(entry('192.0.2.3'));
    await eventually(() => region(follower, '192.0.2.3') === 'de');
    expect(events).toEqual(LOADED);
  });
});

describe("a dns-node's user", () => {
  it('can read the public allowlist and do nothing else', async () => {
    await writer.initialise();
    await writer.put(entry('192.0.2.1', { lastDay: '2027-01-01' }));
    await redis.set('session:x', 'y');
    const node = new Redis(server.nodeUrl, { enableReadyCheck: false, disableClientInfo: true });
    const key = encodeKey(prefix('192.0.2.1'));
    expect(await node.mget(EPOCH, REVISION, LAST_CHANGE)).toEqual([
      expect.any(String),
      '1',
      expect.any(String),
    ]);
    expect(await node.zrangebylex(INDEX, '-', '+')).toEqual([key]);
    expect(await node.hmget(PROFILES, key)).toEqual(['4;de']);

    const readable = [EPOCH, REVISION, LAST_CHANGE, INDEX, PROFILES, CHANGES];
    const keys = (await redis.keys('*')).filter((each) => !readable.includes(each));
    expect(keys.length).toBeGreaterThanOrEqual(5);
    const refused = [
      ...keys.flatMap((each) => [node.mget(each), node.hmget(each, 'x'), node.xread('STREAMS', each, '0')]),
      node.set(EPOCH, 'x'),
      node.del(PROFILES),
      node.hset(PROFILES, 'x', 'y'),
      node.xadd(CHANGES, '*', 'x', 'y'),
      node.eval('return 1', 0),
      node.keys('*'),
      node.scan('0'),
      node.info(),
      node.config('GET', '*'),
      node.subscribe('x'),
      node.flushall(),
      node.acl('LIST'),
    ];
    for (const result of await Promise.allSettled(refused)) {
      expect(result).toMatchObject({
        status: 'rejected',
        reason: { message: expect.stringMatching(/^NOPERM/) },
      });
    }
    node.disconnect();
  });
});
