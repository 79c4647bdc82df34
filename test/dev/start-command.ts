// Runs `npm start`'s program in a folder, and sees every process that comes from it.
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { root } from '../repo/source-files.js';

/** Free ports, and no upstream: nothing leaves this machine. */
const SETTINGS = {
  GATEWAY_PORT: '0',
  GATEWAY_METRICS_PORT: '0',
  DNS_PORT: '0',
  DNS_METRICS_PORT: '0',
  MAILBOX_PORT: '0',
  MAILBOX_SMTP_PORT: '0',
  DNS_UPSTREAMS: '',
};

export interface StartCommand {
  readonly pid: number;
  /** Where it runs, and keeps its data in `.data`. */
  readonly folder: string;
  stdout(): string;
  stderr(): string;
  /** Settles when it prints `ready`; rejects with all output when it ends before. */
  readonly ready: Promise<void>;
  /** The exit code, when it has ended and its output was read. */
  readonly ended: Promise<number | null>;
  /** As a terminal's Ctrl-C: SIGINT to every process of the group at once. */
  ctrlC(): void;
  kill(signal: NodeJS.Signals): void;
}

export function startCommand(folder: string, settings: Readonly<Record<string, string>> = {}): StartCommand {
  const child = spawn(process.execPath, [`${root}dist/src/bin/dev.js`], {
    cwd: folder,
    env: { ...SETTINGS, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const output = collect(child);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const ready = new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', () => {
      if (/^ready$/m.test(output.stdout)) resolve();
    });
    ended.then((code) => reject(new Error(`ended with ${code}\n${output.stdout}${output.stderr}`)));
  });
  ready.catch(() => {});
  return {
    pid: child.pid!,
    folder,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    ready,
    ended,
    ctrlC: () => process.kill(-child.pid!, 'SIGINT'),
    kill: (signal) => child.kill(signal),
  };
}

function collect(child: ChildProcess): { stdout: string; stderr: string } {
  const output = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => {
    output.stdout += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    output.stderr += chunk.toString();
  });
  return output;
}

/** A process as `/proc` shows it; `id` is not given twice, as a bare process id is. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly id: string;
  readonly command: string;
}

/** Every process that descends from `pid`, itself first. */
export function family(pid: number): ProcessEntry[] {
  const all = processes();
  const found = all.filter((entry) => entry.pid === pid);
  for (const entry of found) found.push(...all.filter(({ parent }) => parent === entry.pid));
  return found;
}

/** Waits until none of the processes is there any more; answers those that are after ten seconds. */
export async function survivors(members: readonly ProcessEntry[]): Promise<ProcessEntry[]> {
  const ids = new Set(members.map(({ id }) => id));
  const deadline = Date.now() + 10_000;
  for (;;) {
    const left = processes().filter(({ id }) => ids.has(id));
    if (left.length === 0 || Date.now() > deadline) return left;
    await delay(50);
  }
}

function processes(): ProcessEntry[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? []);
}

/** Null when the process has gone, or is a zombie that only waits to be counted. */
function readProcess(pid: number): ProcessEntry | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold spaces; after it come: state, parent, … and as the 20th the time of start.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return null;
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return { pid, parent: Number(fields[1]), id: `${pid} since ${fields[19]}`, command };
  } catch {
    return null;
  }
}
