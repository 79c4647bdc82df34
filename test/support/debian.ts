// Real clients and servers from Debian, installed when they are missing.
import { debianProgram } from '../../src/embedded/debian.js';

/** The program that each package is installed for. */
const PACKAGES = {
  'redis-server': ['redis-server', 'valkey-server'],
  'bind9-dnsutils': ['dig'],
  curl: ['curl'],
  'knot-dnsutils': ['kdig'],
  dnsdist: ['dnsdist'],
  unbound: ['unbound'],
  'dnsmasq-base': ['dnsmasq'],
  dnsperf: ['dnsperf'],
  wrk: ['wrk'],
} as const;

type Package = keyof typeof PACKAGES;

/** The path of the package's program; installs the package when this is root, else throws with the command to run. */
export function debianPackage(name: Package): Promise<string> {
  return debianProgram(name, PACKAGES[name], (line) => process.stderr.write(`${line}\n`));
}

/** All of them, one after the other: before the tests, because apt serves one at a time. */
export async function installDebianPackages(): Promise<void> {
  for (const name of Object.keys(PACKAGES)) await debianPackage(name as Package);
}
