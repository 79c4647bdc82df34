// TLS for DoT and DoH: a handshake with a deadline, and a certificate that can be replaced while connections are open.
import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import {
  createSecureContext,
  createServer,
  type SecureContextOptions,
  type Server,
  type TLSSocket,
} from 'node:tls';
import type { Peer } from './peer.js';
import type { Conversation } from './stream-server.js';

/** PEM. The server's own certificate comes first, its intermediates may follow. */
export interface Certificate {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** TLS 1.2 or later (RFC 8310 section 8). Without renegotiation, by which a client could cause endless handshakes. */
function secureContextOptions({ cert, key }: Certificate): SecureContextOptions {
  return { cert, key, minVersion: 'TLSv1.2', secureOptions: constants.SSL_OP_NO_RENEGOTIATION };
}

/** Throws when OpenSSL rejects the pair: a malformed chain, a key that does not match or is too short. */
export function checkCertificate(certificate: Certificate): void {
  createSecureContext(secureContextOptions(certificate));
}

export interface TlsFrontOptions {
  readonly certificate: Certificate;
  /** The ALPN protocol. A client that offers only others is rejected (RFC 7301 section 3.2). */
  readonly protocol: 'dot' | 'h2';
  /** Whether a client that offers none is rejected, too. */
  readonly protocolRequired: boolean;
  /** Milliseconds for the whole handshake. */
  readonly handshakeMs: number;
  /** A connection has closed without a successful handshake. */
  readonly onFailed: () => void;
}

/** The weight of a handshake in Turns: it takes about as long as so many turns with queries. */
const HANDSHAKE_WEIGHT = 4;

export class TlsFront {
  private readonly server: Server;
  /** Connections in their handshake. */
  private readonly waiting = new Map<string, (secure: TLSSocket) => void>();

  constructor(private readonly options: TlsFrontOptions) {
    const { certificate, protocol } = options;
    // It never listens: it gets sockets that have passed the connection limits.
    this.server = createServer({ ...secureContextOptions(certificate), ALPNProtocols: [protocol] });
    this.server.on('secureConnection', (secure) => {
      // A connection without addresses has been closed by the client already.
      this.waiting.get(fourTuple(secure))?.(secure);
    });
  }

  /** Used for new connections. Open ones are not affected. Throws when OpenSSL rejects the certificate. */
  useCertificate(certificate: Certificate): void {
    this.server.setSecureContext(secureContextOptions(certificate));
  }

  /** Starts the handshake when the client's first bytes have come, in a turn of its source. */
  begin(socket: Socket, peer: Peer, converse: (secure: TLSSocket) => Conversation): Conversation {
    const { protocolRequired, handshakeMs, onFailed } = this.options;
    const connection = fourTuple(socket);
    const deadline = setTimeout(() => socket.destroy(), handshakeMs);
    let conversation: Conversation = { isBusy: false, stop: () => socket.destroy() };
    this.waiting.set(connection, (secure) => {
      if (protocolRequired && !secure.alpnProtocol) {
        secure.destroy();
        return;
      }
      this.waiting.delete(connection);
      clearTimeout(deadline);
      conversation = converse(secure);
    });
    socket.once('close', () => {
      clearTimeout(deadline);
      if (this.waiting.delete(connection)) onFailed();
    });
    // A client that ends its side during the handshake has disconnected.
    socket.allowHalfOpen = false;
    const handshake = {
      takeTurn: () => {
        if (!socket.destroyed) this.server.emit('connection', socket);
        return false;
      },
    };
    const begin = () => peer.askTurn(handshake, HANDSHAKE_WEIGHT);
    if (socket.readableLength > 0) begin();
    else socket.once('readable', begin);
    return {
      get isBusy() {
        return conversation.isBusy;
      },
      stop: () => conversation.stop(),
    };
  }
}

/** Identifies an open connection: Node has no other way to find the socket of a TLSSocket. */
function fourTuple({ localAddress, localPort, remoteAddress, remotePort }: Socket): string {
  return `${localAddress} ${localPort} ${remoteAddress} ${remotePort}`;
}
