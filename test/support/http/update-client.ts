// Sends updates as a router does, from an address of its own.
import { type OutgoingHttpHeaders, request } from 'node:http';

export interface UpdateAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface UpdateRequest {
  readonly path?: string;
  readonly method?: string;
  /** The password of HTTP Basic. */
  readonly password?: string;
  /** Of 127.0.0.0/8. */
  readonly source?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
}

/** `gatewayUrl`: any URL of the gateway. */
export function sendUpdate(gatewayUrl: string, sent: UpdateRequest): Promise<UpdateAnswer> {
  const { path = '/nic/update?hostname=tv', method = 'GET', password, source, headers, body } = sent;
  const { hostname, port } = new URL(gatewayUrl);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        host,
        port,
        // As it is, even where a URL would have another form.
        path,
        method,
        agent: false,
        headers: headers ?? {},
        ...(password !== undefined && { auth: `anna:${password}` }),
        ...(source !== undefined && { localAddress: source }),
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
        });
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}
