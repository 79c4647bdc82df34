// Programs on cores of their own, which cannot outlive the bench, and the CPU time that each has used.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { OperatorError } from '../src/lib/operator-error.js';

/** The server that is measured has the first to itself; all else runs on the second. */
export const SERVER_CORE = '0';
export const LOAD_CORE = '1';
export const BOTH_CORES = '0,1';

export interface RunningProcess {
  readonly pid: number;
  /** Throws OperatorError, with what the program said last, when it has ended. */
  mustRun(): void;
  stop(): Promise<void>;
}

type Environment = Readonly<Record<string, string>>;

const OUTPUT_KEPT = 2000;
const KILL_AFTER_MS = 5000;

/**
 * Starts a server. `cores` as taskset takes them. The kernel ends it when the bench dies; a terminal's Ctrl-C reaches
 * the bench alone, which decides the order of stopping.
 */
export function startOn(
  cores: string,
  name: string,
  command: readonly string[],
  env?: Environment,
): RunningProcess {
  const child = spawnOn(cores, command, env);
  let tail = '';
  const keep = (chunk: Buffer) => {
    tail = (tail + chunk.toString()).slice(-OUTPUT_KEPT);
  };
  child.stdout!.on('data', keep);
  child.stderr!.on('data', keep);
  let running = true;
  const ended = new Promise<void>((resolve) => {
    const end = () => {
      running = false;
      resolve();
    };
    child.once('close', end);
    child.once('error', end);
  });
  return {
    pid: child.pid ?? 0,
    mustRun() {
      if (!running) throw new OperatorError(`${name} has ended:\n${tail.trim()}`);
    },
    async stop() {
      if (!running) return;
      const deadline = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
      child.kill('SIGTERM');
      await ended;
      clearTimeout(deadline);
    },
  };
}

/** Runs a program to its end and resolves with what it wrote. Rejects with OperatorError when it fails. */
export async function runOn(cores: string, command: readonly string[], signal: AbortSignal): Promise<string> {
  const child = spawnOn(cores, command);
  const kill = () => child.kill('SIGKILL');
  signal.addEventListener('abort', kill);
  if (signal.aborted) kill();
  const output: Buffer[] = [];
  let faults = '';
  child.stdout!.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr!.on('data', (chunk: Buffer) => {
    faults = (faults + chunk.toString()).slice(-OUTPUT_KEPT);
  });
  const code = await new Promise<number | null>((resolve) => {
    child.once('close', resolve);
    child.once('error', () => resolve(null));
  });
  signal.removeEventListener('abort', kill);
  signal.throwIfAborted();
  if (code !== 0) throw new OperatorError(`${command[0]} failed:\n${faults.trim()}`);
  return Buffer.concat(output).toString();
}

/** `setpriv` and `taskset` (util-linux, part of every Debian) each become the next program: the pid is the program's. */
function spawnOn(cores: string, command: readonly string[], env: Environment = {}): ChildProcess {
  const wrapped = ['--pdeathsig', 'KILL', '--', 'taskset', '-c', cores, ...command];
  return spawn('setpriv', wrapped, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC', ...env },
  });
}

/** How the kernel counts CPU time in /proc. */
export async function ticksPerSecond(): Promise<number> {
  const { stdout } = await promisify(execFile)('getconf', ['CLK_TCK']);
  return Number(stdout);
}

/** Keeps this process, and whatever it starts without a core of its own, off the server's core. */
export async function leaveServerCore(): Promise<void> {
  await promisify(execFile)('taskset', ['-acp', LOAD_CORE, String(process.pid)]);
}

/** Microseconds of user and system time that all threads of the process together have used (proc(5), `stat`). */
export function cpuOf(pid: number, ticksPerSecond: number): Promise<number> {
  return cpuIn(`/proc/${pid}/stat`, ticksPerSecond);
}

/** Microseconds of each thread, by its id. */
export async function cpuByThread(pid: number, ticksPerSecond: number): Promise<Map<string, number>> {
  const threads = await readdir(`/proc/${pid}/task`);
  return new Map(
    await Promise.all(
      threads.map(
        async (thread) => [thread, await cpuIn(`/proc/${pid}/task/${thread}/stat`, ticksPerSecond)] as const,
      ),
    ),
  );
}

async function cpuIn(file: string, ticksPerSecond: number): Promise<number> {
  const text = await readFile(file, 'utf8');
  // The second field, the program's name in parentheses, may hold anything; utime and stime are the 14th and 15th.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1e6) / ticksPerSecond;
}
