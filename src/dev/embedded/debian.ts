// Installs a Debian package where that is possible, and says what to do where it is not.
import { execFile } from 'node:child_process';
import { access, chmod, constants, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { StartError } from './process.js';

const SEARCHED = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
/** Another apt may be at work, on a machine that is just being set up above all. */
const WAIT = ['-o', 'DPkg::Lock::Timeout=120'];
const SERVICE_POLICY = '/usr/sbin/policy-rc.d';

/** The full path of the first of `programs` that is there, or null. */
export async function findProgram(programs: readonly string[]): Promise<string | null> {
  for (const program of programs) {
    for (const folder of SEARCHED) {
      const file = join(folder, program);
      if (await isExecutable(file)) return file;
    }
  }
  return null;
}

/**
 * The path of the first of `programs`, installing the Debian package `name` when it is missing and this process is root.
 * Throws StartError with the command to run when it cannot install.
 */
export async function debianProgram(
  name: string,
  programs: readonly string[],
  say: (line: string) => void = () => {},
): Promise<string> {
  const found = await findProgram(programs);
  if (found !== null) return found;
  const apt = await findProgram(['apt-get']);
  if (process.getuid?.() !== 0 || apt === null) {
    throw new StartError(
      `${programs[0]} is missing; install it, on Debian with: sudo apt-get install ${name}`,
    );
  }
  say(`Installing ${name} from Debian …`);
  await installPackage(apt, name);
  const installed = await findProgram(programs);
  if (installed === null) throw new StartError(`${name} is installed, but ${programs[0]} is not on PATH`);
  return installed;
}

/** Keeps the package's own service from starting: this product runs its own copy. */
async function installPackage(apt: string, name: string): Promise<void> {
  const run = promisify(execFile);
  const env = { PATH: SEARCHED.join(delimiter), DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
  const policyIsOurs = await writeFile(SERVICE_POLICY, '#!/bin/sh\nexit 101\n', { flag: 'wx' }).then(
    () => true,
    () => false,
  );
  try {
    if (policyIsOurs) await chmod(SERVICE_POLICY, 0o755);
    await run(apt, [...WAIT, 'update', '-qq'], { env });
    await run(apt, [...WAIT, 'install', '-y', '-qq', '--no-install-recommends', name], { env });
  } catch {
    throw new StartError(`apt-get could not install ${name}; run: apt-get update && apt-get install ${name}`);
  } finally {
    if (policyIsOurs) await rm(SERVICE_POLICY, { force: true });
  }
}

function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
