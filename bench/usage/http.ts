// GraphQL over connections that stay open, as nodes and frontends have them.
import { Agent, request } from 'node:http';

export class GraphqlClient {
  private readonly agent = new Agent({ keepAlive: true });

  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  /** The `data` of the answer to a request that is JSON already; rejects when there are errors. */
  post(body: Buffer): Promise<Record<string, unknown>> {
    const headers = {
      'content-type': 'application/json',
      'content-length': body.length,
      authorization: `Bearer ${this.token}`,
    };
    return new Promise((resolve, reject) => {
      const sent = request(this.url, { method: 'POST', headers, agent: this.agent }, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () => {
          const { data, errors } = JSON.parse(Buffer.concat(parts).toString());
          if (errors) reject(new Error(errors[0].message));
          else resolve(data);
        });
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

export function requestBody(query: string, variables: Record<string, unknown>): Buffer {
  return Buffer.from(JSON.stringify({ query, variables }));
}
