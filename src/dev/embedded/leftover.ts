// Ends a server that a killed run left behind, and only such a one.
import { readFile, readlink } from 'node:fs/promises';
import { basename } from 'node:path';

/**
 * Signals the process whose id stands in the first line of `pidFile`, if that process runs `program`, and returns when
 * it has ended. A missing file, a dead process and a process of another program are left alone.
 */
export async function endLeftover(options: {
  pidFile: string;
  program: string;
  signal: NodeJS.Signals;
}): Promise<void> {
  const text = await readFile(options.pidFile, 'utf8').catch(() => '');
  const pid = Number.parseInt(text, 10);
  if (!(await runs(pid, options.program))) return;
  process.kill(pid, options.signal);
  const deadline = Date.now() + 10_000;
  while (await runs(pid, options.program)) {
    if (Date.now() > deadline) process.kill(pid, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function runs(pid: number, program: string): Promise<boolean> {
  if (!Number.isInteger(pid) || pid <= 1) return false;
  const file = await readlink(`/proc/${pid}/exe`).catch(() => '');
  return basename(file).startsWith(program);
}
