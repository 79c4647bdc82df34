// A real upstream resolver over TLS, whose answers a test writes; it also notes whatever comes to its port without TLS.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls';
import dnsPacket from 'dns-packet';
import type { TestCertificate } from '../../support/network/certificate.js';
import { framed } from './device.js';
import { listenOnSamePort } from './same-port.js';
import { type AskedQuestion, type Script, usualAnswers } from './upstream-server.js';

export interface AskedOverTls extends AskedQuestion {
  readonly connection: TLSSocket;
}

export interface TlsTestUpstream {
  readonly port: number;
  /** All questions so far. */
  readonly asked: AskedOverTls[];
  /** All connections so far, after their handshakes. */
  readonly connections: TLSSocket[];
  /** What came without TLS: datagrams, and connections that began with something else than a handshake. */
  readonly plain: string[];
  script: (asked: AskedOverTls) => ReturnType<Script>;
  close(): Promise<void>;
}

export async function startTlsUpstream(
  certificate: TestCertificate,
  options: TlsOptions = {},
): Promise<TlsTestUpstream> {
  const server = createServer({ cert: certificate.cert, key: certificate.key, ...options });
  const upstream: TlsTestUpstream = {
    port: 0,
    asked: [],
    connections: [],
    plain: [],
    script: usualAnswers,
    async close() {
      udp.close();
      for (const connection of upstream.connections) connection.destroy();
      server.close();
      await once(server, 'close');
    },
  };

  async function answer(bytes: Buffer, connection: TLSSocket) {
    const packet = dnsPacket.decode(bytes);
    const { name, type } = packet.questions![0]!;
    const asked = {
      name,
      type,
      transport: 'tls',
      bytes,
      packet,
      fromPort: connection.remotePort!,
      connection,
    } as const;
    upstream.asked.push(asked);
    const answers = [(await upstream.script(asked)) ?? []].flat();
    if (connection.writable) for (const message of answers) connection.write(framed(message));
  }

  server.on('secureConnection', (connection) => {
    upstream.connections.push(connection);
    let received = Buffer.alloc(0);
    connection.on('error', () => {});
    connection.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0);
        const message = received.subarray(2, end);
        received = received.subarray(end);
        void answer(message, connection);
      }
    });
  });
  server.on('tlsClientError', (error: Error & { code?: string }) => {
    if (error.code !== 'ECONNRESET') upstream.plain.push(error.code ?? error.message);
  });
  const udp = createSocket('udp4');
  udp.on('message', () => upstream.plain.push('a datagram'));
  Object.assign(upstream, { port: await listenOnSamePort(server, udp, 0) });
  return upstream;
}
