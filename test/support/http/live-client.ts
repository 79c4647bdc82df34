// Somebody who watches: over WebSocket or over server-sent events, each result in its turn.
import { createClient as createStreamClient } from 'graphql-sse';
import { createClient as createSocketClient } from 'graphql-ws';
import { WebSocket } from 'ws';

export type Transport = 'websocket' | 'stream';

export interface LiveRequest {
  readonly query: string;
  readonly variables?: Record<string, unknown>;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface LiveResult {
  // biome-ignore lint/suspicious/noExplicitAny: answers are compared, not computed with
  readonly data?: any;
  readonly errors?: readonly {
    readonly message: string;
    readonly extensions?: Readonly<Record<string, unknown>>;
  }[];
}

export interface Watching {
  /** The next result; done when the server has completed the subscription. Rejects with what a socket was closed with. */
  next(): Promise<IteratorResult<LiveResult>>;
  stop(): Promise<void>;
}

export function watch(url: string, transport: Transport, request: LiveRequest): Watching {
  return transport === 'websocket' ? overSocket(url, request) : overStream(url, request);
}

function overSocket(url: string, { query, variables, token, headers = {} }: LiveRequest): Watching {
  class Socket extends WebSocket {
    constructor(address: string, protocols: string[]) {
      super(address, protocols, { headers });
    }
  }
  const client = createSocketClient({
    url: url.replace('http', 'ws'),
    webSocketImpl: Socket,
    retryAttempts: 0,
    ...(token !== undefined && { connectionParams: { authorization: `Bearer ${token}` } }),
  });
  return inTurn(client.iterate({ query, ...(variables && { variables }) }), () => client.dispose());
}

function overStream(url: string, { query, variables, token, headers = {} }: LiveRequest): Watching {
  const client = createStreamClient({
    url: `${url}/stream`,
    retryAttempts: 0,
    headers: { ...headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
  });
  return inTurn(client.iterate({ query, ...(variables && { variables }) }), () => client.dispose());
}

/** Somebody always waits for the next result: the clients do not report an end to a caller that asks after it. */
function inTurn(results: AsyncIterator<unknown>, dispose: () => void | Promise<void>): Watching {
  let ahead = results.next();
  ahead.catch(() => {});
  return {
    async next() {
      const result = await ahead;
      if (result.done !== true) {
        ahead = results.next();
        ahead.catch(() => {});
      }
      return result as IteratorResult<LiveResult>;
    },
    async stop() {
      void results.return?.();
      await dispose();
    },
  };
}
