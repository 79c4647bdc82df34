// What a fault is, and what its play needs in common with others.

import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Host } from './network.js';
import type { RedisServer } from './servers.js';
import { NAMES } from './settings.js';
import type { World } from './world.js';

export interface Fault {
  readonly name: string;
  /** As the table shows it. */
  readonly title: string;
  /** Within so many seconds after the play all has to be whole; 30 when absent. */
  readonly wholeWithin?: number;
  /** The short run plays it, too. */
  readonly quick?: true;
  /** Afterwards the next fault needs another world. */
  readonly spoils?: true;
  /** What has to be so before the fault; not measured. */
  prepare?(world: World): Promise<void>;
  /** The fault, and what an operator does about it. Resolves with what was lost or wrong beside all that every drill counts. */
  play(world: World): Promise<Beside | undefined>;
  /** What brings back the world of before; not measured. */
  restore?(world: World): Promise<void>;
}

export interface Beside {
  readonly lost?: number;
  readonly wrong?: number;
}

export function seconds(count: number): Promise<void> {
  return delay(count * 1000);
}

/** Looks again and again. Rejects when it is not so within the time; `what` names it. */
export async function untilTrue(
  what: string,
  isTrue: () => Promise<boolean>,
  withinSeconds = 60,
): Promise<void> {
  const deadline = performance.now() + withinSeconds * 1000;
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw new Error(`in ${withinSeconds} s not so: ${what}`);
    await delay(50);
  }
}

/** The replica has all that the primary has. */
export async function untilInStep({ redis: { primary, replica } }: World): Promise<void> {
  await untilTrue('the replica has all', async () => {
    const [ours, theirs] = await Promise.all([replicationOf(primary), replicationOf(replica)]);
    return (
      theirs.get('master_link_status') === 'up' &&
      ours.get('master_replid') === theirs.get('master_replid') &&
      ours.get('master_repl_offset') === theirs.get('slave_repl_offset')
    );
  });
}

async function replicationOf({ operator }: RedisServer): Promise<Map<string, string>> {
  const lines = (await operator.info('replication')).split('\r\n');
  return new Map(lines.map((line) => line.split(':', 2) as [string, string]));
}

/** The name leads to the new primary, and the drill goes by that. */
export async function moveRedis(world: World): Promise<void> {
  const { primary, replica } = world.redis;
  world.redis.primary = replica;
  world.redis.replica = primary;
  await world.network.point(NAMES.redis, replica.host.address);
}

/** What was the primary follows the new one. */
export async function followNewPrimary(world: World): Promise<void> {
  const { primary, replica } = world.redis;
  await replica.operator.replicaof(primary.host.address, 6379);
  await untilInStep(world);
}

/** Takes all that is free on the host's disk. Resolves with what gives it back. */
export async function fillDisk(host: Host): Promise<() => Promise<void>> {
  const file = join(host.diskFromOutside, 'filler');
  const fill = `head -c 1G /dev/zero > "$1" 2>/dev/null; true`;
  await promisify(execFile)('sh', ['-c', fill, 'sh', file]);
  return () => rm(file);
}
