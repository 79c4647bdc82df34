// DNS over UDP in threads that share the port: each answers what it can from memory; what has to be fetched comes here.
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type { AllowlistReplica, SharedAllowlist } from '../../allowlist/replica.js';
import type { Catalogue } from '../../catalogue/catalogue.js';
import type { Address } from '../../lib/ip.js';
import type { SharedCache } from '../cache/cache.js';
import type { RateLimit } from '../policy/rate-limit.js';
import type { SharedChain } from '../shared-chain.js';
import {
  closeSockets,
  type DatagramPath,
  type DatagramSocket,
  LateAnswers,
  openSockets,
} from './datagrams.js';
import type { Libc } from './libc.js';

// What a thread and this one tell each other without a message.
/** How many messages have been sent to the thread: it looks before each batch. */
export const UPDATES = 0;
export const STOP = 1;
/** Queries that wait here for their answer. */
export const PENDING = 2;
/** What the system did not take or give. */
export const FAULTS = 3;
const CONTROLS = 4;

/** What all threads begin with. */
export interface SharedSetup extends SharedChain {
  readonly cache: SharedCache;
  /** Queries of one source that a thread hands over to be fetched. */
  readonly handedOver: RateLimit;
}

export interface WorkerSetup extends SharedSetup {
  readonly port: MessagePort;
  readonly socket: DatagramSocket;
  readonly catalogue: Catalogue;
  readonly allowlist: SharedAllowlist;
  readonly tally: SharedArrayBuffer;
  readonly control: SharedArrayBuffer;
}

export type ToWorker =
  | { readonly kind: 'allowlist'; readonly allowlist: SharedAllowlist }
  | { readonly kind: 'catalogue'; readonly catalogue: Catalogue };

export type FromWorker =
  | {
      readonly kind: 'cold';
      readonly query: Uint8Array;
      readonly source: Address;
      readonly path: DatagramPath;
    }
  | { readonly kind: 'refresh'; readonly query: Uint8Array };

export interface UdpWorkersOptions {
  readonly libc: Libc;
  readonly host: string;
  /** How many threads. */
  readonly count: number;
  readonly script: URL;
  readonly setup: SharedSetup;
  readonly allowlist: AllowlistReplica;
  readonly catalogue: Catalogue;
  readonly tallies: readonly SharedArrayBuffer[];
  /** Never rejects. Null: no answer. */
  readonly fetch: (query: Uint8Array, source: Address) => Promise<Uint8Array | null>;
  readonly refresh: (query: Uint8Array) => void;
  readonly onFault: () => void;
  /** A thread has ended that should not have, and another one takes its place. */
  readonly onLost: () => void;
}

interface Thread {
  readonly socket: DatagramSocket;
  readonly tally: SharedArrayBuffer;
  control: Int32Array;
  port: MessagePort;
  worker: Worker;
  ended: Promise<unknown>;
}

/** Before a thread that died is started again: one that dies at once would otherwise take a whole core. */
const RESTART_MS = 100;

export class UdpWorkers {
  private readonly threads: Thread[] = [];
  private readonly late: LateAnswers;
  private sockets: DatagramSocket[] = [];
  private catalogue: Catalogue;
  private forgetAllowlist: () => void = () => {};
  private stopping = false;
  private inFlight = 0;
  private readonly drained = Promise.withResolvers<void>();

  constructor(private readonly options: UdpWorkersOptions) {
    this.late = new LateAnswers(options.libc);
    this.catalogue = options.catalogue;
  }

  /** Resolves with the port when all threads answer; rejects with the system's error. */
  async start(port: number): Promise<number> {
    const { libc, host, count, tallies, allowlist } = this.options;
    const opened = await openSockets(libc, { host, port }, count);
    this.sockets = opened.sockets;
    for (const [index, socket] of opened.sockets.entries()) {
      this.threads.push({ socket, tally: tallies[index]!, ...this.begin(socket, tallies[index]!) });
    }
    for (const thread of this.threads) this.supervise(thread);
    this.forgetAllowlist = allowlist.onPublished((shared) => {
      this.tell({ kind: 'allowlist', allowlist: shared });
    });
    await Promise.all(
      this.threads.map(({ worker }) => new Promise((resolve) => worker.once('online', resolve))),
    );
    return opened.port;
  }

  useCatalogue(catalogue: Catalogue): void {
    this.catalogue = catalogue;
    this.tell({ kind: 'catalogue', catalogue });
  }

  /** No new datagrams; resolves when the answers in flight are sent. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.forgetAllowlist();
    for (const { control } of this.threads) Atomics.store(control, STOP, 1);
    await Promise.all(this.threads.map(({ ended }) => ended));
    if (this.inFlight > 0) await this.drained.promise;
    for (const { port } of this.threads) port.close();
    closeSockets(this.options.libc, this.sockets);
  }

  private begin(socket: DatagramSocket, tally: SharedArrayBuffer): Omit<Thread, 'socket' | 'tally'> {
    const { setup, script } = this.options;
    const { port1, port2 } = new MessageChannel();
    const control = new SharedArrayBuffer(CONTROLS * 4);
    const { catalogue } = this;
    const allowlist = this.options.allowlist.shared();
    const workerData: WorkerSetup = {
      ...setup,
      port: port2,
      socket,
      catalogue,
      allowlist,
      tally,
      control,
    };
    const worker = new Worker(script, { workerData, transferList: [port2], stdout: false, stderr: false });
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    return { control: new Int32Array(control), port: port1, worker, ended };
  }

  private supervise(thread: Thread): void {
    thread.port.on('message', (message: FromWorker) => this.take(thread, message));
    // The exit that follows is all that matters; the error may hold anything.
    thread.worker.on('error', () => {});
    thread.worker.once('exit', () => {
      if (this.stopping) return;
      this.options.onLost();
      this.countFaults(thread);
      thread.port.close();
      setTimeout(() => {
        if (this.stopping) return;
        Object.assign(thread, this.begin(thread.socket, thread.tally));
        this.supervise(thread);
      }, RESTART_MS);
    });
  }

  private tell(message: ToWorker): void {
    for (const { port, control } of this.threads) {
      port.postMessage(message);
      Atomics.add(control, UPDATES, 1);
    }
  }

  private take(thread: Thread, message: FromWorker): void {
    this.countFaults(thread);
    if (message.kind === 'refresh') this.options.refresh(message.query);
    else void this.answerLate(thread, message);
  }

  private async answerLate(
    { socket, control }: Thread,
    { query, source, path }: FromWorker & { kind: 'cold' },
  ): Promise<void> {
    this.inFlight += 1;
    const answer = await this.options.fetch(query, source);
    Atomics.sub(control, PENDING, 1);
    if (answer !== null && !this.late.send(socket, answer, path)) this.options.onFault();
    this.inFlight -= 1;
    if (this.stopping && this.inFlight === 0) this.drained.resolve();
  }

  private countFaults({ control }: Thread): void {
    for (let faults = Atomics.exchange(control, FAULTS, 0); faults > 0; faults--) this.options.onFault();
  }
}
