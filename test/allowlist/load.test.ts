// Full loads while the list changes and the stream forgets, and histories that fork.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Follower, type FollowerEvent, startFollower } from '../../src/allowlist/follower.js';
import { TrackedReplica } from '../../src/allowlist/history.js';
import { decodeKey, PROFILES } from '../../src/allowlist/keys.js';
import { catchUp, Load } from '../../src/allowlist/load.js';
import { AllowlistReplica } from '../../src/allowlist/replica.js';
import { AllowlistWriter } from '../../src/allowlist/writer.js';
import { entry, eventually, prefix, type Store, startStore } from './support.js';

let store: Store;
beforeAll(async () => {
  store = await startStore();
});
afterAll(() => store?.stop());
beforeEach(async () => {
  await store.operator.flushall();
  await store.writer.initialise();
});

const POOL = Array.from({ length: 24 }, (_, index) => `192.0.2.${index}`);
type Step = { readonly on: readonly string[]; readonly region: string | null };
const step: fc.Arbitrary<Step> = fc.record({
  on: fc.uniqueArray(fc.constantFrom(...POOL), { minLength: 1, maxLength: 4 }),
  region: fc.constantFrom('de', 'us', null, null),
});

async function run(writer: AllowlistWriter, { on, region }: Step): Promise<void> {
  if (region === null) await writer.removeMany(on.map(prefix));
  else await writer.putMany(on.map((text) => entry(text, { region })));
}

const profilesOf = (redis: Redis) => redis.hgetall(PROFILES);

function expectSame(replica: AllowlistReplica, profiles: Readonly<Record<string, string>>): void {
  expect(replica.size).toBe(Object.keys(profiles).length);
  for (const [key, profile] of Object.entries(profiles)) {
    expect(replica.find(decodeKey(key))).toBe(profile);
  }
}

/** The connection, on which something happens before every single command, within a pipeline, too. */
function interrupted(redis: Redis, before: () => Promise<void>): Redis {
  const pipeline = () => {
    const commands: (() => Promise<unknown>)[] = [];
    const chain: object = new Proxy(
      {},
      {
        get: (_, name: string) => {
          if (name === 'then') return undefined;
          if (name !== 'exec') {
            return (...args: unknown[]) => {
              const command = redis[name as 'mget'] as (...args: unknown[]) => Promise<unknown>;
              commands.push(() => command.apply(redis, args));
              return chain;
            };
          }
          return async () => {
            const results: [null, unknown][] = [];
            for (const command of commands) {
              await before();
              results.push([null, await command()]);
            }
            return results;
          };
        },
      },
    );
    return chain;
  };
  return new Proxy(redis, {
    get: (target, name) => (name === 'pipeline' ? pipeline : Reflect.get(target, name)),
  });
}

describe('a load', () => {
  it('ends equal to the store, whatever changes and is forgotten between any two of its commands', async () => {
    const history = fc.record({
      before: fc.array(step, { maxLength: 6 }),
      meanwhile: fc.array(fc.option(step, { freq: 2 }), { maxLength: 40 }),
      keysPerPage: fc.integer({ min: 1, max: 6 }),
    });
    await fc.assert(
      fc.asyncProperty(history, async ({ before, meanwhile, keysPerPage }) => {
        await store.operator.flushall();
        await store.writer.initialise();
        const states: Record<string, string>[] = [];
        const change = async (each: Step) => {
          await run(store.writer, each);
          states[(await store.writer.stats()).revision] = await profilesOf(store.operator);
        };
        states[0] = {};
        for (const each of before) await change(each);
        const load = (await Load.begin(store.operator, keysPerPage))!;
        const coming = [...meanwhile];
        const between = async () => {
          const next = coming.shift();
          if (next) await change(next);
          // The sweeper keeps for a minute what a node needs for a page.
          if (next !== undefined) await store.writer.upkeep.forgetChanges(load.result.point.revision);
        };
        const redis = interrupted(store.operator, between);
        let outcome: Awaited<ReturnType<Load['step']>>;
        do outcome = await load.step(redis);
        while (outcome === 'more');
        expect(outcome).toBe('done');
        expectSame(load.result.replica, states[load.result.point.revision]!);
        expect(await catchUp(store.operator, load.result)).toBe('current');
        expectSame(load.result.replica, await profilesOf(store.operator));
      }),
      { numRuns: 150 },
    );
  });

  it('is broken off when changes that it needs have been forgotten', async () => {
    await store.writer.putMany(POOL.map((text) => entry(text)));
    const load = (await Load.begin(store.operator, 5))!;
    expect(await load.step(store.operator)).toBe('more');
    await run(store.writer, { on: ['192.0.2.1'], region: null });
    await store.writer.upkeep.forgetChanges((await store.writer.stats()).revision);
    expect(await load.step(store.operator)).toBe('broken');
  });

  it('is broken off when the store has been emptied', async () => {
    const load = (await Load.begin(store.operator))!;
    await store.operator.flushall();
    expect(await load.step(store.operator)).toBe('broken');
    expect(await Load.begin(store.operator)).toBeNull();
  });
});

describe('a replica', () => {
  it('ends equal to the store after any failover, whatever that has lost', async () => {
    const other = new Redis(`${store.server.operatorUrl}/1`);
    const otherWriter = new AllowlistWriter(other);
    const history = fc.record({
      shared: fc.array(step, { maxLength: 5 }),
      lost: fc.array(step, { maxLength: 5 }),
      seen: fc.nat(10),
      instead: fc.array(step, { maxLength: 5 }),
      forgotten: fc.nat(15),
    });
    let forks = 0;
    let resumed = 0;
    await fc.assert(
      fc.asyncProperty(history, async ({ shared, lost, seen, instead, forgotten }) => {
        await store.operator.flushall();
        await store.writer.initialise();
        let tracked = await loaded(store.operator);
        const take = async (index: number) => {
          if (index <= seen) expect(await catchUp(store.operator, tracked)).toBe('current');
        };
        let index = 0;
        for (const each of shared) {
          await run(store.writer, each);
          await take(index++);
        }
        for (const key of await store.operator.keys('*'))
          await store.operator.copy(key, key, 'DB', 1, 'REPLACE');
        for (const each of lost) {
          await run(store.writer, each);
          await take(index++);
        }
        for (const each of instead) await run(otherWriter, each);
        await otherWriter.upkeep.forgetChanges(forgotten);
        if ((await catchUp(other, tracked)) === 'current') resumed += 1;
        else {
          forks += 1;
          tracked = await loaded(other);
        }
        expectSame(tracked.replica, await profilesOf(other));
        expect(tracked.replica.revision).toBe((await otherWriter.stats()).revision);
      }),
      { numRuns: 150 },
    );
    other.disconnect();
    expect(forks).toBeGreaterThan(20);
    expect(resumed).toBeGreaterThan(20);
  });

  async function loaded(redis: Redis): Promise<TrackedReplica> {
    const load = (await Load.begin(redis))!;
    while ((await load.step(redis)) === 'more');
    return load.result;
  }
});

describe('a follower behind a slow link', () => {
  const MANY = Array.from({ length: 2250 }, (_, i) => entry(`10.0.${i >> 8}.${i & 255}`));
  let link: Server;
  let sockets: Socket[];
  let pages: number;
  let followers: Follower[];
  let onPage: (page: number) => Promise<void> | void;

  beforeEach(async () => {
    await store.writer.putMany(MANY);
    sockets = [];
    followers = [];
    pages = 0;
    onPage = () => {};
    link = createServer((client) => {
      const upstream = connect(store.server.port, '127.0.0.1');
      sockets.push(client, upstream);
      for (const socket of [client, upstream]) socket.on('error', () => socket.destroy());
      upstream.pipe(client);
      upstream.on('close', () => client.destroy());
      client.on('close', () => upstream.destroy());
      void (async () => {
        for await (const chunk of client) {
          if ((chunk as Buffer).includes('zrangebylex')) await onPage(++pages);
          upstream.write(chunk as Buffer);
        }
      })().catch(() => {});
    }).listen(0, '127.0.0.1');
    await once(link, 'listening');
    return async () => {
      for (const follower of followers) await follower.close();
      for (const socket of sockets) socket.destroy();
      link.close();
    };
  });

  function follow(spreadMs = 0): { follower: Follower; events: FollowerEvent[] } {
    const { port } = link.address() as AddressInfo;
    const events: FollowerEvent[] = [];
    const url = store.server.nodeUrl.replace(`:${store.server.port}`, `:${port}`);
    const follower = startFollower(url, { on: (event) => events.push(event), spreadMs });
    followers.push(follower);
    return { follower, events };
  }

  it('completes its load although the stream forgets all but the newest changes between any two pages', async () => {
    onPage = async (page) => {
      const { revision } = await store.writer.stats();
      await store.writer.put(entry(`192.0.2.${page}`));
      await store.writer.remove(MANY[page]!.prefix);
      await store.writer.upkeep.forgetChanges(revision);
    };
    const { follower, events } = follow();
    await eventually(() => follower.state() === 'following');
    expect(events).toEqual(['loading', 'loaded']);
    const { revision } = await store.writer.stats();
    await eventually(() => follower.replica.revision === revision);
    expectSame(follower.replica, await profilesOf(store.operator));
  });

  it('continues its load over another connection', async () => {
    onPage = (page) => {
      if (page === 3) for (const socket of sockets) socket.destroy();
    };
    const { follower, events } = follow();
    await eventually(() => follower.state() === 'following');
    expect(events).toEqual(['loading', 'lost', 'back', 'loaded']);
    // Five pages, and once more the one that was cut off.
    expect(pages).toBe(6);
    expectSame(follower.replica, await profilesOf(store.operator));
  });

  it('loads nothing when only its connection was lost, and misses no change', async () => {
    const { follower, events } = follow();
    await eventually(() => follower.state() === 'following');
    for (const socket of sockets) socket.destroy();
    await run(store.writer, { on: ['192.0.2.1', '192.0.2.2'], region: 'us' });
    await store.writer.remove(MANY[7]!.prefix);
    const { revision } = await store.writer.stats();
    await eventually(() => follower.replica.revision === revision);
    expectSame(follower.replica, await profilesOf(store.operator));
    expect(events).toEqual(['loading', 'loaded', 'lost', 'back']);
  });

  it('begins its load at once without an allowlist, and otherwise at a random moment, so that not all nodes load together', async () => {
    const { follower, events } = follow(24 * 3_600_000);
    await eventually(() => follower.state() === 'following');
    for (const socket of sockets) socket.destroy();
    await run(store.writer, { on: ['192.0.2.1'], region: 'us' });
    await store.writer.upkeep.forgetChanges((await store.writer.stats()).revision);
    // It has seen that it has to load; a load that began at once would be a round trip away.
    await eventually(() => events.includes('back'));
    for (let trips = 0; trips < 50; trips++) await store.writer.stats();
    expect(events).toEqual(['loading', 'loaded', 'lost', 'back']);
    expect(follower.replica.size).toBe(2250);
  });

  it('answers from the previous state while it loads, and reports its progress', async () => {
    const { follower, events } = follow();
    await eventually(() => follower.state() === 'following');
    const reached = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    onPage = async () => {
      if (++pagesOfSecond < 4) return;
      reached.resolve();
      await goOn.promise;
    };
    let pagesOfSecond = 0;
    for (const socket of sockets) socket.destroy();
    await run(store.writer, { on: ['192.0.2.1'], region: 'us' });
    await store.writer.upkeep.forgetChanges((await store.writer.stats()).revision);
    await reached.promise;
    expect(follower.state()).toBe('loading');
    expect(follower.load()).toEqual({ count: 1000, total: 2251 });
    expect(follower.replica.size).toBe(2250);
    expect(follower.replica.isKnown).toBe(true);
    goOn.resolve();
    await eventually(() => follower.state() === 'following');
    expect(follower.load()).toBeNull();
    expect(follower.replica.size).toBe(2251);
    expect(events).toEqual(['loading', 'loaded', 'lost', 'back', 'loading', 'loaded']);
  });
});
