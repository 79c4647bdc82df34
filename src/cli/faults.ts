// How a command fails: with what to say, and with the exit code that scripts go by.
import { ClearFault } from '../clear-fault.js';

/** The command was understood and could not be done. Exit code 1. */
export class CommandFault extends ClearFault {}

/** The command was not given as its help says; the message never repeats what was given. Exit code 2. */
export class UsageFault extends ClearFault {}
