// A frontend: asks the gateway over HTTP with a bearer token, from a source address of its own.
import { request } from 'node:http';
import type { Operation } from '../../../client/index.js';

// Of an operation that is sent as text nobody knows the shape but the test, which states it in its expectations.
// biome-ignore lint/suspicious/noExplicitAny: answers are compared, not computed with
export interface GraphqlAnswer<Data = any> {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Null when there are errors; its type is for those who expect none. */
  readonly data: Data;
  readonly errors: readonly { message: string; extensions?: { code?: string } }[] | undefined;
}

export interface GraphqlRequest extends Sender {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
}

/** Who asks, and from where. */
export interface Sender {
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The address that the request comes from, out of 127.0.0.0/8. */
  readonly source?: string;
}

export function graphql(url: string, options: GraphqlRequest): Promise<GraphqlAnswer> {
  return post(url, { query: options.query, variables: options.variables }, options);
}

/** An operation of the client package, by its id. Its answer comes without the names of types, which are there for caches. */
export async function send<Data, Variables>(
  url: string,
  operation: Operation<Data, Variables>,
  options: Sender & { readonly variables: Variables },
): Promise<GraphqlAnswer<Data>> {
  const answer = await post(
    url,
    { documentId: `sha256:${operation.digest}`, variables: options.variables },
    options,
  );
  return { ...answer, data: withoutTypes(answer.data) };
}

function withoutTypes<Data>(data: Data): Data {
  if (data == null) return data;
  return JSON.parse(JSON.stringify(data), (key, value) => (key === '__typename' ? undefined : value));
}

function post(url: string, content: object, options: Sender): Promise<GraphqlAnswer> {
  const body = JSON.stringify(content);
  const headers = {
    'content-type': 'application/json',
    ...(options.token !== undefined && { authorization: `Bearer ${options.token}` }),
    ...options.headers,
  };
  return new Promise((resolve, reject) => {
    const local = options.source === undefined ? {} : { localAddress: options.source };
    const sent = request(url, { method: 'POST', headers, ...local, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const { data, errors } = JSON.parse(Buffer.concat(chunks).toString());
        resolve({ status: response.statusCode ?? 0, headers: response.headers, data, errors });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
