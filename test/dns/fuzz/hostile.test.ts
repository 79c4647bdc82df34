import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quantiles } from '../../../bench/quantiles.js';
import { makeCertificate } from '../../support/network/certificate.js';
import { framed, TcpDevice, UdpDevice } from '../support/device.js';
import { decode, query } from '../support/messages.js';
import { proxyHeader } from '../support/proxy-header.js';
import { startTestEdge, type TestEdge } from '../support/test-edge.js';
import { QUERIES } from './corpus.js';
import { mutated } from './mutator.js';
import { Random } from './random.js';

const SEED = 20_261_123;
const DATAGRAMS = 20_000;
const STREAMS = 1500;
const SLOW_PEERS = 100;
const IDLE = 10_000;
const CUSTOMER = '127.0.0.7';
const RELAYED = 'www.stream.example';

let edge: TestEdge;
let open: Socket[];
beforeAll(async () => {
  open = [];
  const free = { host: '127.0.0.1', port: 0 };
  const certificate = makeCertificate();
  edge = await startTestEdge({
    workers: 1,
    requiresCookie: true,
    secure: { certificate, dot: free, doh: free },
  });
});
afterAll(async () => {
  for (const socket of open) socket.destroy();
  await edge?.close();
});

const unlisted = (index: number) => `127.${2 + ((index >> 16) & 63)}.${(index >> 8) & 255}.${index & 255}`;

/** Resolves when it is connected, or was refused; whatever becomes of it later. */
async function attack(port: number, source: string, bytes?: Uint8Array): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: source });
  open.push(socket);
  socket.on('error', () => {});
  socket.resume();
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]).catch(() => {});
  if (bytes !== undefined && socket.writable) socket.write(bytes);
  return socket;
}

/** Asks over UDP and TCP in turn until it is stopped; rejects as soon as an answer is wrong or does not come. */
async function customer(signal: AbortSignal): Promise<number[]> {
  const times: number[] = [];
  const udp = await UdpDevice.at(CUSTOMER, edge.port);
  const ask = async (work: () => Promise<Buffer>) => {
    const began = performance.now();
    const answer = decode(await work());
    times.push(performance.now() - began);
    expect(answer.answers).toEqual(['A 198.51.100.10']);
  };
  for (let id = 1; !signal.aborted; id = (id + 1) & 0xffff) {
    const message = query({ name: RELAYED, id });
    await ask(() => udp.ask(message));
    const tcp = await TcpDevice.at(CUSTOMER, edge.tcpPort);
    await ask(() => tcp.ask(message));
    tcp.close();
  }
  udp.close();
  return times;
}

/** So often the system's events are seen to. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

const ATTACKS: Record<string, () => Promise<void>> = {
  async 'malformed datagrams, from allowed and unlisted clients'() {
    const sockets = await Promise.all(
      ['127.0.0.8', unlisted(1)].map(async (source) => {
        const socket = createSocket('udp4');
        socket.bind(0, source);
        await once(socket, 'listening');
        return socket;
      }),
    );
    for (let index = 0; index < DATAGRAMS; index++) {
      const random = Random.of(SEED, index);
      const message = mutated(random, QUERIES).subarray(0, 8000);
      sockets[index % 2]!.send(message, edge.port, '127.0.0.1');
      // The customer, in the same process, is to have a turn.
      if (index % 20 === 0) await turns(1);
    }
    for (const socket of sockets) socket.close();
  },

  async 'broken, cut and unfinished frames, with and without an end'() {
    for (let index = 0; index < STREAMS; index++) {
      const random = Random.of(SEED, DATAGRAMS + index);
      const frames = Array.from({ length: 4 }, () => framed(mutated(random, QUERIES).subarray(0, 0xffff)));
      const whole = Buffer.concat(frames);
      const stream = random.chance(0.5) ? whole.subarray(0, random.below(whole.length + 1)) : whole;
      const source = random.chance(0.5) ? '127.0.0.9' : unlisted(index);
      const port = random.pick([edge.tcpPort, edge.tcpPort, edge.dotPort!, edge.dohPort!]);
      const socket = await attack(port, source, stream);
      // A third ends its side, a third is cut off, and a third stays as it is: half open, until it is idle for too long.
      const end = random.below(3);
      if (end === 0) socket.end();
      else if (end === 1) socket.destroy();
    }
  },

  async 'peers that send a byte at a time'() {
    const message = framed(query({ name: RELAYED }));
    const sockets = await Promise.all(
      Array.from({ length: SLOW_PEERS }, (_, index) => attack(edge.tcpPort, unlisted(70_000 + index))),
    );
    for (const byte of message) {
      for (const socket of sockets) if (socket.writable) socket.write(Uint8Array.of(byte));
      await turns(20);
    }
  },

  async 'PROXY headers of peers that are no balancers'() {
    const forged = Buffer.concat([proxyHeader({ source: CUSTOMER }), framed(query({ name: RELAYED }))]);
    for (let index = 0; index < 200; index++) {
      const socket = connect({
        port: edge.tcpPort,
        host: '127.0.0.1',
        localAddress: unlisted(80_000 + index),
      });
      open.push(socket);
      const answered: Buffer[] = [];
      socket.on('error', () => {});
      socket.on('data', (chunk: Buffer) => answered.push(chunk));
      const closed = once(socket, 'close').catch(() => {});
      socket.end(forged);
      await closed;
      expect(Buffer.concat(answered).includes(Buffer.from([198, 51, 100, 10]))).toBe(false);
    }
  },

  async 'ten thousand connections that stay idle'() {
    for (let index = 0; index < IDLE; index += 50) {
      await Promise.all(
        Array.from({ length: 50 }, (_, more) => attack(edge.tcpPort, unlisted(100_000 + index + more))),
      );
      // Unlisted clients may have half of all connections.
      const metrics = await edge.registry.getSingleMetric('dns_tcp_connections')!.get();
      expect(metrics.values[0]!.value).toBeLessThanOrEqual(520);
    }
  },
};

describe('during an attack of unlisted clients every query of a customer is answered:', () => {
  it.each(Object.entries(ATTACKS))('%s', { timeout: 120_000 }, async (name, work) => {
    const stop = new AbortController();
    const served = customer(stop.signal);
    await Promise.race([work(), served]);
    stop.abort();
    const times = await served;
    expect(times.length).toBeGreaterThan(2);
    const { p50, p99, max } = quantiles(times);
    process.stdout.write(`${name}: ${times.length} questions, p50 ${p50} ms, p99 ${p99} ms, max ${max} ms\n`);
    for (const socket of open.splice(0)) socket.destroy();
  });
});
