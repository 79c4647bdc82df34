// What `doctor` finds out about the Redis that must have no disk.
import type { CliConfig } from '../config/cli.js';
import { faultLines } from '../operations/fault-lines.js';
import { persistenceFaults } from '../operations/persistence.js';
import { openRedis } from '../operations/stores.js';
import { type Finding, unnamed } from './finding.js';

const SETTING = 'REDIS_EPHEMERAL_URL';

/** It holds what has a time of day, and what was spent. */
export async function ephemeralRedis({ ephemeralRedisUrl }: CliConfig): Promise<Finding> {
  const part = 'ephemeral redis';
  if (ephemeralRedisUrl === null) return unnamed(part, SETTING);
  try {
    const client = await openRedis(ephemeralRedisUrl, SETTING);
    try {
      return { part, ...finding(await persistenceFaults(client)) };
    } finally {
      client.disconnect();
    }
  } catch (error) {
    const todo = `start it, and check the host, user and password in ${SETTING}`;
    return { part, ok: false, text: faultLines(error), todo };
  }
}

function finding(faults: readonly string[] | null): Omit<Finding, 'part'> {
  if (faults === null) {
    const text = 'cannot be checked: this Redis user may not run CONFIG GET';
    return { ok: false, text, todo: 'allow it with: ACL SETUSER <user> +config|get' };
  }
  if (faults.length === 0) return { ok: true, text: 'connected, without a disk' };
  const todo = 'in its redis.conf: appendonly no, save "", maxmemory-policy noeviction';
  return { ok: false, text: faults.join(', '), todo };
}
