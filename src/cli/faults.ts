// How a command fails: with what to say, and with the exit code that scripts go by.
import { ClearFault } from '../lib/clear-fault.js';
import type { Locations } from '../services/usage/locations.js';

/** The command was understood and could not be done. Exit code 1. */
export class CommandFault extends ClearFault {}

/** A signal ended the command in its middle; the message says what is done. Exit code 130. */
export class InterruptedFault extends ClearFault {}

/** The command was not given as its help says; the message never repeats what was given. Exit code 2. */
export class UsageFault extends ClearFault {}

export function unknownLocation(locations: Locations): UsageFault {
  return new UsageFault(
    `there is no such location; catalogue/locations.json has: ${locations.ids.join(', ')}`,
  );
}
