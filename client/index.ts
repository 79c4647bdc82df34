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

/** The gateway has refused the operation, or could not run it. `codes` are for programs, messages for people. */
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

/** Operations without variables that must be given are sent without any. */
type VariablesOf<Variables> =
  Record<string, never> extends Variables ? [variables?: Variables] : [variables: Variables];

export class GatewayClient {
  constructor(private readonly options: GatewayClientOptions) {}

  /** The data. Rejects with GatewayError when there are errors, and as `fetch` does when there is no answer. */
  async request<Data, Variables>(
    operation: Operation<Data, Variables>,
    ...[variables]: VariablesOf<Variables>
  ): Promise<Data> {
    const { url, send = 'id', fetch: sendRequest = fetch } = this.options;
    const document = send === 'id' ? { documentId: `sha256:${operation.digest}` } : { query: operation.text };
    const response = await sendRequest(url, {
      method: 'POST',
      credentials: 'include',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json;q=0.9',
        ...this.headers(),
      },
      body: JSON.stringify({ ...document, variables }),
    });
    const { data, errors } = (await response.json()) as { data?: Data; errors?: readonly CodedError[] };
    if (errors !== undefined || data === undefined) throw new GatewayError(errors ?? [], response.status);
    return data;
  }

  /**
   * What is told from now on, until the loop over it ends or the session does. Connections that break are made again; what
   * happened meanwhile is not told. Rejects when the subscription is refused.
   */
  async *subscribe<Data, Variables>(
    operation: Operation<Data, Variables>,
    ...[variables]: VariablesOf<Variables>
  ): AsyncGenerator<Data> {
    const client = createClient({
      url: `${this.options.url}/stream`,
      credentials: 'include',
      headers: this.headers(),
      ...(this.options.fetch && { fetchFn: this.options.fetch }),
    });
    try {
      const results = client.iterate<Record<string, unknown>>({
        query: operation.text,
        variables: variables as Record<string, unknown>,
      });
      for await (const { data, errors } of results) {
        if (errors !== undefined || data == null) throw new GatewayError(errors ?? [], 200);
        yield data as Awaited<Data>;
      }
    } finally {
      client.dispose();
    }
  }

  private headers(): Record<string, string> {
    const { token, stepUpToken } = this.options;
    return {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(stepUpToken !== undefined && { 'step-up-token': stepUpToken }),
    };
  }
}
