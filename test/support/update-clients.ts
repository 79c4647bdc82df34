// ddclient and inadyn from Debian, as they run on a router or a computer behind it. Each run is one of their cycles. Their
// configurations are those of the guide.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { read } from '../repo/source-files.js';
import { debianPackage } from './debian.js';

export interface UpdateClient {
  /** One cycle; what it printed, and its exit code. `force`: also with an unchanged address. */
  cycle(force?: boolean): Promise<{ readonly code: number; readonly output: string }>;
  /** The program that goes on, with the shortest interval that it has between two cycles. */
  daemon(): ClientDaemon;
  remove(): Promise<void>;
}

export interface ClientDaemon {
  isRunning(): boolean;
  /** Has it begin its next cycle as soon as this one is done, instead of after its interval. */
  goOn(): void;
  stop(): Promise<void>;
}

/** `host`: of the server, with its port. */
export type StartClient = (host: string, token: string) => Promise<UpdateClient>;

export const ddclient: StartClient = async (host, token) => {
  const program = await debianPackage('ddclient');
  const folder = await mkdtemp(join(tmpdir(), 'gateway-ddclient-'));
  const file = join(folder, 'ddclient.conf');
  const text = recipe('ddclient 3.10 (Debian 12)', host, token)
    .replace('ssl=yes', 'ssl=no')
    // Its own pauses after a success and after an error, which a person leaves as they are.
    .replace('daemon=300', 'min-interval=0\nmin-error-interval=0');
  await writeFile(file, text, { mode: 0o600 });
  const args = ['-verbose', '-noquiet', '-file', file, '-cache', join(folder, 'cache')];
  return {
    cycle: (force = false) => run(program, ['-daemon=0', ...args, ...(force ? ['-force'] : [])]),
    daemon: () =>
      start('SIGHUP', program, ['-foreground', '-daemon=60', '-pid', join(folder, 'pid'), ...args]),
    remove: () => rm(folder, { recursive: true }),
  };
};

export const inadyn: StartClient = async (host, token) => {
  const program = await debianPackage('inadyn');
  const folder = await mkdtemp(join(tmpdir(), 'gateway-inadyn-'));
  const file = join(folder, 'inadyn.conf');
  const text = recipe('inadyn 2 (Debian 12)', host, token)
    .replaceAll(/^( +)username/gm, '$1ssl = false\n$1checkip-ssl = false\n$1username')
    .replace(/hostname +=.*/, 'hostname = { tv.home.example, radio.home.example }');
  await writeFile(file, text, { mode: 0o600 });
  const args = ['--foreground', '--loglevel=debug', `--cache-dir=${folder}`, `--config=${file}`];
  return {
    cycle: (force = false) =>
      run(program, ['--once', '--no-pidfile', ...args, ...(force ? ['--force'] : [])]),
    daemon: () => start('SIGUSR2', program, [`--pidfile=${join(folder, 'pid')}`, ...args]),
    remove: () => rm(folder, { recursive: true }),
  };
};

/** The configuration of a section of the guide, for a server of plain HTTP. */
function recipe(section: string, host: string, token: string): string {
  const [, text = ''] = read('docs/guides/update-by-router.md').split(`\n## ${section}\n`);
  const [, block = ''] = /\n```\n(.*?\n)```\n/s.exec(text) ?? [];
  return block
    .replaceAll('https://', '')
    .replaceAll('update4.example.com', host)
    .replace('TOKEN', token)
    .replace('LABEL.home.portal.example.com', 'tv.home.example,radio.home.example');
}

function run(program: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = execFile(program, args, { encoding: 'utf8' }, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, output: stdout + stderr });
    });
  });
}

/** `next`: the signal at which it begins its next cycle. */
function start(next: NodeJS.Signals, program: string, args: readonly string[]): ClientDaemon {
  const child = spawn(program, args, { stdio: 'ignore' });
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  return {
    isRunning,
    goOn: () => child.kill(next),
    async stop() {
      if (!isRunning()) return;
      const closed = once(child, 'close');
      child.kill('SIGTERM');
      await closed;
    },
  };
}
