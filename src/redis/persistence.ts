// Whether a Redis is ephemeral: it writes nothing to a disk, and evicts no key before it expires.
import type { Redis } from 'ioredis';
import { OperatorError } from '../lib/operator-error.js';

/** The Redis at REDIS_EPHEMERAL_URL would write times to a disk, or forget used codes. */
export class PersistenceError extends OperatorError {
  constructor(problems: readonly string[]) {
    super(
      `REDIS_EPHEMERAL_URL: this Redis has ${problems.join(', ')}; ` +
        'it needs appendonly no, save "" and maxmemory-policy noeviction, on a server of its own',
    );
  }
}

const WANTED = { appendonly: 'no', save: '', 'maxmemory-policy': 'noeviction' } as const;

/** The settings that are wrong, such as `appendonly yes`; null when this user may not read them. */
export async function persistenceProblems(redis: Redis): Promise<string[] | null> {
  const problems: string[] = [];
  for (const [name, wanted] of Object.entries(WANTED)) {
    const value = await setting(redis, name);
    if (value === null) return null;
    if (value !== wanted) problems.push(`${name} ${name === 'save' ? `"${value}"` : value}`);
  }
  return problems;
}

async function setting(redis: Redis, name: string): Promise<string | null> {
  try {
    return ((await redis.config('GET', name)) as string[])[1] ?? null;
  } catch (error) {
    if (error instanceof Error && /^(?:NOPERM|ERR unknown command)/.test(error.message)) return null;
    throw error;
  }
}
