// An upstream over TLS (RFC 7858): one verified connection, open as long as it is used. There is no fallback to plain text.
import { connect, createSecureContext, type SecureContext } from 'node:tls';
import type { Endpoint } from '../../config/settings.js';
import { HEADER_SIZE } from '../wire/wire.js';
import { ExchangeError, type ExchangeFailure, type UpstreamQuestion, writeQuery } from './exchange.js';
import { type Asked, type ConnectionEvents, UpstreamConnection } from './upstream-connection.js';
import { Health, type HealthState, PROBE } from './upstream-health.js';
import { type AttemptLimits, type UpstreamPath, type UpstreamTransport } from './upstream-transport.js';

/** RFC 8467 section 4.1. */
const PADDING_BLOCK = 128;

export interface TlsUpstreamOptions {
  readonly endpoint: Endpoint;
  /** The name that the certificate must have (RFC 8310 section 7.1). */
  readonly authName: string;
  /** PEM of the trusted authorities; undefined: Node's own list. */
  readonly authorities: readonly string[] | undefined;
}

export class TlsUpstream implements UpstreamTransport {
  readonly paths: UpstreamTransport['paths'];
  private readonly health: Health;
  private readonly context: SecureContext;
  /** The current connection, and retired ones with queries in flight. */
  private readonly connections = new Set<UpstreamConnection>();
  private current: UpstreamConnection | null = null;
  /** The TLS session of the last verified handshake. Used once, so that connections cannot be linked (RFC 8446 C.4). */
  private session: Buffer | undefined;
  private isClosed = false;
  private readonly events: ConnectionEvents = {
    onMessage: () => this.health.responded(),
    onRetired: (connection) => this.leave(connection),
    onClosed: (connection, unanswered, failure) => {
      this.leave(connection);
      this.connections.delete(connection);
      for (const asked of unanswered) this.repeatOrFail(asked, failure);
    },
  };

  constructor(
    private readonly options: TlsUpstreamOptions,
    onHealth: (path: UpstreamPath, state: HealthState) => void,
  ) {
    const { authorities } = options;
    this.health = new Health({
      probe: (timeoutMs) => this.overTls(PROBE, timeoutMs),
      onChange: (state) => onHealth('tls', state),
    });
    this.paths = [{ path: 'tls', health: this.health }];
    this.context = createSecureContext({
      minVersion: 'TLSv1.2',
      ...(authorities !== undefined && { ca: [...authorities] }),
    });
  }

  exchange(question: UpstreamQuestion, { replyMs }: AttemptLimits): Promise<Buffer> {
    return this.health.observe(() => this.overTls(question, replyMs));
  }

  close(): void {
    this.isClosed = true;
    this.health.close();
    for (const connection of this.connections) connection.destroy('unreachable');
  }

  private overTls(question: UpstreamQuestion, timeoutMs: number): Promise<Buffer> {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    const asked: Asked = {
      query: writeQuery(question, PADDING_BLOCK),
      questionEnd: HEADER_SIZE + question.bytes.length,
      resolve,
      reject: (failure) => reject(new ExchangeError(failure)),
      connection: null,
      receivedBefore: -1,
      isRepeated: false,
    };
    const timer = setTimeout(() => {
      asked.connection?.giveUp(asked);
      asked.reject('timeout');
    }, timeoutMs);
    this.ask(asked);
    return promise.finally(() => clearTimeout(timer));
  }

  private ask(asked: Asked): void {
    if (this.isClosed) asked.reject('unreachable');
    else this.connection().ask(asked);
  }

  private connection(): UpstreamConnection {
    if (this.current !== null) return this.current;
    const { endpoint, authName } = this.options;
    const socket = connect({
      ...endpoint,
      servername: authName,
      secureContext: this.context,
      ...(this.session !== undefined && { session: this.session }),
    });
    this.session = undefined;
    socket.on('session', (session) => {
      this.session = session;
    });
    this.current = new UpstreamConnection(socket, this.events);
    this.connections.add(this.current);
    return this.current;
  }

  private leave(connection: UpstreamConnection): void {
    if (this.current === connection) this.current = null;
  }

  /**
   * Repeats a query once. An upstream may close the connection at any time (RFC 7766 section 6.2.4), also while a query is in
   * flight, and a malformed message may belong to another query.
   */
  private repeatOrFail(asked: Asked, failure: ExchangeFailure): void {
    asked.connection = null;
    if ((failure === 'closed' || failure === 'malformed') && !asked.isRepeated) {
      asked.isRepeated = true;
      this.ask(asked);
    } else asked.reject(failure);
  }
}
