// Tells a store that is away, or a gateway that is too busy, from a fault of this program.
import { AllowlistUninitialised } from '../allowlist/writer.js';

/** More work of one kind is waiting than the gateway takes on. */
export class Overloaded extends Error {
  override readonly name = 'Overloaded';
}

/** Codes of the system, and SQLSTATE classes: connection, resources, operator intervention, a read-only replica. */
const CODE = /^(?:ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_|08...|53...|57P..|25006)/;

/** What pg, ioredis and Redis itself say, without a code, when they cannot serve. */
const MESSAGE =
  /^(?:Connection (?:is closed|terminated)|Client (?:has encountered a connection error|was closed)|timeout e(?:xpired|xceeded)|Query read timeout|Command timed out|Stream isn't writeable|Reached the max retries|(?:LOADING|READONLY|MISCONF|OOM|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|NOREPLICAS|NOAUTH|WRONGPASS) )/;

/** True when the same request may well succeed later. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AllowlistUninitialised || error instanceof Overloaded) return true;
  if ('code' in error && typeof error.code === 'string' && CODE.test(error.code)) return true;
  if (MESSAGE.test(error.message)) return true;
  return 'driverError' in error && isUnavailable(error.driverError);
}
