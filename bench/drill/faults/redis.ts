// Redis dies, moves, vanishes, is full, or has two histories.

import {
  type Fault,
  fillDisk,
  followNewPrimary,
  moveRedis,
  seconds,
  untilInStep,
  untilTrue,
} from '../fault.js';
import type { RedisServer } from '../servers.js';
import { NAMES } from '../settings.js';
import { entryOf, type World, withWriter } from '../world.js';

/** An address that moves from one host to the other. */
const FLOATING = '10.64.0.63';

/** Of a fork: what the old primary alone had, and what the new one has instead. */
const GONE = ['51.60.1.1', '51.60.2.1', '51.60.3.1'];
const STAYING = ['51.60.4.1', '51.60.5.1', '51.60.6.1', '51.60.7.1', '51.60.8.1'];

const killed: Fault = {
  name: 'redis-killed',
  title: 'kill -9 Redis, 3.5 s',
  quick: true,
  async play({ redis: { primary } }) {
    await primary.program.kill();
    await seconds(3.5);
    await primary.program.start();
    return undefined;
  },
};

const addressMoved: Fault = {
  name: 'redis-address-moved',
  title: 'Redis failover, address moved',
  async prepare(world) {
    const { network, redis } = world;
    await network.moveAddress(FLOATING, redis.primary.host);
    await network.point(NAMES.redis, FLOATING);
    await reconnect(world);
  },
  async play(world) {
    const { network, redis } = world;
    const { primary, replica } = redis;
    await primary.program.kill();
    await seconds(1);
    await replica.operator.replicaof('NO', 'ONE');
    await network.moveAddress(FLOATING, replica.host);
    redis.primary = replica;
    redis.replica = primary;
    await primary.program.start();
    await followNewPrimary(world);
    return undefined;
  },
  restore: leadToPrimary,
};

const demoted: Fault = {
  name: 'redis-demoted',
  title: 'Redis failover, name moved, old one demoted',
  quick: true,
  async play(world) {
    await planned(world);
    await seconds(1);
    await moveRedis(world);
    await untilInStep(world);
    return undefined;
  },
};

const vanished: Fault = {
  name: 'redis-vanished',
  title: 'Redis host vanished',
  quick: true,
  async play(world) {
    const { network, redis } = world;
    const comeBack = await network.isolate(redis.primary.host);
    await redis.replica.operator.replicaof('NO', 'ONE');
    await seconds(1);
    await moveRedis(world);
    vanishedHosts.set(world, comeBack);
    return undefined;
  },
  async restore(world) {
    await vanishedHosts.get(world)?.();
    await followNewPrimary(world);
  },
};
const vanishedHosts = new WeakMap<World, () => Promise<void>>();

const switched: Fault = {
  name: 'redis-switched',
  title: 'FAILOVER + name + CLIENT KILL',
  async play(world) {
    const old = world.redis.primary.operator;
    await planned(world);
    await moveRedis(world);
    for (const type of ['normal', 'pubsub']) await old.call('CLIENT', 'KILL', 'TYPE', type, 'SKIPME', 'yes');
    await untilInStep(world);
    return undefined;
  },
};

const forked: Fault = {
  name: 'redis-forked',
  title: 'Redis with changes that no replica had, demoted under its nodes',
  quick: true,
  async play(world) {
    const { network, requests, redis } = world;
    const { primary, replica } = redis;
    return requests.readingOnly(async () => {
      await untilInStep(world);
      const heal = await network.silence(primary.host.address, replica.host.address);
      const put = (addresses: readonly string[]) =>
        withWriter(redis.primary, async (writer) => {
          for (const address of addresses) await writer.put(entryOf(address));
        });
      await put(GONE);
      await replica.operator.replicaof('NO', 'ONE');
      await network.point(
        NAMES.redis,
        replica.host.address,
        world.gateways.map(({ host }) => host),
      );
      redis.primary = replica;
      redis.replica = primary;
      await put(STAYING);
      for (const address of GONE) world.ledger.acknowledge(address, false);
      for (const address of STAYING) world.ledger.acknowledge(address, true);
      await primary.operator.call('CLIENT', 'KILL', 'USER', 'gateway');
      // The nodes load what the old primary still has, and then it gets another history under them.
      await primary.operator.replicaof(replica.host.address, 6379);
      await untilNodesWait(world, primary);
      await heal();
      await untilInStep(world);
      return undefined;
    });
  },
  restore: leadToPrimary,
};

const full: Fault = {
  name: 'redis-memory-full',
  title: 'maxmemory, noeviction, 4 s',
  async play({ redis: { primary } }) {
    await primary.operator.config('SET', 'maxmemory', '1');
    await seconds(4);
    await primary.operator.config('SET', 'maxmemory', '0');
    return undefined;
  },
};

const diskFull: Fault = {
  name: 'redis-disk-full',
  title: 'AOF disk full, 8 s',
  spoils: true,
  async play({ redis: { primary } }) {
    const empty = await fillDisk(primary.host);
    const supervised = primary.program.supervise();
    await seconds(8);
    await empty();
    await untilTrue('Redis runs', async () => (await primary.operator.ping()) === 'PONG');
    primary.program.leave();
    void supervised;
    return undefined;
  },
};

/** Redis changes the roles by itself: whatever the old primary has answered, the new one has. */
async function planned({ redis: { primary, replica } }: World): Promise<void> {
  await primary.operator.call('FAILOVER', 'TO', replica.host.address, '6379', 'TIMEOUT', '5000');
  await untilTrue('the replica is the primary', async () =>
    (await replica.operator.info('replication')).includes('role:master'),
  );
}

/** Each node has what this server has, and waits there for changes. */
async function untilNodesWait({ nodes }: World, { operator }: RedisServer): Promise<void> {
  await untilTrue('the nodes wait for changes', async () => {
    const clients = await operator.info('clients');
    return Number(/^blocked_clients:(\d+)/m.exec(clients)?.[1]) >= nodes.length;
  });
}

/** The name leads to the primary, and everybody looks it up again. */
async function leadToPrimary(world: World): Promise<void> {
  await world.network.point(NAMES.redis, world.redis.primary.host.address);
  await reconnect(world);
}

/** Everybody looks the name up again. */
async function reconnect({ redis }: World): Promise<void> {
  for (const { operator } of [redis.primary, redis.replica]) {
    await operator.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await operator.call('CLIENT', 'KILL', 'TYPE', 'pubsub', 'SKIPME', 'yes');
  }
}

export const REDIS_FAULTS: readonly Fault[] = [
  killed,
  addressMoved,
  demoted,
  vanished,
  switched,
  forked,
  full,
  diskFull,
];
