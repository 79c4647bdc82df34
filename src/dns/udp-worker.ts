// The script of a UDP worker: a chain of its own answers datagrams in batches, from memory that it shares with the other threads.
import { type MessagePort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { AllowlistReader } from '../allowlist/replica.js';
import type { Address } from '../lib/ip.js';
import { CacheReader } from './cache/cache-reader.js';
import type { Responder } from './chain.js';
import { monotonicClock } from './clock.js';
import { DROPPED, MISS } from './packet.js';
import { prefixesOf, SourceRates } from './policy/forward-limits.js';
import { openChain, type SharedSetup } from './shared-chain.js';
import { Tally } from './tally.js';
import { DatagramBatch } from './transport/datagram-batch.js';
import { loadLibc } from './transport/libc.js';
import { readDatagram } from './transport/proxy-protocol.js';
import type { Arrival, Route } from './transport/transports.js';
import {
  CONTROL_WORD,
  type FromWorker,
  type ToWorker,
  type WorkerSetup,
} from './transport/worker-protocol.js';

/**
 * The cache misses of one worker that may wait for the main thread; more are dropped. It is far more than one source may have
 * in flight, so that the main thread, which knows all workers' queries, decides about each source's part.
 */
const MAX_PENDING = 4000;

type Setup = WorkerSetup<SharedSetup>;

class UdpWorker {
  private readonly port: MessagePort;
  private readonly control: Int32Array;
  private readonly batch: DatagramBatch;
  private readonly responder: Responder;
  private readonly handedOver: SourceRates;
  private readonly clock = monotonicClock();
  private now = this.clock();
  private updates = 0;
  /** Of the datagram that is being answered. */
  private readonly arrival: Arrival & { source: Address; server: Address };

  constructor(private readonly setup: Setup) {
    const { port, control, socket } = setup;
    const libc = loadLibc();
    if (libc === null) throw new Error('the C library cannot be loaded');
    this.port = port;
    this.control = new Int32Array(control);
    this.batch = new DatagramBatch(libc, socket);
    const { address } = socket;
    this.arrival = { transport: 'udp', source: address, server: address, serverName: null };
    this.handedOver = new SourceRates(setup.handedOver);
    this.responder = openChain(setup, {
      allowlist: new AllowlistReader(setup.allowlist, () => this.takeUpdates()),
      catalogue: setup.catalogue,
      cache: new CacheReader(setup.cache),
      onPrefetch: ({ bytes, length }) => this.post({ kind: 'prefetch', query: bytes.slice(0, length) }),
      tally: new Tally(setup.tally),
      now: () => this.now,
    });
  }

  /** Answers datagrams until the main thread sets STOP. */
  run(): void {
    for (;;) {
      const count = this.batch.receive();
      const isLast = Atomics.load(this.control, CONTROL_WORD.STOP) !== 0;
      if (Atomics.load(this.control, CONTROL_WORD.UPDATES) !== this.updates) this.takeUpdates();
      if (count < 0) this.countSocketErrors(1);
      this.now = this.clock();
      for (let index = 0; index < count; index++) this.answer(index);
      const errors = this.batch.flush();
      if (errors > 0) this.countSocketErrors(errors);
      if (isLast) return;
    }
  }

  private answer(index: number): void {
    const { batch } = this;
    const slot = batch.slot(index);
    const length = batch.length(index);
    const received = batch.route(index);
    if (this.setup.balancers.length === 0) this.answerQuery(index, length, received);
    else {
      const datagram = readDatagram(slot.subarray(0, length), received, this.setup.balancers);
      if (datagram === null) return;
      slot.copyWithin(0, datagram.start, length);
      this.answerQuery(index, length - datagram.start, datagram.route);
    }
  }

  /** The query stands at the start of the slot. */
  private answerQuery(index: number, length: number, { source, server }: Route): void {
    const { batch, arrival } = this;
    arrival.source = source;
    arrival.server = server;
    const outcome = this.responder.respond(batch.slot(index), length, arrival);
    if (outcome === MISS) this.handOver(index, length);
    else if (outcome !== DROPPED) batch.answer(index, outcome);
  }

  /** Hands a cache miss over to the main thread, unless its source sends far more queries than may be forwarded for it. */
  private handOver(index: number, length: number): void {
    const { source, server } = this.arrival;
    if (Atomics.load(this.control, CONTROL_WORD.PENDING) >= MAX_PENDING) return;
    if (!this.handedOver.allows(prefixesOf(source), this.now)) return;
    Atomics.add(this.control, CONTROL_WORD.PENDING, 1);
    const query = this.batch.slot(index).slice(0, length);
    const arrival = { ...this.arrival, source: copyOf(source), server: copyOf(server) };
    this.post({ kind: 'miss', query, arrival, path: this.batch.path(index) });
  }

  /** Takes all messages before the batch is answered: an allowlist that was published before a datagram came applies to it. */
  private takeUpdates(): void {
    this.updates = Atomics.load(this.control, CONTROL_WORD.UPDATES);
    for (;;) {
      const next = receiveMessageOnPort(this.port);
      if (next === undefined) return;
      this.update(next.message);
    }
  }

  private update(message: ToWorker): void {
    if (message.kind === 'allowlist') this.responder.useAllowlist(message.update);
    else this.responder.useCatalogue(message.catalogue);
  }

  private countSocketErrors(count: number): void {
    Atomics.add(this.control, CONTROL_WORD.SOCKET_ERRORS, count);
  }

  private post(message: FromWorker): void {
    this.port.postMessage(message);
  }
}

/** The addresses of a batch are overwritten by the next datagram. */
function copyOf({ family, words }: Address): Address {
  return { family, words: [...words] };
}

new UdpWorker(workerData as Setup).run();
