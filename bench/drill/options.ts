// The command line of a drill.
import { parseArgs } from 'node:util';
import { OperatorError } from '../../src/lib/operator-error.js';
import type { Fault } from './fault.js';
import { POSTGRES_FAULTS } from './faults/postgres.js';
import { PROCESS_FAULTS } from './faults/processes.js';
import { REDIS_FAULTS } from './faults/redis.js';

export const FAULTS: readonly Fault[] = [...REDIS_FAULTS, ...POSTGRES_FAULTS, ...PROCESS_FAULTS];

export interface DrillOptions {
  readonly list: boolean;
  /** The short run: few faults, and no times. */
  readonly quick: boolean;
  /** Names of faults; empty: all. */
  readonly only: readonly string[];
}

/** Throws OperatorError with a line that names every option. */
export function readDrillOptions(args: readonly string[]): DrillOptions {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        list: { type: 'boolean', default: false },
        quick: { type: 'boolean', default: false },
        only: { type: 'string', multiple: true, default: [] },
      },
    });
    if (values.only.every((name) => FAULTS.some((fault) => fault.name === name))) return values;
  } catch {
    // Reported below.
  }
  throw new OperatorError(
    'options: --quick --list --only NAME (a name that --list shows; several times for several)',
  );
}

export function chosenFaults({ quick, only }: DrillOptions): readonly Fault[] {
  if (only.length > 0) return FAULTS.filter(({ name }) => only.includes(name));
  return quick ? FAULTS.filter((fault) => fault.quick) : FAULTS;
}
