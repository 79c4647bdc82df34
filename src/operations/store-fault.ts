// A store that cannot be reached, told without its URL. Apart from the stores' clients, so that a dns-node may use it.
import { ClearFault } from '../clear-fault.js';

export type RedisSetting = 'REDIS_URL' | 'REDIS_EPHEMERAL_URL';

/** A store cannot be reached. The message names the setting and a code, never the URL, which holds a password. */
export class StoreFault extends ClearFault {
  constructor(
    readonly setting: 'DATABASE_URL' | RedisSetting,
    readonly code: string,
  ) {
    super(`${setting}: cannot connect (${code})`);
  }
}

/** The fault that stands for a client's error, whose message may hold the URL. */
export function storeFault(setting: StoreFault['setting'], error: unknown): StoreFault {
  return new StoreFault(setting, codeOf(error));
}

/** The code of the system, of Postgres (SQLSTATE) or of Redis (the first word of its reply). */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if ('code' in error && typeof error.code === 'string') return error.code;
  const redisCode = /^([A-Z]{3,20}) /.exec(error.message)?.[1];
  if (redisCode !== undefined) return redisCode;
  return /time(d )?out/i.test(error.message) ? 'ETIMEDOUT' : error.constructor.name;
}
