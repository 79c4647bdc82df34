// How subscriptions travel: as server-sent events, which is HTTP and passes wherever requests pass, or over WebSocket, where
// fetch cannot read an answer before its end (React Native). Each subscription has a connection of its own.
// The libraries are loaded by the first subscription, so that a page without one does not carry them.
import { type CodedError, coded, GatewayError, refusalIn } from './errors.js';

export interface Wire {
  /** Of the GraphQL endpoint. */
  readonly url: string;
  /** Asked for each connection, so that one that is made again has the token of then. */
  readonly headers: () => Readonly<Record<string, string>>;
  readonly fetch: typeof fetch;
  /** Undefined: the global one. */
  readonly webSocket: unknown;
}

/** What a client sends: a document or its id, and the variables. */
export interface Subscribed {
  readonly query?: string;
  readonly documentId?: string;
  readonly variables?: Record<string, unknown> | undefined;
}

export interface Results extends AsyncIterable<unknown> {
  /** Ends it: the next result rejects with the reason. */
  fail(reason: unknown): void;
  close(): void;
}

export type Transport = (wire: Wire, subscribed: Subscribed) => Promise<Results>;

/** Tries after a connection has broken, over about half a minute; one that was made begins them again. */
const TRIES = 5;

const LOST = coded('CONNECTION_LOST', 'The connection is lost, and could not be made again.');

/** What a gateway closes a WebSocket with when trying again is no use. */
const REFUSALS: ReadonlyMap<number, CodedError> = new Map([
  [4401, coded('UNAUTHENTICATED', 'Sign in first.')],
  [4403, coded('ORIGIN_NOT_ALLOWED', 'Pages of this origin may not use the API.')],
  [4429, coded('TOO_MANY_SUBSCRIPTIONS', 'This account has as many connections as an account may.')],
]);

export const overEvents: Transport = async ({ url, headers, fetch }, subscribed) => {
  const { createClient } = await import('graphql-sse');
  const client = createClient({
    url: `${url}/stream`,
    credentials: 'include',
    headers,
    retryAttempts: TRIES,
    fetchFn: async (target: string, request: RequestInit) => {
      const response = await fetch(target, request);
      // The library would ask again.
      if (isFinal(response)) results.fail(await refusalIn(response));
      return response;
    },
  });
  const results = resultsOf(client, client.iterate(subscribed as { query: string }));
  return results;
};

export const overWebSocket: Transport = async ({ url, headers, webSocket }, subscribed) => {
  const { createClient } = await import('graphql-ws/client');
  const client = createClient({
    url: socketUrl(url),
    connectionParams: headers,
    retryAttempts: TRIES,
    // Anything but a close is an error of our own use of the library, and would be repeated without a pause.
    shouldRetry: (reason) => closeCode(reason) !== 0 && !REFUSALS.has(closeCode(reason)),
    ...(webSocket !== undefined && { webSocketImpl: webSocket }),
  });
  // The protocol wants a text, and the gateway takes the id in its place.
  return resultsOf(client, client.iterate({ query: '', ...subscribed }));
};

function resultsOf(
  client: { dispose(): unknown },
  iterator: AsyncIterableIterator<unknown, unknown>,
): Results {
  return {
    async *[Symbol.asyncIterator]() {
      try {
        yield* iterator;
      } catch (reason) {
        throw refusalOf(reason);
      }
    },
    fail: (reason) => void iterator.throw?.(reason),
    close: () => void client.dispose(),
  };
}

/** What a library rejects with, as a client may know it: errors of GraphQL, a close of a socket, or no answer. */
function refusalOf(reason: unknown): unknown {
  if (reason instanceof GatewayError) return reason;
  if (Array.isArray(reason)) return new GatewayError(reason, 0);
  const code = closeCode(reason);
  if (code !== 0) return new GatewayError([REFUSALS.get(code) ?? LOST], 0);
  return (reason as Error | null)?.name === 'NetworkError' ? new GatewayError([LOST], 0) : reason;
}

/** Of RFC 6455, section 7.4; 0 when it is no close. */
function closeCode(reason: unknown): number {
  const { code } = (reason ?? {}) as { readonly code?: unknown };
  return typeof code === 'number' ? code : 0;
}

/** Whether the same request would be answered alike: 408 and 429 are for those who come again (RFC 9110, RFC 6585). */
function isFinal({ status }: Response): boolean {
  return status >= 400 && status < 500 && status !== 408 && status !== 429;
}

/** A page may name the endpoint by its path alone. */
function socketUrl(url: string): string {
  const { location } = globalThis as { readonly location?: { readonly origin: string } };
  return `${/^https?:/.test(url) ? '' : (location?.origin ?? '')}${url}`.replace(/^http/, 'ws');
}
