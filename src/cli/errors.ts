// How a command fails: with what to say, and with the exit code that scripts go by.
import { OperatorError } from '../lib/operator-error.js';
import type { Locations } from '../services/usage/locations.js';

/** The command was understood and could not be done. Exit code 1. */
export class CommandError extends OperatorError {}

/** A signal ended the command in its middle; the message says what is done. Exit code 130. */
export class InterruptedError extends OperatorError {}

/** The command was not given as its help says; the message never repeats what was given. Exit code 2. */
export class CommandLineError extends OperatorError {}

export function unknownLocation(locations: Locations): CommandLineError {
  return new CommandLineError(
    `there is no such location; catalogue/locations.json has: ${locations.ids.join(', ')}`,
  );
}
