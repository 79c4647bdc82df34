// The health checks of the gateway: each asks a store or the clock again whenever it is called.
import type { Redis } from 'ioredis';
import type { DataSource } from 'typeorm';
import { AllowlistUninitialised, type AllowlistWriter } from '../allowlist/writer.js';
import { refuseReadOnly } from '../db/postgres.js';
import { askToWrite } from '../redis/redis.js';
import { errorCodeOf } from '../runtime/error-code.js';
import type { CheckResult, Checks } from '../runtime/health.js';
import type { ClockGuard } from '../runtime/trusted-clock.js';

const CHECK_MS = 1500;

export function gatewayChecks(options: {
  database: DataSource;
  redis: Redis;
  ephemeral: Redis;
  writer: AllowlistWriter;
  guard: Pick<ClockGuard, 'lastState'>;
}): Checks {
  const { database, redis, ephemeral, writer, guard } = options;
  return {
    postgres: () => answers(refuseReadOnly(database)),
    redis: () => answers(askToWrite(redis)),
    'redis-ephemeral': () => answers(askToWrite(ephemeral)),
    allowlist: () => answers(writer.stats()),
    clock: () => guard.lastState(),
  };
}

async function answers(asked: Promise<unknown>): Promise<CheckResult> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<CheckResult>((resolve) => {
    timer = setTimeout(() => resolve('unreachable'), CHECK_MS);
  });
  const result = asked.then(() => 'ok', resultOf);
  return Promise.race([result, late]).finally(() => clearTimeout(timer));
}

/** The state of a store that answers, by the code with which it refuses a write. */
const REFUSALS: Readonly<Record<string, CheckResult>> = {
  '25006': 'read-only',
  READONLY: 'read-only',
  MASTERDOWN: 'read-only',
  OOM: 'full',
  MISCONF: 'disk-error',
  NOREPLICAS: 'no-replicas',
};

function resultOf(error: unknown): CheckResult {
  if (error instanceof AllowlistUninitialised) return 'not-initialised';
  return REFUSALS[errorCodeOf(error) ?? ''] ?? 'unreachable';
}
