// `.data/running.json`: where a running `npm start` listens and keeps its stores, for the CLI and the next start.
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export interface Running {
  /** The process id of `npm start` itself. */
  readonly pid: number;
  /** The process ids of the gateway and the dns-node. */
  readonly children: readonly number[];
  /** The settings that it runs with, by their names in the environment; passwords of embedded stores among them. */
  readonly settings: Readonly<Record<string, string>>;
}

/** Written under another name and renamed, so that no reader gets half a file; only its owner may read it. */
export async function writeRunning(dataDir: string, running: Running): Promise<void> {
  const file = path(dataDir);
  await writeFile(`${file}.new`, `${JSON.stringify(running, null, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

export async function removeRunning(dataDir: string): Promise<void> {
  await rm(path(dataDir), { force: true });
}

/** The content of the file, whether or not the process still runs; null without a file. */
export async function readRunning(dataDir: string): Promise<Running | null> {
  const text = await readFile(path(dataDir), 'utf8').catch(() => null);
  try {
    return text === null ? null : (JSON.parse(text) as Running);
  } catch {
    return null;
  }
}

/** The settings of the `npm start` that runs on this folder now, or null. */
export async function runningSettings(dataDir: string): Promise<Running['settings'] | null> {
  const running = await readRunning(dataDir);
  return running !== null && isAlive(running.pid) ? running.settings : null;
}

/** Waits for the children of a start that was killed, which are still giving up their ports; `deadlineMs` at most. */
export async function leftoversEnded(running: Running, deadlineMs: number): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  while (running.children.some(isAlive) && Date.now() < deadline) await delay(50);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function path(dataDir: string): string {
  return join(dataDir, 'running.json');
}
