// Starts a server as a child that cannot outlive this process, and says why when it does not come up.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { ClearFault } from '../clear-fault.js';

/** A fault that a person can act on: its message is one clear line. */
export class StartError extends ClearFault {}

export interface ServerProcess {
  readonly pid: number;
  /** Settles when the process has ended, however it ended. */
  readonly ended: Promise<void>;
  /** Sends the signal, waits for the end, and kills after ten seconds. */
  stop(signal: NodeJS.Signals): Promise<void>;
}

export interface ServerCommand {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** What the kernel sends the server if this process dies without stopping it. */
  readonly deathSignal: 'INT' | 'TERM';
  /** Runs the server as another user than root, with access to files that root owns. */
  readonly asUser?: number;
  /** The line of output that means: connections are accepted. */
  readonly readyLine: RegExp;
}

/**
 * Runs the command under `setpriv` (util-linux, part of every Debian) in a process group of its own, so that a
 * terminal's Ctrl-C reaches this process first and it decides the order of stopping.
 * Rejects with StartError, the last lines of output in its message, when the server ends before it is ready.
 */
export async function startServerProcess(server: ServerCommand): Promise<ServerProcess> {
  const child = spawn('setpriv', [...privileges(server), '--', server.command, ...server.args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' },
  });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  await readyOrEnded(server, child);
  return {
    pid: child.pid!,
    ended,
    async stop(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const deadline = setTimeout(() => child.kill('SIGKILL'), 10_000);
      child.kill(signal);
      await ended;
      clearTimeout(deadline);
    },
  };
}

function privileges(server: ServerCommand): string[] {
  const death = ['--pdeathsig', server.deathSignal];
  if (server.asUser === undefined) return death;
  const id = String(server.asUser);
  // A clone under /root (mode 0700) must work: the other user keeps the one capability that passes file permissions,
  // and no_setuid_fixup keeps it for access(2) too.
  return [
    ...death,
    ...['--reuid', id, '--regid', id, '--clear-groups', '--securebits', '+no_setuid_fixup'],
    ...['--inh-caps', '+dac_override', '--ambient-caps', '+dac_override'],
  ];
}

function readyOrEnded(server: ServerCommand, child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let tail = '';
    const read = (chunk: Buffer) => {
      tail = (tail + chunk.toString()).slice(-2000);
      if (server.readyLine.test(tail)) resolve();
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('error', () =>
      reject(new StartError(`${server.name}: setpriv is missing; install util-linux`)),
    );
    child.once('exit', () => reject(new StartError(`${server.name} did not start:\n${tail.trim()}`)));
  });
}

/** Runs a command to its end. Rejects with StartError, its output in the message, when it fails. */
export async function runToEnd(server: Omit<ServerCommand, 'deathSignal' | 'readyLine'>): Promise<void> {
  const command = { ...server, deathSignal: 'TERM', readyLine: /$^/ } as const;
  const child = spawn('setpriv', [...privileges(command), '--', server.command, ...server.args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new StartError(`${server.name} failed:\n${output.trim().slice(-2000)}`);
}

/** A TCP port of 127.0.0.1 that nothing listens on now. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new StartError('no free port');
  return address.port;
}
