// The files of deploy/, with the test's addresses and paths in the places of the shipped ones, and the programs that read them.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { read } from '../repo/source-files.js';

export const run = promisify(execFile);

/** The shipped file with each text replaced wherever it stands. Throws when one of them does not stand there. */
export function shipped(path: string, replaced: Readonly<Record<string, string>>): string {
  let text = read(`deploy/${path}`);
  for (const [from, to] of Object.entries(replaced)) {
    if (!text.includes(from)) throw new Error(`deploy/${path} has no ${from}`);
    text = text.replaceAll(from, to);
  }
  return text;
}

export interface Program {
  /** What it has written. */
  output(): string;
  stop(): Promise<void>;
}

/** Starts a program that runs until it is stopped. */
export function startProgram(command: string, args: readonly string[]): Program {
  const child: ChildProcess = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  return {
    output: () => output,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
