// Whether the gateway can do its work: what it depends on, asked anew each time.
import type { Redis } from 'ioredis';
import type { DataSource } from 'typeorm';
import { AllowlistUninitialised, type AllowlistWriter } from '../allowlist/writer.js';
import type { CheckResult, Checks, RoutingCheck } from '../operations/health.js';
import type { ClockGuard } from '../operations/trusted-clock.js';

const CHECK_MS = 1500;

export function gatewayChecks(options: {
  database: DataSource;
  redis: Redis;
  ephemeral: Redis;
  writer: AllowlistWriter;
  guard: Pick<ClockGuard, 'lastState'>;
  process: RoutingCheck;
}): Checks {
  const { database, redis, ephemeral, writer, guard, process } = options;
  return {
    process,
    postgres: () => answers(database.query('SELECT 1')),
    redis: () => answers(redis.ping()),
    'redis-ephemeral': () => answers(ephemeral.ping()),
    allowlist: () => answers(writer.stats()),
    clock: () => guard.lastState(),
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
