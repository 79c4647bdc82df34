// A real upstream resolver over UDP and TCP on one port, whose answers a test writes.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import dnsPacket, { type Answer, type DecodedPacket } from 'dns-packet';
import { listenOnSamePort } from './same-port.js';

export interface AskedQuestion {
  readonly name: string;
  readonly type: string;
  readonly transport: 'udp' | 'tcp' | 'tls';
  readonly bytes: Buffer;
  readonly packet: DecodedPacket;
  /** The port that the question came from. */
  readonly fromPort: number;
  /** Undefined over UDP. */
  readonly connection?: Socket;
}

/** What goes back, in order; null is silence. */
export type Script = (asked: AskedQuestion) => Buffer | readonly Buffer[] | null | Promise<Buffer | null>;

export interface TestUpstream {
  readonly port: number;
  /** All questions so far. */
  readonly asked: AskedQuestion[];
  script: Script;
  /** From now on connections are refused, and UDP is answered. */
  refuseTcp(): void;
  /** Takes the same port again after `close`. */
  reopen(): Promise<void>;
  close(): Promise<void>;
}

const SOA = {
  type: 'SOA',
  name: 'example.org',
  ttl: 900,
  data: {
    mname: 'ns.example.org',
    rname: 'hostmaster.example.org',
    serial: 1,
    refresh: 3600,
    retry: 600,
    expire: 86_400,
    minimum: 120,
  },
} as const;

/** Flags of a usual answer: RD and RA. */
const ANSWER_FLAGS = dnsPacket.RECURSION_DESIRED | dnsPacket.RECURSION_AVAILABLE;

export interface AnswerParts {
  readonly answers?: readonly Answer[];
  readonly authorities?: readonly Answer[];
  readonly additionals?: readonly Answer[];
  readonly flags?: number;
}

/** An answer to the question as it came, with an OPT record unless `additionals` says otherwise. */
export function answerTo({ packet, bytes }: AskedQuestion, parts: AnswerParts): Buffer {
  const encoded = dnsPacket.encode({
    type: 'response',
    id: packet.id!,
    flags: parts.flags ?? ANSWER_FLAGS,
    answers: [...(parts.answers ?? [])],
    authorities: [...(parts.authorities ?? [])],
    additionals: [...(parts.additionals ?? [OPT])],
  });
  // The library compresses no names, so the question's bytes can be put in between.
  encoded.writeUInt16BE(1, 4);
  return Buffer.concat([encoded.subarray(0, 12), questionOf(bytes), encoded.subarray(12)]);
}

/** The bytes of the only question of a message. */
export function questionOf(bytes: Buffer): Buffer {
  let at = 12;
  while (bytes[at] !== 0) at += bytes[at]! + 1;
  return bytes.subarray(12, at + 5);
}

export const OPT = {
  type: 'OPT',
  name: '.',
  udpPayloadSize: 1232,
  flags: 0,
  options: [],
} as unknown as Answer;

/** A and AAAA for every name, nothing of other types, and NXDOMAIN below a label `nxdomain`. */
export const usualAnswers: Script = (asked) => {
  const { name, type } = asked;
  const NXDOMAIN = 3;
  if (name.toLowerCase().split('.').includes('nxdomain')) {
    return answerTo(asked, { flags: ANSWER_FLAGS | NXDOMAIN, authorities: [SOA] });
  }
  if (type === 'A') return answerTo(asked, { answers: [{ type, name, ttl: 300, data: '192.0.2.53' }] });
  if (type === 'AAAA') return answerTo(asked, { answers: [{ type, name, ttl: 300, data: '2001:db8::53' }] });
  return answerTo(asked, { authorities: [SOA] });
};

export async function startUpstream(script: Script = usualAnswers): Promise<TestUpstream> {
  const asked: AskedQuestion[] = [];
  let open: Listening | undefined;
  const upstream = {
    port: 0,
    asked,
    script,
    refuseTcp: () => open?.refuseTcp(),
    close: async () => open?.close(),
    async reopen() {
      open = await listen(upstream);
    },
  };
  await upstream.reopen();
  return upstream;
}

interface Listening {
  refuseTcp(): void;
  close(): Promise<void>;
}

async function listen(upstream: TestUpstream & { port: number }): Promise<Listening> {
  async function answers(bytes: Buffer, from: Pick<AskedQuestion, 'transport' | 'fromPort' | 'connection'>) {
    const packet = dnsPacket.decode(bytes);
    const { name, type } = packet.questions![0]!;
    const question = { name, type, bytes, packet, ...from };
    upstream.asked.push(question);
    return [(await upstream.script(question)) ?? []].flat();
  }

  const tcp = createServer();
  const connections = new Set<Socket>();
  tcp.on('connection', (socket) => {
    connections.add(socket);
    let received = Buffer.alloc(0);
    socket.on('error', () => {});
    socket.on('close', () => connections.delete(socket));
    socket.on('data', async (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      const message = received.subarray(2, 2 + received.readUInt16BE(0));
      received = Buffer.alloc(0);
      for (const answer of await answers(message, {
        transport: 'tcp',
        fromPort: socket.remotePort!,
        connection: socket,
      })) {
        const length = Buffer.alloc(2);
        length.writeUInt16BE(answer.length);
        socket.write(Buffer.concat([length, answer]));
      }
    });
  });
  const udp = createSocket('udp4');
  udp.on('message', async (bytes, peer) => {
    const from = { transport: 'udp', fromPort: peer.port } as const;
    for (const answer of await answers(bytes, from)) udp.send(answer, peer.port, peer.address);
  });
  upstream.port = await listenOnSamePort(tcp, udp, upstream.port);

  const tcpClosed = once(tcp, 'close');
  let closing: Promise<void> | undefined;
  return {
    refuseTcp: () => tcp.close(),
    close() {
      closing ??= (async () => {
        udp.close();
        for (const socket of connections) socket.destroy();
        tcp.close();
        await tcpClosed;
      })();
      return closing;
    },
  };
}
