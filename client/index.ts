// What a frontend, an admin page or a program needs of the gateway: every operation with its types, and a way to send it.
import { createClient } from 'graphql-sse';
import type { Operation } from './operation.js';

export * from './generated/operations.js';
export type { Operation } from './operation.js';

export interface GatewayClientOptions {
  /** Such as `https://api.example.com/graphql`. */
  readonly url: string;
  /** Of a session; browsers have it in a cookie. */
  readonly token?: string;
  /** Of `stepUp`, for what asks for a fresh factor. */
  readonly stepUpToken?: string;
  /** `id`: operations are named by their digests, as production wants it; `text`: they are sent. `id` by default. */
  readonly send?: 'id' | 'text';
  readonly fetch?: typeof fetch;
}

export interface CodedError {
  readonly message: string;
  readonly path?: readonly (string | number)[] | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
}

export interface RequestOptions {
  /** Whoever aborts it gets its reason. */
  readonly signal?: AbortSignal;
}

/**
 * The gateway has refused the operation, or could not run it, or what answered is no gateway (`INVALID_ANSWER`): a proxy's page,
 * say. `codes` are for programs, messages for people.
 */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly codes: readonly string[];

  constructor(
    readonly errors: readonly CodedError[],
    /** Of HTTP. */
    readonly status: number,
  ) {
    super(errors.map(({ message }) => message).join(' '));
    this.codes = errors.map(({ extensions }) => String(extensions?.code ?? 'UNKNOWN'));
  }
}

const INVALID_ANSWER: CodedError = {
  message: 'There is no answer of a gateway.',
  extensions: { code: 'INVALID_ANSWER' },
};

/** Operations without variables that must be given are sent without any. */
type Arguments<Variables> =
  Record<string, never> extends Variables
    ? [variables?: Variables, options?: RequestOptions]
    : [variables: Variables, options?: RequestOptions];

export class GatewayClient {
  constructor(private readonly options: GatewayClientOptions) {}

  /** The data. Rejects with GatewayError when there are errors, and as `fetch` does when there is no answer. */
  async request<Data, Variables>(
    operation: Operation<Data, Variables>,
    ...[variables, options]: Arguments<Variables>
  ): Promise<Data> {
    const { url, fetch: sendRequest = fetch } = this.options;
    const response = await sendRequest(url, {
      method: 'POST',
      credentials: 'include',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json;q=0.9',
        ...this.headers(),
      },
      body: JSON.stringify({ ...this.document(operation), variables }),
      ...(options?.signal && { signal: options.signal }),
    });
    const { data, errors } = answerIn<Data>(await response.text());
    if (errors !== undefined || data == null)
      throw new GatewayError(errors ?? [INVALID_ANSWER], response.status);
    return data;
  }

  /**
   * What is told from now on, until the loop over it ends or the session does. Connections that break are made again; what
   * happened meanwhile is not told. Rejects with GatewayError when the subscription is refused, and with the reason of a
   * signal, which also ends it while nothing is told.
   */
  async *subscribe<Data, Variables>(
    operation: Operation<Data, Variables>,
    ...[variables, { signal } = {}]: Arguments<Variables>
  ): AsyncGenerator<Data> {
    signal?.throwIfAborted();
    const client = createClient({
      url: `${this.options.url}/stream`,
      credentials: 'include',
      headers: this.headers(),
      fetchFn: async (url: string, request: RequestInit) => {
        const response = await (this.options.fetch ?? fetch)(url, request);
        // The library would ask again for half a minute.
        if (isFinal(response)) end(await refusalIn(response));
        return response;
      },
    });
    const results = client.iterate<Record<string, unknown>>({
      // The gateway takes an id in its place.
      ...(this.document(operation) as { query: string }),
      variables: variables as Record<string, unknown>,
    });
    const end = (reason: unknown) => void results.throw?.(reason);
    const abort = () => end(signal?.reason);
    signal?.addEventListener('abort', abort);
    try {
      for await (const { data, errors } of results) {
        if (errors !== undefined || data == null) throw new GatewayError(errors ?? [INVALID_ANSWER], 200);
        yield data as Awaited<Data>;
      }
    } finally {
      signal?.removeEventListener('abort', abort);
      client.dispose();
    }
  }

  private document({ digest, text }: { readonly digest: string; readonly text: string }) {
    return this.options.send === 'text' ? { query: text } : { documentId: `sha256:${digest}` };
  }

  private headers(): Record<string, string> {
    const { token, stepUpToken } = this.options;
    return {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(stepUpToken !== undefined && { 'step-up-token': stepUpToken }),
    };
  }
}

/** What is in an answer; nothing when it is no gateway's. */
function answerIn<Data>(text: string): { data?: Data | null; errors?: readonly CodedError[] } {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === 'object' && answer !== null ? answer : {};
  } catch {
    return {};
  }
}

/** Whether the same request would be answered alike: 408 and 429 are for those who come again (RFC 9110, RFC 6585). */
function isFinal({ status }: Response): boolean {
  return status >= 400 && status < 500 && status !== 408 && status !== 429;
}

async function refusalIn(response: Response): Promise<GatewayError> {
  const { errors = [INVALID_ANSWER] } = answerIn(await response.text());
  return new GatewayError(errors, response.status);
}
