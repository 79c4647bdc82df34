// TLS before DoT or DoH: a handshake with a deadline, and a certificate that can be replaced while connections are open.
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

/** PEM; the first certificate is the server's own, those that lead to its root may follow. */
export interface Certificate {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** RFC 8310 section 8 wants TLS 1.2 or later; renegotiation (TLS 1.2) would let a peer ask for handshakes without end. */
function secureContextOptions({ cert, key }: Certificate): SecureContextOptions {
  return { cert, key, minVersion: 'TLSv1.2', secureOptions: constants.SSL_OP_NO_RENEGOTIATION };
}

/** Throws when OpenSSL does not take the pair: a broken chain, or a key that is too short for it. */
export function checkCertificate(certificate: Certificate): void {
  createSecureContext(secureContextOptions(certificate));
}

export interface TlsFrontOptions {
  readonly certificate: Certificate;
  /** The ALPN name. A client that offers only others is refused (RFC 7301 section 3.2). */
  readonly protocol: 'dot' | 'h2';
  /** Whether one that offers none is refused, too. */
  readonly protocolRequired: boolean;
  /** Milliseconds for the whole handshake, however many bytes come meanwhile. */
  readonly handshakeMs: number;
  /** A connection has closed without a handshake that suits us. */
  readonly onFailed: () => void;
}

/** What a handshake weighs among the turns: about as long as answers to so many turns of others. */
const HANDSHAKE_WEIGHT = 4;

export class TlsFront {
  private readonly server: Server;
  /** Connections in their handshake. */
  private readonly waiting = new Map<string, (secure: TLSSocket) => void>();

  constructor(private readonly options: TlsFrontOptions) {
    const { certificate, protocol } = options;
    // Never listens: it is handed sockets whose source is known and has been admitted.
    this.server = createServer({ ...secureContextOptions(certificate), ALPNProtocols: [protocol] });
    this.server.on('secureConnection', (secure) => {
      // Without its four parts the peer has gone already.
      this.waiting.get(fourTuple(secure))?.(secure);
    });
  }

  /** For the connections that come from now on; open ones go on. Throws when OpenSSL does not take it. */
  useCertificate(certificate: Certificate): void {
    this.server.setSecureContext(secureContextOptions(certificate));
  }

  /** The handshake begins when the client's first bytes are there, in a turn of its source. */
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
    // A peer that ends its side in the middle of the handshake has gone.
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

/** No two open connections have the same; Node does not tell otherwise which socket a TLSSocket was made of. */
function fourTuple({ localAddress, localPort, remoteAddress, remotePort }: Socket): string {
  return `${localAddress} ${localPort} ${remoteAddress} ${remotePort}`;
}
