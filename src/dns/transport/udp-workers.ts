// DNS over UDP in worker threads that share the port: each answers from memory, and hands its cache misses over to this thread.
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type { AllowlistReplica } from '../../allowlist/replica.js';
import type { Catalogue } from '../../catalogue/catalogue.js';
import type { Libc } from './libc.js';
import { closeSockets, type DatagramSocket, openSockets } from './shared-port-sockets.js';
import { SingleDatagrams } from './single-datagrams.js';
import type { Arrival } from './transports.js';
import {
  type CacheMiss,
  CONTROL_BYTES,
  CONTROL_WORD,
  type FromWorker,
  type ToWorker,
  type WorkerSetup,
} from './worker-protocol.js';

export interface UdpWorkersOptions<Shared> {
  readonly libc: Libc;
  readonly host: string;
  /** Number of workers. */
  readonly count: number;
  readonly script: URL;
  /** What all workers share; it is passed to each by structured clone. */
  readonly setup: Shared;
  readonly allowlist: AllowlistReplica;
  readonly catalogue: Catalogue;
  readonly tallies: readonly SharedArrayBuffer[];
  /** Answers a cache miss. Never rejects. Null: no response. */
  readonly answerMiss: (query: Uint8Array, arrival: Arrival) => Promise<Uint8Array | null>;
  readonly prefetch: (query: Uint8Array) => void;
  readonly onSocketError: () => void;
  /** A worker has ended unexpectedly, and is restarted. */
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

/** Milliseconds before a worker is restarted: one that ends at once would otherwise occupy a core. */
const RESTART_MS = 100;

export class UdpWorkers<Shared extends object> {
  private readonly threads: Thread[] = [];
  private readonly responses: SingleDatagrams;
  private sockets: DatagramSocket[] = [];
  private catalogue: Catalogue;
  private forgetAllowlist: () => void = () => {};
  private stopping = false;
  private inFlight = 0;
  private readonly drained = Promise.withResolvers<void>();

  constructor(private readonly options: UdpWorkersOptions<Shared>) {
    this.responses = new SingleDatagrams(options.libc);
    this.catalogue = options.catalogue;
  }

  /** Resolves with the port when all workers answer. Rejects with the system's error. */
  async start(port: number): Promise<number> {
    const { libc, host, count, tallies, allowlist } = this.options;
    const opened = await openSockets(libc, { host, port }, count);
    this.sockets = opened.sockets;
    for (const [index, socket] of opened.sockets.entries()) {
      this.threads.push({ socket, tally: tallies[index]!, ...this.begin(socket, tallies[index]!) });
    }
    for (const thread of this.threads) this.supervise(thread);
    this.forgetAllowlist = allowlist.onUpdate((update) => {
      this.sendToAll({ kind: 'allowlist', update });
    });
    await Promise.all(
      this.threads.map(({ worker }) => new Promise((resolve) => worker.once('online', resolve))),
    );
    return opened.port;
  }

  useCatalogue(catalogue: Catalogue): void {
    this.catalogue = catalogue;
    this.sendToAll({ kind: 'catalogue', catalogue });
  }

  /** Receives no more datagrams. Resolves when the responses in flight have been sent. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.forgetAllowlist();
    for (const { control } of this.threads) Atomics.store(control, CONTROL_WORD.STOP, 1);
    await Promise.all(this.threads.map(({ ended }) => ended));
    if (this.inFlight > 0) await this.drained.promise;
    for (const { port } of this.threads) port.close();
    closeSockets(this.options.libc, this.sockets);
  }

  private begin(socket: DatagramSocket, tally: SharedArrayBuffer): Omit<Thread, 'socket' | 'tally'> {
    const { setup, script } = this.options;
    const { port1, port2 } = new MessageChannel();
    const control = new SharedArrayBuffer(CONTROL_BYTES);
    const { catalogue } = this;
    const allowlist = this.options.allowlist.shared();
    const workerData: WorkerSetup<Shared> = {
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
    // The exit that follows is handled. The error is not logged: it could contain a query.
    thread.worker.on('error', () => {});
    thread.worker.once('exit', () => {
      if (this.stopping) return;
      this.options.onLost();
      this.countSocketErrors(thread);
      thread.port.close();
      setTimeout(() => {
        if (this.stopping) return;
        Object.assign(thread, this.begin(thread.socket, thread.tally));
        this.supervise(thread);
      }, RESTART_MS);
    });
  }

  private sendToAll(message: ToWorker): void {
    for (const { port, control } of this.threads) {
      port.postMessage(message);
      Atomics.add(control, CONTROL_WORD.UPDATES, 1);
    }
  }

  private take(thread: Thread, message: FromWorker): void {
    this.countSocketErrors(thread);
    if (message.kind === 'prefetch') this.options.prefetch(message.query);
    else void this.answerMiss(thread, message);
  }

  private async answerMiss({ socket, control }: Thread, { query, arrival, path }: CacheMiss): Promise<void> {
    this.inFlight += 1;
    const answer = await this.options.answerMiss(query, arrival);
    Atomics.sub(control, CONTROL_WORD.PENDING, 1);
    if (answer !== null && !this.responses.send(socket, answer, path)) this.options.onSocketError();
    this.inFlight -= 1;
    if (this.stopping && this.inFlight === 0) this.drained.resolve();
  }

  private countSocketErrors({ control }: Thread): void {
    const errors = Atomics.exchange(control, CONTROL_WORD.SOCKET_ERRORS, 0);
    for (let error = 0; error < errors; error++) this.options.onSocketError();
  }
}
