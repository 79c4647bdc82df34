// A thread that answers datagrams in batches, from memory that it shares with the others; it never waits for anything else.
import { type MessagePort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { Address } from '../../lib/ip.js';
import { CacheReader } from '../cache/cache.js';
import { COLD, type Responder } from '../chain.js';
import { monotonicClock } from '../clock.js';
import { networksOf, SourceRates } from '../policy/shares.js';
import { openChain } from '../shared-chain.js';
import { Tally } from '../tally.js';
import { DatagramBatch } from './datagrams.js';
import { loadLibc } from './libc.js';
import { readDatagram } from './proxy-protocol.js';
import {
  FAULTS,
  type FromWorker,
  PENDING,
  STOP,
  type ToWorker,
  UPDATES,
  type WorkerSetup,
} from './udp-workers.js';

/**
 * More queries of one thread than this do not wait for the thread that fetches; what comes beyond is not answered. It is
 * far more than one source may have under way, so that shares are decided there.
 */
const MAX_PENDING = 4000;

/** Answers until it is told to stop. */
class UdpThread {
  private readonly port: MessagePort;
  private readonly control: Int32Array;
  private readonly batch: DatagramBatch;
  private readonly responder: Responder;
  private readonly handedOver: SourceRates;
  private readonly clock = monotonicClock();
  private now = this.clock();
  private updates = 0;

  constructor(private readonly setup: WorkerSetup) {
    const { port, control, socket } = setup;
    const libc = loadLibc();
    if (libc === null) throw new Error('the C library is gone');
    this.port = port;
    this.control = new Int32Array(control);
    this.batch = new DatagramBatch(libc, socket);
    this.handedOver = new SourceRates(setup.handedOver);
    this.responder = openChain(setup, {
      allowlist: setup.allowlist,
      catalogue: setup.catalogue,
      cache: new CacheReader(setup.cache),
      onRefresh: ({ bytes, length }) => this.post({ kind: 'refresh', query: bytes.slice(0, length) }),
      tally: new Tally(setup.tally),
      now: () => this.now,
    });
  }

  run(): void {
    for (;;) {
      const count = this.batch.receive();
      const isLast = Atomics.load(this.control, STOP) !== 0;
      if (Atomics.load(this.control, UPDATES) !== this.updates) this.takeUpdates();
      if (count < 0) Atomics.add(this.control, FAULTS, 1);
      this.now = this.clock();
      for (let index = 0; index < count; index++) this.answer(index);
      const faults = this.batch.flush();
      if (faults > 0) Atomics.add(this.control, FAULTS, faults);
      if (isLast) return;
    }
  }

  private answer(index: number): void {
    const { batch } = this;
    const slot = batch.slot(index);
    const length = batch.length(index);
    const peer = batch.source(index);
    if (this.setup.balancers.length === 0) this.answerQuery(index, length, peer);
    else {
      const datagram = readDatagram(slot.subarray(0, length), peer, this.setup.balancers);
      if (datagram === null) return;
      slot.copyWithin(0, datagram.start, length);
      this.answerQuery(index, length - datagram.start, datagram.source);
    }
  }

  /** The query stands at the start of the slot. */
  private answerQuery(index: number, length: number, source: Address): void {
    const { batch } = this;
    const answered = this.responder.respond(batch.slot(index), length, source, 'udp');
    if (answered > 0) batch.answer(index, answered);
    else if (answered === COLD) this.handOver(index, length, source);
  }

  /** Of a source that sends far more than may be forwarded for it, the rest costs the thread that fetches nothing. */
  private handOver(index: number, length: number, source: Address): void {
    if (Atomics.load(this.control, PENDING) >= MAX_PENDING) return;
    if (!this.handedOver.allows(networksOf(source), this.now)) return;
    const { family, words } = source;
    Atomics.add(this.control, PENDING, 1);
    const query = this.batch.slot(index).slice(0, length);
    this.post({ kind: 'cold', query, source: { family, words: [...words] }, path: this.batch.path(index) });
  }

  /** Before the first query that could need them: what was published when a datagram came is known when it is answered. */
  private takeUpdates(): void {
    this.updates = Atomics.load(this.control, UPDATES);
    for (;;) {
      const next = receiveMessageOnPort(this.port);
      if (next === undefined) return;
      this.update(next.message);
    }
  }

  private update(message: ToWorker): void {
    if (message.kind === 'allowlist') this.responder.useAllowlist(message.allowlist);
    else this.responder.useCatalogue(message.catalogue);
  }

  private post(message: FromWorker): void {
    this.port.postMessage(message);
  }
}

new UdpThread(workerData as WorkerSetup).run();
