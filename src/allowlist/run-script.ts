// Runs the allowlist's scripts on a connection. Addresses are removed from their errors.
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { StoreNotReady } from '../runtime/availability.js';
import { EPOCH } from './keys.js';
import { UNINITIALISED } from './scripts/functions.js';
import { SCRIPTS } from './scripts/scripts.js';

/** The store has no epoch: it is new, or an empty Redis replica after a failover. An operator decides, with `initialise`. */
export class AllowlistUninitialised extends StoreNotReady {
  constructor() {
    super('the allowlist has not been initialised');
    this.name = 'AllowlistUninitialised';
  }
}

type ScriptName = keyof typeof SCRIPTS;
export type RunScript = (name: ScriptName, ...args: readonly (string | number)[]) => Promise<unknown>;

export function scriptRunner(redis: Redis): RunScript {
  for (const [name, lua] of Object.entries(SCRIPTS)) redis.defineCommand(name, { numberOfKeys: 1, lua });
  const commands = redis as unknown as Record<ScriptName, (...args: (string | number)[]) => Promise<unknown>>;
  return async (name, ...args) => {
    try {
      return await commands[name](EPOCH, ...args, randomUUID());
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      if (error.message.startsWith(UNINITIALISED)) throw new AllowlistUninitialised();
      // ioredis adds the command with its arguments to the error, and a crash report would print them.
      Reflect.deleteProperty(error, 'command');
      throw error;
    }
  };
}
