// A program on a host: it ends with this process at the latest, and its output is read line by line.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { OperatorError } from '../../src/lib/operator-error.js';
import type { Host } from './network.js';

export interface ProgramParts {
  readonly name: string;
  readonly host: Host;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The line that means: it serves. */
  readonly ready: RegExp;
  /** Options of setpriv, such as another user's id. */
  readonly privileges?: readonly string[];
  readonly onLine?: (line: string) => void;
}

const LINES_KEPT = 30;
const KILL_AFTER_MS = 12_000;
/** As in deploy/systemd/gateway.service: `Restart=always`, `RestartSec=2`. */
const RESTART_MS = 2000;

export class Program {
  private child: ChildProcess | null = null;
  private ended: Promise<unknown> = Promise.resolve();
  private readonly lines: string[] = [];
  private supervised = false;

  constructor(private readonly parts: ProgramParts) {}

  get name(): string {
    return this.parts.name;
  }

  get running(): boolean {
    return this.child !== null && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Resolves when it serves; rejects with OperatorError, what it said last in the message, when it ends before. */
  async start(env: Readonly<Record<string, string>> = {}): Promise<void> {
    const { host, command, privileges = [], ready, name } = this.parts;
    const [program, ...rest] = host.command(
      ...['setpriv', '--pdeathsig', 'KILL', ...privileges, '--', ...command],
    );
    const child = spawn(program!, rest, {
      // A terminal's Ctrl-C reaches the drill alone, which decides the order of stopping.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin',
        LC_ALL: 'C',
        TZ: 'UTC',
        ...this.parts.env,
        ...env,
      },
    });
    this.child = child;
    this.ended = once(child, 'close');
    const serves = Promise.withResolvers<void>();
    for (const output of [child.stdout!, child.stderr!]) {
      createInterface({ input: output }).on('line', (line) => {
        this.lines.push(line);
        this.lines.splice(0, this.lines.length - LINES_KEPT);
        if (ready.test(line)) serves.resolve();
        this.parts.onLine?.(line);
      });
    }
    this.ended.then(() => serves.reject(new OperatorError(`${name} has ended:\n${this.lines.join('\n')}`)));
    await serves.promise;
  }

  /** Resolves when it has ended by itself. */
  async end(): Promise<void> {
    await this.ended;
  }

  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  /** As a crash or the kernel would end it. */
  async kill(): Promise<void> {
    this.supervised = false;
    this.signal('SIGKILL');
    await this.ended;
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.supervised = false;
    if (!this.running) return;
    const deadline = setTimeout(() => this.signal('SIGKILL'), KILL_AFTER_MS);
    this.signal(signal);
    await this.ended;
    clearTimeout(deadline);
  }

  /** As it is, it stays; when it ends, it is not started again. */
  leave(): void {
    this.supervised = false;
  }

  /** From now on it is started again whenever it has ended, as systemd does. Resolves after `leave`, `stop` or `kill`. */
  async supervise(): Promise<void> {
    this.supervised = true;
    while (this.supervised) {
      await this.ended;
      await delay(RESTART_MS);
      if (this.supervised) await this.start().catch(() => {});
    }
  }
}
