// Real clients and servers from Debian, installed when they are missing.
import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { debianProgram } from '../../src/dev/embedded/debian.js';

/** The program that each package is installed for. */
const PACKAGES = {
  'redis-server': ['redis-server', 'valkey-server'],
  'bind9-dnsutils': ['dig'],
  curl: ['curl'],
  wget: ['wget'],
  busybox: ['busybox'],
  ddclient: ['ddclient'],
  inadyn: ['inadyn'],
  'knot-dnsutils': ['kdig'],
  dnsdist: ['dnsdist'],
  unbound: ['unbound'],
  'dnsmasq-base': ['dnsmasq'],
  dnsperf: ['dnsperf'],
  wrk: ['wrk'],
  'musl-tools': ['musl-gcc'],
  iproute2: ['ip'],
  nginx: ['nginx'],
  systemd: ['systemd-analyze'],
  haproxy: ['haproxy'],
  pgbouncer: ['pgbouncer'],
  'libplist-utils': ['plistutil'],
  // Not on PATH. pg_dump reads no server that is newer than itself, as the tests' own is.
  'postgresql-15': ['../lib/postgresql/15/bin/postgres'],
} as const;

type Package = keyof typeof PACKAGES;

/** The path of the package's program; installs the package when this is root, else throws with the command to run. */
export function debianPackage(name: Package): Promise<string> {
  return debianProgram(name, PACKAGES[name], (line) => process.stderr.write(`${line}\n`));
}

/** All of them, one after the other: before the tests, because apt serves one at a time. */
export async function installDebianPackages(): Promise<void> {
  for (const name of Object.keys(PACKAGES)) await debianPackage(name as Package);
  await unpack();
}

/** Installed, it would make itself the resolver of this machine. */
const UNPACKED = ['systemd-resolved', 'libsystemd-shared'];
const FOLDER = resolve('node_modules/.cache/debian');

/** The folder with the files of systemd-resolved, as they would lie under `/`. */
export const SYSTEMD_RESOLVED = join(FOLDER, 'systemd-resolved');

async function unpack(): Promise<void> {
  const isThere = await access(SYSTEMD_RESOLVED).then(
    () => true,
    () => false,
  );
  if (isThere) return;
  process.stderr.write('Unpacking systemd-resolved from Debian …\n');
  const run = promisify(execFile);
  await mkdir(FOLDER, { recursive: true });
  const folder = await mkdtemp(join(FOLDER, 'new-'));
  await run('apt-get', ['-o', 'DPkg::Lock::Timeout=120', 'update', '-qq']);
  await run('apt-get', ['download', '-qq', ...UNPACKED], { cwd: folder });
  for (const file of await readdir(folder)) {
    await run('dpkg-deb', ['-x', join(folder, file), join(folder, 'files')]);
  }
  await rename(join(folder, 'files'), SYSTEMD_RESOLVED);
  await rm(folder, { recursive: true });
}
