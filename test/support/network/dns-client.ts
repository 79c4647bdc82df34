// A device: asks the edge over UDP or TCP from a source address of its own, and decodes with an independent library.
import { randomBytes, randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import dnsPacket, { type Answer, type DecodedPacket, type RecordType } from 'dns-packet';

export interface DnsQuestion {
  readonly port: number;
  /** An address of 127.0.0.0/8. */
  readonly source: string;
  readonly name: string;
  readonly type?: RecordType;
  readonly transport?: 'udp' | 'tcp';
  /** Whether it gets itself a server cookie first (RFC 7873). */
  readonly cookie?: boolean;
}

const COOKIE = 10;

export interface DnsAnswer {
  readonly rcode: string;
  /** Addresses of the A and AAAA records of the answer section. */
  readonly addresses: readonly string[];
  readonly packet: DecodedPacket;
}

/** Rejects when nothing comes back within five seconds. */
export async function ask(question: DnsQuestion): Promise<DnsAnswer> {
  if (question.cookie !== true) return askWith(question, null);
  const { packet } = await askWith(question, randomBytes(8));
  const [opt] = (packet.additionals ?? []) as unknown as { options: { code: number; data: Buffer }[] }[];
  return askWith(question, opt!.options.find(({ code }) => code === COOKIE)!.data);
}

async function askWith(question: DnsQuestion, cookie: Buffer | null): Promise<DnsAnswer> {
  const query = dnsPacket.encode({
    type: 'query',
    id: randomInt(65536),
    flags: dnsPacket.RECURSION_DESIRED,
    questions: [{ type: question.type ?? 'A', name: question.name }],
    additionals: cookie === null ? [] : [optWith(cookie)],
  });
  const exchange = question.transport === 'tcp' ? overTcp : overUdp;
  const packet = dnsPacket.decode(await exchange(question, query));
  const addresses = (packet.answers ?? []).flatMap((record) =>
    record.type === 'A' || record.type === 'AAAA' ? [record.data] : [],
  );
  // The library's typings leave out the rcode that it decodes.
  return { rcode: (packet as DecodedPacket & { rcode: string }).rcode, addresses, packet };
}

function optWith(cookie: Buffer): Answer {
  const options = [{ code: COOKIE, data: cookie }];
  return { type: 'OPT', name: '.', udpPayloadSize: 1232, flags: 0, options } as unknown as Answer;
}

async function overUdp({ port, source }: DnsQuestion, query: Buffer): Promise<Buffer> {
  const socket = createSocket('udp4');
  try {
    socket.bind(0, source);
    await once(socket, 'listening');
    socket.send(query, port, '127.0.0.1');
    const [message] = (await once(socket, 'message', { signal: AbortSignal.timeout(5000) })) as [Buffer];
    return message;
  } finally {
    socket.close();
  }
}

async function overTcp({ port, source }: DnsQuestion, query: Buffer): Promise<Buffer> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: source });
  try {
    await once(socket, 'connect');
    const length = Buffer.alloc(2);
    length.writeUInt16BE(query.length);
    socket.write(Buffer.concat([length, query]));
    let received = Buffer.alloc(0);
    const signal = AbortSignal.timeout(5000);
    while (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) {
      const [chunk] = (await once(socket, 'data', { signal })) as [Buffer];
      received = Buffer.concat([received, chunk]);
    }
    return received.subarray(2, 2 + received.readUInt16BE(0));
  } finally {
    socket.destroy();
  }
}

/** Asks again until the answer's rcode is the given one: a change in Redis reaches a node within milliseconds. */
export async function askUntil(rcode: string, question: DnsQuestion): Promise<DnsAnswer> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const answer = await ask(question);
    if (answer.rcode === rcode) return answer;
    if (Date.now() > deadline) throw new Error(`expected ${rcode}, got ${answer.rcode}`);
    // Slower than the limit on the datagrams of one source, which leaves some of them without an answer.
    await delay(20);
  }
}
