// Runs the command line as its users do: a process of its own, with nothing but the given settings.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../repo/source-files.js';
import { COMPILED_MODULES } from '../support/compiled-modules.js';

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `cwd` defaults to a folder in which no `npm start` runs. `input`: what stands on stdin. */
export async function runCli(
  args: readonly string[],
  settings: Readonly<Record<string, string>> = {},
  cwd = tmpdir(),
  input = '',
): Promise<CliResult> {
  const child = spawn(process.execPath, [`${root}dist/src/bin/cli.js`, ...args], {
    cwd,
    env: { ...COMPILED_MODULES, ...settings },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // A command that does not read it may have ended before.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

export interface TestFolder {
  /** Writes the text into the folder; the file's path. */
  write(name: string, text: string): Promise<string>;
  readonly path: string;
  remove(): Promise<void>;
}

export async function testFolder(): Promise<TestFolder> {
  const path = await mkdtemp(join(tmpdir(), 'gateway-test-cli-'));
  return {
    path,
    async write(name, text) {
      const file = join(path, name);
      await writeFile(file, text);
      return file;
    },
    remove: () => rm(path, { recursive: true, force: true }),
  };
}
