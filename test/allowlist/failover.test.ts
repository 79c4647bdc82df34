// Two real Redis servers, one of which takes the other's place and then its data, while nodes go on reading from it.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import type { Follower, FollowerEvent } from '../../src/allowlist/follower.js';
import { DNS_NODE_ACL } from '../../src/allowlist/keys.js';
import { AllowlistWriter } from '../../src/allowlist/writer.js';
import { debianProgram } from '../../src/dev/embedded/debian.js';
import { freePort, startServerProcess } from '../../src/dev/embedded/process.js';
import { address, entry, eventually, startedFollower } from './support.js';

interface Server {
  readonly port: number;
  readonly redis: Redis;
  readonly writer: AllowlistWriter;
  readonly nodeUrl: string;
}

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function startServer(disklessLoad: string): Promise<Server> {
  const dir = await mkdtemp(join(tmpdir(), 'gateway-test-failover-'));
  cleanUps.push(() => rm(dir, { recursive: true, force: true }));
  const port = await freePort();
  const config = [
    `bind 127.0.0.1\nport ${port}\ndir "${dir}"\nsave ""\nuser default on nopass ~* &* +@all`,
    `user dns-node on >hush ${DNS_NODE_ACL.join(' ')}`,
    `repl-diskless-load ${disklessLoad}\nrepl-diskless-sync-delay 0\n`,
  ];
  await writeFile(join(dir, 'redis.conf'), config.join('\n'));
  const server = await startServerProcess({
    name: 'Redis',
    command: await debianProgram('redis-server', ['redis-server', 'valkey-server']),
    args: [join(dir, 'redis.conf')],
    deathSignal: 'TERM',
    readyLine: /ready to accept connections/i,
  });
  cleanUps.push(() => server.stop('SIGTERM'));
  const redis = new Redis(port);
  cleanUps.push(() => redis.disconnect());
  return {
    port,
    redis,
    writer: new AllowlistWriter(redis),
    nodeUrl: `redis://dns-node:hush@127.0.0.1:${port}`,
  };
}

/** Resolves when `replica` has what `primary` has. */
async function replicate(primary: Server, replica: Server): Promise<void> {
  await replica.redis.replicaof('127.0.0.1', primary.port);
  await eventually(async () => /master_link_status:up/.test(await replica.redis.info('replication')));
  await caughtUp(primary, replica);
}

async function caughtUp(primary: Server, replica: Server): Promise<void> {
  const { revision } = await primary.writer.stats();
  await eventually(async () => (await replica.writer.stats()).revision === revision);
}

async function follow({ nodeUrl }: Server): Promise<{ follower: Follower; events: FollowerEvent[] }> {
  const events: FollowerEvent[] = [];
  const follower = await startedFollower(nodeUrl, { on: (event) => events.push(event) });
  cleanUps.push(() => follower.close());
  return { follower, events };
}

const put = async ({ writer }: Server, host: number) => writer.put(entry(`192.0.2.${host}`));
const hosts = (follower: Follower) =>
  Array.from({ length: 20 }, (_, host) => host).filter(
    (host) => follower.replica.find(address(`192.0.2.${host}`)) !== undefined,
  );

describe.each(['disabled', 'swapdb'])('with repl-diskless-load %s', (disklessLoad) => {
  it.each([3, 5, 7])(
    'a node loads again from a server whose history has forked, %i changes after the fork',
    async (instead) => {
      const one = await startServer(disklessLoad);
      const two = await startServer(disklessLoad);
      await one.writer.initialise();
      await put(one, 1);
      await replicate(one, two);
      const { follower } = await follow(one);
      const other = await follow(two);
      // Nothing of the first server arrives any more, and the second is promoted.
      await two.redis.replicaof('NO', 'ONE');
      for (const host of [2, 3, 4]) await put(one, host);
      await eventually(() => hosts(follower).length === 4);
      const added = Array.from({ length: instead }, (_, index) => 10 + index);
      for (const host of added) await put(two, host);
      await replicate(two, one);
      await eventually(() => String(hosts(follower)) === String([1, ...added]));
      await put(two, 19);
      await eventually(() => hosts(follower).includes(19));
      expect(hosts(follower)).toEqual([1, ...added, 19]);
      // Nodes that followed the second server from the start have loaded once.
      await eventually(() => hosts(other.follower).includes(19));
      expect(other.events).toEqual(['loading', 'loaded']);
    },
  );

  it('a node that continues at a server with the same history loads nothing', async () => {
    const one = await startServer(disklessLoad);
    const two = await startServer(disklessLoad);
    await one.writer.initialise();
    await put(one, 1);
    await replicate(one, two);
    const { follower, events } = await follow(two);
    await put(one, 2);
    await eventually(() => hosts(follower).length === 2);
    // A switchover: the second takes over with all that the first had.
    await caughtUp(one, two);
    await two.redis.replicaof('NO', 'ONE');
    await two.redis.call('CLIENT', 'KILL', 'USER', 'dns-node');
    await put(two, 3);
    await eventually(() => hosts(follower).length === 3);
    expect(events).toEqual(['loading', 'loaded', 'lost', 'back']);
  });
});
