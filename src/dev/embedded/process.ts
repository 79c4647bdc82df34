// Starts a server as a child that cannot outlive this process, and says why when it does not come up.
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { OperatorError } from '../../lib/operator-error.js';

/** An error that a person can act on; its message is one clear line. */
export class StartError extends OperatorError {}

export interface ServerProcess {
  readonly pid: number;
  /** Settles when the process has ended, however it ended. */
  readonly ended: Promise<void>;
  /** Sends the signal, waits for the end, and kills after ten seconds. */
  stop(signal: NodeJS.Signals): Promise<void>;
}

/** A server of a data folder, as its users see it. */
export interface EmbeddedServer {
  readonly pid: number;
  /** Settles when the server has ended, however it ended. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

export interface Command {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Runs the command as another user than root, with access to files that root owns. */
  readonly asUser?: number;
}

export interface ServerCommand extends Command {
  /** What the kernel sends the server if this process dies without stopping it. */
  readonly deathSignal: DeathSignal;
  /** The line of output that means: connections are accepted. */
  readonly readyLine: RegExp;
}

type DeathSignal = 'INT' | 'TERM';

/** How much of a command's output is kept to explain a failure. */
const OUTPUT_KEPT = 2000;

/** Rejects with StartError, the last lines of output in its message, when the server ends before it is ready. */
export async function startServerProcess(server: ServerCommand): Promise<ServerProcess> {
  const { child, output } = spawnCommand(server, server.deathSignal);
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  await new Promise<void>((resolve, reject) => {
    const look = () => {
      if (server.readyLine.test(output())) resolve();
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    child.once('error', () => reject(setprivIsMissing(server)));
    child.once('exit', () => reject(new StartError(`${server.name} did not start:\n${output().trim()}`)));
  });
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

/** Runs a command to its end. Rejects with StartError, its output in the message, when it fails. */
export async function runToEnd(command: Command): Promise<void> {
  const { child, output } = spawnCommand(command, 'TERM');
  const [code] = (await once(child, 'close').catch(() => {
    throw setprivIsMissing(command);
  })) as [number | null];
  if (code !== 0) throw new StartError(`${command.name} failed:\n${output().trim()}`);
}

/**
 * Runs the command under `setpriv` (util-linux, part of every Debian) in a process group of its own, so that a
 * terminal's Ctrl-C reaches this process first and it decides the order of stopping. `output`: the end of what it said.
 */
function spawnCommand(command: Command, deathSignal: DeathSignal) {
  const privileges = ['--pdeathsig', deathSignal, ...otherUser(command)];
  const child = spawn('setpriv', [...privileges, '--', command.command, ...command.args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' },
  });
  let tail = '';
  const read = (chunk: Buffer) => {
    tail = (tail + chunk.toString()).slice(-OUTPUT_KEPT);
  };
  child.stdout.on('data', read);
  child.stderr.on('data', read);
  return { child, output: () => tail };
}

function otherUser({ asUser }: Command): string[] {
  if (asUser === undefined) return [];
  const id = String(asUser);
  // A clone under /root (mode 0700) must work: the other user keeps the one capability that passes file permissions,
  // and no_setuid_fixup keeps it for access(2) too.
  return [
    ...['--reuid', id, '--regid', id, '--clear-groups', '--securebits', '+no_setuid_fixup'],
    ...['--inh-caps', '+dac_override', '--ambient-caps', '+dac_override'],
  ];
}

function setprivIsMissing({ name }: Command): StartError {
  return new StartError(`${name}: setpriv is missing; install util-linux`);
}

/** Systems take ports for outgoing connections from above these, and so could take one before its process does. */
const PORTS = { from: 10_240, to: 32_767 };
const TRIES = 100;

/** A TCP port of 127.0.0.1 that nothing listens on now. */
export async function freePort(): Promise<number> {
  for (let tried = 0; tried < TRIES; tried += 1) {
    const port = randomInt(PORTS.from, PORTS.to + 1);
    if (await isFree(port)) return port;
  }
  throw new StartError('no free port');
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  probe.listen(port, '127.0.0.1');
  try {
    await once(probe, 'listening');
  } catch {
    return false;
  }
  probe.close();
  await once(probe, 'close');
  return true;
}
