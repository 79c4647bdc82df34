// A customer who asks for relayed names, cached names and cache misses over every transport, and an unlisted client that asks for the portal.
import { createSocket, type Socket as Datagrams } from 'node:dgram';
import { once } from 'node:events';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { ask, CUSTOMER, framed, NEWCOMER, PORTAL, type Ports, RELAYED } from './sources.js';

const HOST = '127.0.0.1';
const ANSWER_MS = 5000;
/** Each round has four cache misses: with a shorter pause the customer would exceed the forward limit. */
const PAUSE_MS = 25;

export interface Asked {
  /** Milliseconds, by what was asked over which transport. */
  readonly times: ReadonlyMap<string, readonly number[]>;
  /** What got no answer, or another one than it should. */
  readonly lost: readonly string[];
}

type Exchange = (query: Buffer) => Promise<Buffer>;

/** `label` of the names that are cache misses; it must be new for each call. */
export async function askAll(
  ports: Ports,
  { rounds, label, signal }: { rounds: number; label: string; signal: AbortSignal },
): Promise<Asked> {
  const times = new Map<string, number[]>();
  const lost: string[] = [];
  const customer = await connectAll(ports);
  try {
    for (let round = 0; round < rounds && !signal.aborted; round++) {
      for (const [transport, exchange] of Object.entries(customer.by)) {
        const cold = `${label}-${transport}-${round}.new.example.org`;
        for (const [kind, name] of Object.entries({ relayed: RELAYED, cached: 'cached.example.org', cold })) {
          await measure(`${transport} ${kind}`, () => exchange(ask(name, round)));
        }
      }
      await measure('portal', () => askPortal(ports));
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  } finally {
    customer.close();
  }
  return { times, lost };

  async function measure(kind: string, exchange: () => Promise<Buffer>): Promise<void> {
    const began = performance.now();
    const answer = await exchange().catch(() => null);
    const passed = performance.now() - began;
    times.set(kind, [...(times.get(kind) ?? []), passed]);
    const isAnswer = answer !== null && (answer[3]! & 15) === 0 && answer.readUInt16BE(6) > 0;
    if (!isAnswer) lost.push(kind);
  }
}

async function connectAll(ports: Ports): Promise<{ by: Record<string, Exchange>; close(): void }> {
  const udp = createSocket('udp4');
  udp.bind(0, CUSTOMER);
  await once(udp, 'listening');
  const tcp = await connected(ports.plain, CUSTOMER);
  const dot = await secured(ports.dot, 'dot');
  const http = await secured(ports.doh, 'h2');
  const session = connectHttp2('https://dns.vpn.example', { createConnection: () => http });
  session.on('error', () => {});
  return {
    by: {
      udp: (query) => overUdp(udp, ports.plain, query),
      tcp: (query) => overStream(tcp, query),
      dot: (query) => overStream(dot, query),
      doh: (query) => overHttp(session, query),
    },
    close() {
      udp.close();
      session.destroy();
      for (const socket of [tcp, dot]) socket.destroy();
    },
  };
}

async function connected(port: number, localAddress: string): Promise<Socket> {
  const socket = connect({ host: HOST, port, localAddress, noDelay: true });
  await once(socket, 'connect', { signal: AbortSignal.timeout(ANSWER_MS) });
  // What is asked on it then gets no answer.
  socket.on('error', () => {});
  return socket;
}

async function secured(port: number, protocol: string): Promise<TLSSocket> {
  const socket = await connected(port, CUSTOMER);
  const secure = connectTls({ socket, ALPNProtocols: [protocol], rejectUnauthorized: false });
  const established = once(secure, 'secureConnect', { signal: AbortSignal.timeout(ANSWER_MS) });
  secure.on('error', () => {});
  await established;
  return secure;
}

/** Twice, as stubs do: a datagram may be lost on its way. */
async function overUdp(socket: Datagrams, port: number, query: Buffer): Promise<Buffer> {
  for (let attempt = 1; ; attempt++) {
    socket.send(query, port, HOST);
    try {
      const [answer] = await once(socket, 'message', { signal: AbortSignal.timeout(ANSWER_MS) });
      return answer as Buffer;
    } catch (error) {
      if (attempt === 2) throw error;
    }
  }
}

async function overStream(socket: Socket, query: Buffer): Promise<Buffer> {
  const signal = AbortSignal.timeout(ANSWER_MS);
  socket.write(framed(query));
  let received = Buffer.alloc(0);
  while (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) {
    const [chunk] = await once(socket, 'data', { signal });
    received = Buffer.concat([received, chunk as Buffer]);
  }
  return received.subarray(2);
}

async function overHttp(session: ClientHttp2Session, query: Buffer): Promise<Buffer> {
  const stream = session.request({
    ':path': '/dns-query',
    ':method': 'POST',
    'content-type': 'application/dns-message',
  });
  stream.on('error', () => {});
  stream.end(query);
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(stream, 'end', { signal: AbortSignal.timeout(ANSWER_MS) });
  return Buffer.concat(chunks);
}

/** As a stub does that came over UDP first. */
async function askPortal(ports: Ports): Promise<Buffer> {
  const socket = await connected(ports.plain, NEWCOMER);
  try {
    return await overStream(socket, ask(PORTAL, 1));
  } finally {
    socket.destroy();
  }
}
