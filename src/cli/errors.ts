// The errors of a command: a message for people, and an exit code for scripts.
import { OperatorError } from '../lib/operator-error.js';
import type { Locations } from '../services/usage/locations.js';

/** The command was understood and failed. Exit code 1. */
export class CommandError extends OperatorError {}

/** A signal ended the command before it was complete; the message states what is done. Exit code 130. */
export class InterruptedError extends OperatorError {}

/** The command line is invalid; the message never repeats the arguments. Exit code 2. */
export class CommandLineError extends OperatorError {}

export function unknownLocation(locations: Locations): CommandLineError {
  return new CommandLineError(
    `there is no such location; catalogue/locations.json has: ${locations.ids.join(', ')}`,
  );
}
