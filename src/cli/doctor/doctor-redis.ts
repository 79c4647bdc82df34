// The checks of `doctor` on the two Redis: the durable one must be on disk, the ephemeral one must not.
import type { Redis } from 'ioredis';
import type { CliConfig } from '../../config/cli.js';
import { openRedis } from '../../redis/connect.js';
import { persistenceProblems } from '../../redis/persistence.js';
import { askToWrite } from '../../redis/redis.js';
import { errorCodeOf } from '../../runtime/error-code.js';
import { errorLines } from '../../runtime/error-lines.js';
import { type Finding, unnamed } from './finding.js';

const SETTING = 'REDIS_EPHEMERAL_URL';

/** The ephemeral Redis holds attempts and used codes, with times of day. */
export async function ephemeralRedis({ ephemeralRedisUrl }: CliConfig): Promise<Finding> {
  const part = 'ephemeral redis';
  if (ephemeralRedisUrl === null) return unnamed(part, SETTING);
  try {
    const client = await openRedis(ephemeralRedisUrl, SETTING);
    try {
      const found = await connected(client);
      return { part, ...(found.ok ? finding(await persistenceProblems(client)) : found) };
    } finally {
      client.disconnect();
    }
  } catch (error) {
    const todo = `start it, and check the host, user and password in ${SETTING}`;
    return { part, ok: false, text: errorLines(error), todo };
  }
}

/** Why a reachable Redis refuses writes, and what to do, by its error code. */
const REFUSALS: Readonly<Record<string, readonly [text: string, todo: string]>> = {
  OOM: ['its memory is used up', 'raise maxmemory in its redis.conf'],
  MISCONF: ['it cannot save', 'see its log: most often its disk is full'],
  NOREPLICAS: ['too few replicas follow it', 'start them, or lower min-replicas-to-write in its redis.conf'],
};

/** Whether Redis accepts writes, which a successful connection alone does not show. */
export async function connected(client: Redis): Promise<Omit<Finding, 'part'>> {
  try {
    await askToWrite(client);
    return { ok: true, text: 'connected' };
  } catch (error) {
    const code = errorCodeOf(error) ?? 'unknown';
    const refusal = REFUSALS[code];
    if (refusal === undefined) throw error;
    const [text, todo] = refusal;
    return { ok: false, text: `takes no writes: ${text} (${code})`, todo };
  }
}

function finding(errors: readonly string[] | null): Omit<Finding, 'part'> {
  if (errors === null) return NOT_ALLOWED;
  if (errors.length === 0) return { ok: true, text: 'connected, without a disk' };
  const todo = 'in its redis.conf: appendonly no, save "", maxmemory-policy noeviction';
  return { ok: false, text: errors.join(', '), todo };
}

const NOT_ALLOWED: Omit<Finding, 'part'> = {
  ok: false,
  text: 'cannot be checked: this Redis user may not run CONFIG GET',
  todo: 'allow it with: ACL SETUSER <user> +config|get',
};

/**
 * An entry must survive a crash of Redis as soon as its registration was confirmed. Nothing on the disk may show when somebody
 * did something, or stay after it was deleted.
 */
const DURABLE: readonly [name: string, wanted: string, isGood: (value: string) => boolean][] = [
  ['appendonly', 'yes', (value) => value === 'yes'],
  ['appendfsync', 'always', (value) => value === 'always'],
  ['save', '""', (value) => value === ''],
  ['aof-timestamp-enabled', 'no', (value) => value === 'no'],
  ['maxmemory-policy', 'noeviction', (value) => value === 'noeviction'],
  ['hash-max-listpack-entries', '512', (value) => Number(value) <= 512],
];

export async function persistence(client: Redis): Promise<Finding> {
  const part = 'redis on disk';
  const errors: string[] = [];
  const todo: string[] = [];
  for (const [name, wanted, isGood] of DURABLE) {
    const value = await client.config('GET', name).then(
      (answer) => (answer as string[])[1] ?? '',
      () => null,
    );
    if (value === null) return { part, ...NOT_ALLOWED };
    if (isGood(value)) continue;
    errors.push(`${name} ${value || '""'}`);
    todo.push(`${name} ${wanted}`);
  }
  if (errors.length === 0) return { part, ok: true, text: 'appendonly yes, appendfsync always' };
  return { part, ok: false, text: errors.join(', '), todo: `in redis.conf: ${todo.join(', ')}` };
}
