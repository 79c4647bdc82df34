// A process of the product as a child of `npm start`: it gets its own settings only.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { StartError } from './embedded/process.js';

/** A child stops within ten seconds; it is killed only when it hangs for longer. */
const KILL_AFTER_MS = 12_000;

const STDERR_KEPT = 4000;

export interface Child {
  readonly pid: number;
  /** Resolves when the child serves; rejects with StartError when it ends before. */
  readonly started: Promise<void>;
  /** Resolves when the child has ended, with a line that states how. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

/**
 * Runs `src/bin/<name>.js` on this process's Node. The IPC channel carries no messages: the child ends when it
 * closes, because this process has ended. `onLog` gets the child's warnings and errors, one JSON line each.
 */
export function startChild(
  name: 'gateway' | 'dns-node',
  environment: Record<string, string>,
  onLog: (line: string) => void,
): Child {
  const script = fileURLToPath(new URL(`../bin/${name}.js`, import.meta.url));
  const child = spawn(process.execPath, [script], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let stderr = '';
  child.stderr!.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-STDERR_KEPT);
  });

  let serving = false;
  const serves = Promise.withResolvers<void>();
  createInterface({ input: child.stdout! }).on('line', (line) => {
    const entry = parseLog(line);
    if (entry?.event === 'process.started') {
      serving = true;
      serves.resolve();
    }
    if (entry?.level === 'warn' || entry?.level === 'error') onLog(line);
  });

  const ended = new Promise<string>((resolve) => {
    // 'close' comes after the last output was read, which 'exit' does not.
    child.once('close', (code, signal) => {
      const how = `${name} ended unexpectedly (${signal ?? `exit code ${code}`})`;
      const said = ownLines(stderr);
      // A child that refuses to start has written the reason itself.
      resolve(said.length > 0 && !serving ? said.join('\n') : [...said, how].join('\n'));
    });
    child.once('error', () => resolve(`${name} cannot be run`));
  });
  ended.then((how) => serves.reject(new StartError(how)));
  serves.promise.catch(() => {});

  return {
    pid: child.pid ?? 0,
    started: serves.promise,
    ended,
    async stop() {
      const deadline = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
      child.kill('SIGTERM');
      await ended;
      clearTimeout(deadline);
    },
  };
}

/** The lines that the child wrote itself, without Node.js's warnings. */
function ownLines(stderr: string): string[] {
  return stderr.split('\n').filter((line) => line.trim() !== '' && !/^\((node:\d+|Use `node )/.test(line));
}

function parseLog(line: string): { level?: unknown; event?: unknown } | null {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
