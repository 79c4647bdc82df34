// Real clients from Debian, installed when they are missing.
import { debianProgram } from '../../src/embedded/debian.js';

/** The path of `program`; installs the package when this is root, else throws with the command to run. */
export function debianPackage(name: string, program: string): Promise<string> {
  return debianProgram(name, [program]);
}
