// What every part of the bench works in: one folder for its files, servers that are stopped at its end, and Ctrl-C.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../src/dev/embedded/process.js';
import { leaveServerCore, type RunningProcess, SERVER_CORE, startOn } from '../process.js';
import { Dnsperf } from './dnsperf.js';
import type { Needs } from './needs.js';
import { untilUp } from './probe.js';

/** A server that runs. */
export interface Server {
  readonly name: string;
  readonly port: number;
  readonly process: RunningProcess;
}

export interface StartOptions {
  readonly name: string;
  readonly command: readonly string[];
  readonly port: number;
  readonly env?: Readonly<Record<string, string>>;
  /** As taskset takes them; absent: the server's core. */
  readonly cores?: string;
}

export class Bench {
  readonly dnsperf: Dnsperf;

  constructor(
    readonly needs: Needs,
    /** For all files of the bench. */
    readonly folder: string,
    /** Aborted by Ctrl-C. */
    readonly signal: AbortSignal,
    /** Run in reverse order at the end. */
    readonly cleanup: AsyncDisposableStack,
  ) {
    this.dnsperf = new Dnsperf(needs.dnsperf, signal);
  }

  say(line: string): void {
    console.error(line);
  }

  /** Resolves when the server answers; the bench stops it at its end. */
  async start({ name, command, port, env, cores = SERVER_CORE }: StartOptions): Promise<Server> {
    this.signal.throwIfAborted();
    const process = startOn(cores, name, command, env);
    this.cleanup.defer(() => process.stop());
    const server = { name, port, process };
    await untilUp(server, this.signal);
    return server;
  }

  freePort(): Promise<number> {
    return freePort();
  }
}

/** Runs `measure` in a bench of its own, and leaves nothing behind, however that ends. */
export async function withBench(
  needs: Needs,
  signal: AbortSignal,
  measure: (bench: Bench) => Promise<void>,
): Promise<void> {
  await leaveServerCore();
  const folder = await mkdtemp(join(tmpdir(), 'gateway-bench-dns-'));
  const cleanup = new AsyncDisposableStack();
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  try {
    await measure(new Bench(needs, folder, signal, cleanup));
  } finally {
    await cleanup.disposeAsync();
  }
}
