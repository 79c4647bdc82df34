// Runs a script of package.json as a person does, with files of its own, and sees what is left of it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { family, survivors } from '../dev/start-command.js';
import { read, root } from '../repo/source-files.js';

export const SCRIPTS: Readonly<Record<string, string>> = JSON.parse(read('package.json')).scripts;

export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Files that it left in the folder for temporary ones, and the commands of processes that it left running. */
  readonly left: readonly string[];
}

export function runScript(name: string, args: readonly string[] = []): Promise<Run> {
  return run('npm', ['run', '--silent', name, '--', ...args]);
}

/** The program of a script, without the build before it, which gets the signal as soon as its output fits the pattern. */
export function interruptProgram(
  script: string,
  interrupt: { readonly signal: NodeJS.Signals; readonly at: RegExp },
): Promise<Run> {
  const program = /exec node_modules\/\.bin\/node (\S+)$/.exec(SCRIPTS[script] ?? '')?.[1] ?? '';
  return run(process.execPath, [program], interrupt);
}

async function run(
  command: string,
  args: readonly string[],
  interrupt?: { readonly signal: NodeJS.Signals; readonly at: RegExp },
): Promise<Run> {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-test-smoke-'));
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(command, args, {
    cwd: root,
    // npm would keep its compiled modules among the temporary files.
    env: { PATH, HOME, TMPDIR: folder, NODE_DISABLE_COMPILE_CACHE: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const output = { stdout: '', stderr: '' };
  let members = family(child.pid!);
  const look = () => {
    if (interrupt === undefined || !interrupt.at.test(output.stdout + output.stderr)) return;
    members = family(child.pid!);
    // As a terminal does: to every process of the group.
    process.kill(-child.pid!, interrupt.signal);
    child.stdout.off('data', look);
    child.stderr.off('data', look);
  };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].on('data', (chunk: Buffer) => {
      output[stream] += chunk.toString();
    });
    child[stream].on('data', look);
  }
  const [code] = (await once(child, 'close')) as [number | null];
  const left = [...(await survivors(members)).map(({ command }) => command), ...(await readdir(folder))];
  await rm(folder, { recursive: true, force: true });
  return { code, ...output, left };
}
