// Whether the gateway can do its work: what it depends on, asked anew each time.
import type { Redis } from 'ioredis';
import type { DataSource } from 'typeorm';
import { AllowlistUninitialised, type AllowlistWriter } from '../allowlist/writer.js';
import type { CheckResult, Checks } from '../operations/health.js';

const CHECK_MS = 1500;

/** `stopping` is asked first of all: a gateway that stops says so while it still answers. */
export function gatewayChecks(options: {
  database: DataSource;
  redis: Redis;
  ephemeral: Redis;
  writer: AllowlistWriter;
  stopping: () => boolean;
}): Checks {
  const { database, redis, ephemeral, writer, stopping } = options;
  return {
    process: () => (stopping() ? 'stopping' : 'ok'),
    postgres: () => answers(database.query('SELECT 1')),
    redis: () => answers(redis.ping()),
    'redis-ephemeral': () => answers(ephemeral.ping()),
    allowlist: () => answers(writer.stats()),
  };
}

async function answers(asked: Promise<unknown>): Promise<CheckResult> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<CheckResult>((resolve) => {
    timer = setTimeout(() => resolve('unreachable'), CHECK_MS);
  });
  const result = asked.then(
    () => 'ok',
    (error: unknown) => (error instanceof AllowlistUninitialised ? 'not-initialised' : 'unreachable'),
  );
  return Promise.race([result, late]).finally(() => clearTimeout(timer));
}
