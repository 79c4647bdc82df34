// Whether a Redis keeps what it holds to its memory: no disk, and nothing forgotten before its time.
import type { Redis } from 'ioredis';
import { OperatorError } from '../lib/operator-error.js';

/** What REDIS_EPHEMERAL_URL names would put clocks on a disk, or forget what was spent. */
export class PersistenceError extends OperatorError {
  constructor(faults: readonly string[]) {
    super(
      `REDIS_EPHEMERAL_URL: this Redis has ${faults.join(', ')}; ` +
        'it needs appendonly no, save "" and maxmemory-policy noeviction, on a server of its own',
    );
  }
}

const WANTED = { appendonly: 'no', save: '', 'maxmemory-policy': 'noeviction' } as const;

/** The settings that are not as they have to be, such as `appendonly yes`; null when this user may not ask for them. */
export async function persistenceProblems(redis: Redis): Promise<string[] | null> {
  const faults: string[] = [];
  for (const [name, wanted] of Object.entries(WANTED)) {
    const value = await setting(redis, name);
    if (value === null) return null;
    if (value !== wanted) faults.push(`${name} ${name === 'save' ? `"${value}"` : value}`);
  }
  return faults;
}

async function setting(redis: Redis, name: string): Promise<string | null> {
  try {
    return ((await redis.config('GET', name)) as string[])[1] ?? null;
  } catch (error) {
    if (error instanceof Error && /^(?:NOPERM|ERR unknown command)/.test(error.message)) return null;
    throw error;
  }
}
