// Fetches proofs of addresses, as a page or an app does.
import { request } from 'node:http';

export interface ProofAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: { readonly proof: string; readonly address: string; readonly family: string };
}

export interface ProofRequest {
  /** The address that the request comes from, out of 127.0.0.0/8. */
  readonly source?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Where the gateway is reached, such as `[::1]`. */
  readonly host?: string;
}

/** `url`: any URL of the gateway. */
export function fetchProof(
  url: string,
  { source, headers = {}, host }: ProofRequest = {},
): Promise<ProofAnswer> {
  const at = new URL('/address-proof', url);
  if (host !== undefined) at.hostname = host;
  const local = source === undefined ? {} : { localAddress: source };
  return new Promise((resolve, reject) => {
    request(at, { headers, agent: false, ...local }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const body = JSON.parse(Buffer.concat(chunks).toString());
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      });
    })
      .on('error', reject)
      .end();
  });
}

/** Proofs of these addresses from a gateway that trusts 127.0.0.1 as a proxy. */
export function proofsOf(url: string, ...addresses: readonly string[]): Promise<string[]> {
  const proofs = addresses.map(async (address) => {
    const { body } = await fetchProof(url, { headers: { 'x-forwarded-for': address } });
    return body.proof;
  });
  return Promise.all(proofs);
}
