// Sends operations to a gateway, by HTTP and by a connection that stays open, with the tokens of one session.
import { answerIn, dataOf, GatewayError, refusalIn } from './errors.js';
import type { Operation } from './operation.js';
import { overEvents, overWebSocket, type Subscribed, type Wire } from './subscriptions.js';

export interface GatewayClientOptions {
  /** Such as `https://api.example.com/graphql`. */
  readonly url: string;
  /** Of a session; browsers have it in a cookie. */
  readonly token?: string | null;
  /** Of `stepUp`, for what asks for a fresh factor. */
  readonly stepUpToken?: string | null;
  /**
   * Called when a request is refused with STEP_UP_REQUIRED: have the person show a factor, and give what `stepUp` answers. The
   * request is repeated with it, and later ones have it, too. Null: the request rejects with the refusal.
   */
  readonly onStepUpRequired?: () => Promise<string | null>;
  /** `id`: operations are named by their digests, as production wants it; `text`: they are sent. `id` by default. */
  readonly send?: 'id' | 'text';
  /** How subscriptions travel: server-sent events by default, and WebSocket in React Native. */
  readonly subscriptions?: 'events' | 'websocket';
  readonly fetch?: typeof fetch;
  /** A WebSocket class, where there is no global one: `ws` in Node 20. */
  readonly webSocket?: unknown;
}

export interface RequestOptions {
  /** Aborting it rejects with its reason. */
  readonly signal?: AbortSignal;
  /** In the place of the client's, for this request alone. */
  readonly token?: string | null;
  readonly stepUpToken?: string | null;
}

/** Operations without variables that must be given are sent without any. */
type Arguments<Variables> =
  Record<string, never> extends Variables
    ? [variables?: Variables, options?: RequestOptions]
    : [variables: Variables, options?: RequestOptions];

export class GatewayClient {
  private readonly options: GatewayClientOptions;
  private readonly fetch: typeof fetch;
  private token: string | null;
  private stepUpToken: string | null;
  /** While the person is asked for a factor, so that several refused requests ask once. */
  private steppingUp: Promise<string | null> | null = null;

  constructor(options: GatewayClientOptions) {
    this.options = options;
    this.fetch = options.fetch ?? ((...request) => fetch(...request));
    this.token = options.token ?? null;
    this.stepUpToken = options.stepUpToken ?? null;
  }

  /** The session of requests from now on; null: none, or the browser's cookie. Another session has no fresh factor yet. */
  setToken(token: string | null): void {
    this.token = token;
    this.stepUpToken = null;
  }

  /** What `stepUp` or `signIn` has answered, for requests from now on. */
  setStepUpToken(stepUpToken: string | null): void {
    this.stepUpToken = stepUpToken;
  }

  /** The data. Rejects with GatewayError when there are errors, and as `fetch` does when there is no answer. */
  async request<Data, Variables>(
    operation: Operation<Data, Variables>,
    ...[variables, options = {}]: Arguments<Variables>
  ): Promise<Data> {
    try {
      return await this.sent(operation, variables, options);
    } catch (error) {
      const { onStepUpRequired } = this.options;
      if (onStepUpRequired === undefined || !asksForFactor(error)) throw error;
      const stepUpToken = await this.steppedUp(onStepUpRequired);
      if (stepUpToken === null) throw error;
      return this.sent(operation, variables, { ...options, stepUpToken });
    }
  }

  /**
   * What changes from now on, until the loop over it ends or the session does. A connection that breaks is made again; what
   * happened meanwhile is not reported. Rejects with GatewayError when the subscription is refused, or when the connection
   * could not be made again for half a minute (`CONNECTION_LOST`), and with the reason of a signal, which also ends it while
   * nothing happens.
   */
  async *subscribe<Data, Variables>(
    operation: Operation<Data, Variables>,
    ...[variables, options = {}]: Arguments<Variables>
  ): AsyncGenerator<Data, void, undefined> {
    const { signal } = options;
    if (signal?.aborted) throw reasonOf(signal);
    const bySocket = this.travelsBySocket();
    const results = await (bySocket ? overWebSocket : overEvents)(
      this.wire(options),
      this.named(operation, variables),
    );
    const abort = () => results.fail(reasonOf(signal!));
    signal?.addEventListener('abort', abort);
    try {
      for await (const result of results) yield dataOf(result as { data?: Data | null }, bySocket ? 0 : 200);
    } finally {
      signal?.removeEventListener('abort', abort);
      results.close();
    }
  }

  /**
   * Adds a document to a rights request: an agent's `permission`, or `evidence` of who somebody is. `reference` is what
   * `submitRightsRequest` has answered. A PDF, PNG or JPEG. Rejects with GatewayError.
   */
  async uploadRightsDocument(
    kind: 'permission' | 'evidence',
    reference: string,
    content: Blob | ArrayBuffer,
    { signal }: Pick<RequestOptions, 'signal'> = {},
  ): Promise<void> {
    const base = this.options.url.replace(/\/graphql$/, '');
    const response = await this.fetch(`${base}/rights-requests/${kind}`, {
      method: 'PUT',
      credentials: 'omit',
      headers: { authorization: `Bearer ${reference}`, 'content-type': 'application/octet-stream' },
      body: content,
      ...(signal && { signal }),
    });
    if (!response.ok) throw await refusalIn(response);
  }

  private async sent<Data, Variables>(
    operation: Operation<Data, Variables>,
    variables: Variables | undefined,
    options: RequestOptions,
  ): Promise<Data> {
    const response = await this.fetch(this.options.url, {
      method: 'POST',
      credentials: 'include',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json;q=0.9',
        ...this.headers(options),
      },
      body: JSON.stringify(this.named(operation, variables)),
      ...(options.signal && { signal: options.signal }),
    });
    return dataOf(answerIn<Data>(await response.text()), response.status);
  }

  private async steppedUp(ask: () => Promise<string | null>): Promise<string | null> {
    this.steppingUp ??= ask().finally(() => {
      this.steppingUp = null;
    });
    const stepUpToken = await this.steppingUp;
    if (stepUpToken !== null) this.stepUpToken = stepUpToken;
    return stepUpToken;
  }

  private wire(options: RequestOptions): Wire {
    const { url, webSocket } = this.options;
    return { url, headers: () => this.headers(options), fetch: this.fetch, webSocket };
  }

  private named<Data, Variables>(
    { digest, text }: Operation<Data, Variables>,
    variables: Variables | undefined,
  ): Subscribed {
    const given = { variables: variables as Record<string, unknown> | undefined };
    return this.options.send === 'text'
      ? { query: text, ...given }
      : { documentId: `sha256:${digest}`, ...given };
  }

  private headers(options: RequestOptions): Record<string, string> {
    const { token = this.token, stepUpToken = this.stepUpToken } = options;
    return {
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...(stepUpToken !== null && { 'step-up-token': stepUpToken }),
    };
  }

  private travelsBySocket(): boolean {
    return (this.options.subscriptions ?? (isReactNative() ? 'websocket' : 'events')) === 'websocket';
  }
}

function asksForFactor(error: unknown): boolean {
  return error instanceof GatewayError && error.codes.includes('STEP_UP_REQUIRED');
}

/** React Native's signals have none. */
function reasonOf({ reason }: AbortSignal): unknown {
  return reason ?? new Error('The operation was aborted.');
}

/** Its fetch gives an answer when all of it is there. */
function isReactNative(): boolean {
  const { navigator } = globalThis as { readonly navigator?: { readonly product?: unknown } };
  return navigator?.product === 'ReactNative';
}
